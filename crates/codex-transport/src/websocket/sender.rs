use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::JoinHandle;

use super::piece::Cutter;
use super::socket::Shared;
use crate::{Closed, Error, FrameBatch, FrameSender};

#[derive(Debug)]
pub(super) struct WebSocketSender {
    shared: Arc<Shared>,
    grace: Duration,
    cutter: Cutter,
    failed: Option<Error>,
    closing: Closing,
}

/// How far the shutdown is.
#[derive(Debug)]
enum Closing {
    No,
    Runs(JoinHandle<()>),
    Done,
}

impl WebSocketSender {
    pub(super) fn new(shared: Arc<Shared>, grace: Duration) -> Self {
        Self { shared, grace, cutter: Cutter::default(), failed: None, closing: Closing::No }
    }
}

#[async_trait]
impl FrameSender for WebSocketSender {
    async fn send(&mut self, batch: &mut FrameBatch) -> Result<(), Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let _sending = Sending(&self.shared);
        let cutter = &mut self.cutter;
        let sent = poll_fn(|cx| self.shared.lock().poll_send(cx, batch, cutter)).await;
        if let Err(error) = &sent {
            self.failed = Some(error.clone());
        }
        sent
    }

    async fn close(&mut self) -> Result<Closed, Error> {
        self.failed.get_or_insert(Error::Closed);
        if let Closing::No = self.closing {
            // A task, so that it runs to its end when this future does not.
            let shutdown = shut_down(Arc::clone(&self.shared), self.grace);
            self.closing = Closing::Runs(tokio::spawn(shutdown));
        }
        if let Closing::Runs(task) = &mut self.closing {
            // Its runtime may end first; then the connection is over as well.
            let _ = task.await;
            self.shared.lock().cut();
            self.closing = Closing::Done;
        }
        Ok(Closed::default())
    }
}

async fn shut_down(shared: Arc<Shared>, grace: Duration) {
    let closing = poll_fn(|cx| shared.lock().poll_close(cx));
    // A peer that does not agree is left all the same.
    let _ = tokio::time::timeout(grace, closing).await;
    shared.lock().cut();
}

impl Drop for WebSocketSender {
    fn drop(&mut self) {
        if let Closing::No = self.closing {
            // As much of a farewell as can be had at once.
            let _ = self.shared.lock().announce_close(&mut Context::from_waker(Waker::noop()));
        }
    }
}

/// A send that is under way.
struct Sending<'a>(&'a Shared);

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        self.0.lock().stop_sending();
    }
}
