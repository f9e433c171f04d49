//! What is on its way to the server.

use codex_transport::FrameBatch;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// Frames that wait for the writer, collected into one buffer and written at once.
///
/// It has no bound of its own: requests in flight are limited, and answers are as many as the server's questions. A
/// server that asks without end and reads nothing would fill it; to stop reading for its sake would stop everybody.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    batch: FrameBatch,
    /// The writer, while it waits for frames.
    writer: Option<Waker>,
}

impl Outbox {
    /// Appends one frame, for the writer to take.
    ///
    /// # Errors
    /// What was written cannot be a frame; nothing of it is kept.
    pub(super) fn push(&self, write: &dyn Fn(&mut Vec<u8>)) -> Result<(), codex_transport::Error> {
        let writer = {
            let mut waiting = self.lock();
            waiting.batch.push(write)?;
            waiting.writer.take()
        };
        if let Some(writer) = writer {
            writer.wake();
        }
        Ok(())
    }

    /// Waits for frames, and swaps them for `empty`. Only one task can wait.
    ///
    /// # Cancel safety
    /// Nothing is taken if the future is dropped.
    pub(super) async fn take(&self, empty: &mut FrameBatch) {
        poll_fn(|context| {
            let mut waiting = self.lock();
            if waiting.batch.is_empty() {
                waiting.writer = Some(context.waker().clone());
                return Poll::Pending;
            }
            std::mem::swap(&mut waiting.batch, empty);
            Poll::Ready(())
        })
        .await;
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
