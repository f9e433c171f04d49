//! What is on its way to the server.

use codex_transport::FrameBatch;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Frames that wait for the writer, collected into one buffer and written at once.
///
/// It has no bound of its own: requests in flight are limited, and answers are as many as the server's questions. A
/// server that asks without end and reads nothing would fill it; to stop reading for its sake would stop everybody.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    batch: Mutex<FrameBatch>,
    ready: Notify,
}

impl Outbox {
    /// Appends one frame, for the writer to take.
    ///
    /// # Errors
    /// What was written cannot be a frame; nothing of it is kept.
    pub(super) fn push(
        &self,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), codex_transport::Error> {
        self.lock().push(write)?;
        self.ready.notify_one();
        Ok(())
    }

    /// Waits for frames, and swaps them for `empty`.
    ///
    /// # Cancel safety
    /// Nothing is taken if the future is dropped.
    pub(super) async fn take(&self, empty: &mut FrameBatch) {
        loop {
            if self.take_now(empty) {
                return;
            }
            self.ready.notified().await;
        }
    }

    /// Swaps the frames that wait for `empty`; whether there were any.
    pub(super) fn take_now(&self, empty: &mut FrameBatch) -> bool {
        let mut batch = self.lock();
        let any = !batch.is_empty();
        if any {
            std::mem::swap(&mut *batch, empty);
        }
        any
    }

    fn lock(&self) -> MutexGuard<'_, FrameBatch> {
        self.batch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
