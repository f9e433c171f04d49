//! What is on its way to the server.

use codex_transport::{Error, FrameBatch, FrameSender};
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// Frames that wait for the writer, collected into one buffer and written at once.
///
/// It has no bound of its own: requests in flight are limited, and answers are as many as the server's questions. A
/// server that asks without end and reads nothing would fill it; to stop reading for its sake would stop everybody.
///
/// Between two writes the sender rests here, so that a request that is alone can be written by whoever makes it.
#[derive(Debug)]
pub(super) struct Outbox {
    waiting: Mutex<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    batch: FrameBatch,
    /// Not there while the writer writes, nor after its end.
    sender: Option<Box<dyn FrameSender>>,
    /// The writer, while it waits for frames.
    writer: Option<Waker>,
}

impl Outbox {
    pub(super) fn new(sender: Box<dyn FrameSender>) -> Self {
        let waiting = Waiting { batch: FrameBatch::new(), sender: Some(sender), writer: None };
        Self { waiting: Mutex::new(waiting) }
    }

    /// Appends one frame, for the writer to take.
    ///
    /// # Errors
    /// What was written cannot be a frame; nothing of it is kept.
    pub(super) fn push(&self, write: &dyn Fn(&mut Vec<u8>)) -> Result<(), Error> {
        let mut waiting = self.lock();
        waiting.batch.push(write)?;
        wake_writer(waiting);
        Ok(())
    }

    /// As [`push`](Self::push), but sends at once what can be. For one frame this spares waking the writer; many are
    /// better left to it, which sends them in one piece.
    ///
    /// # Errors
    /// As those of [`push`](Self::push).
    pub(super) fn send_now(&self, write: &dyn Fn(&mut Vec<u8>)) -> Result<(), Error> {
        let mut waiting = self.lock();
        let Waiting { batch, sender, .. } = &mut *waiting;
        batch.push(write)?;
        if let Some(sender) = sender {
            sender.send_now(batch);
        }
        if !batch.is_empty() {
            wake_writer(waiting);
        }
        Ok(())
    }

    /// Waits for frames, swaps them for `empty`, and gives the sender out. Only one task can wait.
    ///
    /// # Cancel safety
    /// Nothing is taken if the future is dropped.
    pub(super) async fn take(&self, empty: &mut FrameBatch) -> Box<dyn FrameSender> {
        poll_fn(|context| {
            let mut waiting = self.lock();
            let sender = if waiting.batch.is_empty() { None } else { waiting.sender.take() };
            let Some(sender) = sender else {
                waiting.writer = Some(context.waker().clone());
                return Poll::Pending;
            };
            std::mem::swap(&mut waiting.batch, empty);
            Poll::Ready(sender)
        })
        .await
    }

    /// Gives the sender back after a write.
    pub(super) fn put_back(&self, sender: Box<dyn FrameSender>) {
        self.lock().sender = Some(sender);
    }

    /// Takes the sender away for good, if it rests here.
    pub(super) fn end(&self) -> Option<Box<dyn FrameSender>> {
        self.lock().sender.take()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake_writer(mut waiting: MutexGuard<'_, Waiting>) {
    let writer = waiting.writer.take();
    drop(waiting);
    if let Some(writer) = writer {
        writer.wake();
    }
}
