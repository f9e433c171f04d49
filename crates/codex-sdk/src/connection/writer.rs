//! The writer task: the only one that sends, and the one that shuts the server down.

use super::{EndGuard, Shared};
use crate::error::Cause;
use codex_transport::{FrameBatch, FrameSender};
use std::sync::Arc;

/// Writes what the outbox holds until the client is closed or dropped.
pub(super) async fn run(shared: Arc<Shared>, mut sender: Box<dyn FrameSender>) {
    let _guard = ClosedGuard(&shared);
    let _end = EndGuard(&shared);
    tokio::select! {
        biased;
        () = shared.abort.cancelled() => return,
        () = write_all(&shared, &mut *sender) => {}
    }
    let closed = sender.close().await;
    shared.closed.send_replace(Some(closed.map(drop)));
}

/// Writes until `close()` is called, and then what is left.
async fn write_all(shared: &Shared, sender: &mut dyn FrameSender) {
    let mut batch = FrameBatch::new();
    loop {
        tokio::select! {
            biased;
            () = shared.outbox.take(&mut batch) => {}
            () = shared.close.cancelled() => break,
        }
        // A server that does not read must not keep us from shutting it down.
        let sent = tokio::select! {
            biased;
            sent = sender.send(&mut batch) => sent,
            () = patience(shared) => break,
        };
        if let Err(error) = sent {
            shared.end(Cause::Transport(error));
            shared.close.cancelled().await;
            break;
        }
        batch.clear();
    }
}

/// Ends when a shutdown was asked for and the server has had time to read what was being written.
async fn patience(shared: &Shared) {
    shared.close.cancelled().await;
    tokio::time::sleep(shared.limits.shutdown_grace).await;
}

/// Says that nothing is left to wait for, however the task ends.
struct ClosedGuard<'a>(&'a Shared);

impl Drop for ClosedGuard<'_> {
    fn drop(&mut self) {
        self.0.closed.send_if_modified(|closed| {
            let first = closed.is_none();
            closed.get_or_insert(Ok(()));
            first
        });
    }
}
