//! The writer task: it sends all that is not sent by whoever made it, and shuts the server down.

use super::{Shared, TaskGuard};
use crate::error::Cause;
use codex_transport::{FrameBatch, FrameSender};
use std::ops::Deref;
use std::pin::pin;

/// Writes what the outbox holds until the client is closed or dropped.
pub(super) async fn run(shared: Guard) {
    let sender = tokio::select! {
        biased;
        () = shared.abort.cancelled() => return,
        sender = write_all(&shared) => sender,
    };
    let Some(mut sender) = sender else { return };
    let closed = sender.close().await;
    shared.closed.send_replace(Some(closed.map(drop)));
    // The server is gone; a transport that does not tell its receiver must not keep the reader.
    shared.abort.cancel();
}

/// Writes until `close()` is called, and then what is left.
async fn write_all(shared: &Shared) -> Option<Box<dyn FrameSender>> {
    let mut batch = FrameBatch::new();
    // One for all writes: to register and unregister costs as much as a small write does.
    let mut close = pin!(shared.close.cancelled());
    loop {
        let mut sender = tokio::select! {
            biased;
            sender = shared.outbox.take(&mut batch) => sender,
            () = &mut close => return shared.outbox.end(),
        };
        // A server that does not read must not keep us from shutting it down.
        let sent = tokio::select! {
            biased;
            sent = sender.send(&mut batch) => sent,
            () = patience(shared) => return Some(sender),
        };
        if let Err(error) = sent {
            shared.end(Cause::Transport(error));
            shared.close.cancelled().await;
            return Some(sender);
        }
        batch.clear();
        shared.outbox.put_back(sender);
    }
}

/// Ends when a shutdown was asked for and the server has had time to read what was being written.
async fn patience(shared: &Shared) {
    shared.close.cancelled().await;
    tokio::time::sleep(shared.limits.shutdown_grace).await;
}

/// The writer's hold on what is shared; says that nothing is left to wait for, however the task ends.
pub(super) struct Guard(TaskGuard);

impl Guard {
    pub(super) fn new(shared: TaskGuard) -> Self {
        Self(shared)
    }
}

impl Deref for Guard {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Else it would live as long as anybody who holds the connection.
        drop(self.outbox.end());
        self.closed.send_if_modified(|closed| {
            let first = closed.is_none();
            closed.get_or_insert(Ok(()));
            first
        });
    }
}
