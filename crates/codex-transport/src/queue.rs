use std::collections::VecDeque;
use std::fmt;

use async_trait::async_trait;
use tokio::sync::{Semaphore, mpsc};

use crate::{Error, Frame, FrameReceiver};

/// Frames that are taken out of the queue at one go.
const TAKEN_AT_ONCE: usize = 64;

/// A receiver for transports of your own that get one frame at a time, and the end to push them into.
///
/// At most `bound` frames wait in between, at least one, and no more than tokio's [`Semaphore::MAX_PERMITS`]; then [`push`](FramePusher::push) does.
/// The example of [`Transport`](crate::Transport) uses it.
#[inline]
pub fn frame_queue(bound: usize) -> (FramePusher, QueueReceiver) {
    let (sender, queue) = mpsc::channel(bound.clamp(1, Semaphore::MAX_PERMITS));
    (FramePusher { sender }, QueueReceiver { queue, taken: VecDeque::new(), lent: None, end: None })
}

/// Where the frames of a [`frame_queue`] go in. Dropping it ends the connection with [`Error::Disconnected`].
#[derive(Debug)]
pub struct FramePusher {
    sender: mpsc::Sender<Result<Vec<u8>, Error>>,
}

impl FramePusher {
    /// Hands over a whole frame, without a line end; whether it is UTF-8 is found out when it is taken.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`]: the receiver is gone, and nobody wants more.
    ///
    /// # Cancel safety
    ///
    /// Dropped before it is done, it has handed over nothing, and the frame is lost with it.
    pub async fn push(&self, frame: impl Into<Vec<u8>>) -> Result<(), Error> {
        self.sender.send(Ok(frame.into())).await.map_err(|_| Error::Closed)
    }

    /// Ends the connection with a reason, which the receiver gives after the frames before it.
    pub async fn end(self, reason: Error) {
        // A receiver that is gone needs no reason.
        let _ = self.sender.send(Err(reason)).await;
    }
}

/// The receiving half made by [`frame_queue`].
pub struct QueueReceiver {
    queue: mpsc::Receiver<Result<Vec<u8>, Error>>,
    taken: VecDeque<Vec<u8>>,
    lent: Option<Vec<u8>>,
    end: Option<Error>,
}

#[async_trait]
impl FrameReceiver for QueueReceiver {
    #[inline]
    async fn fill(&mut self) -> Result<(), Error> {
        if !self.taken.is_empty() {
            return Ok(());
        }
        if let Some(end) = &self.end {
            return Err(end.clone());
        }
        let mut next = self.queue.recv().await;
        loop {
            match next {
                Some(Ok(frame)) => self.taken.push_back(frame),
                Some(Err(end)) => self.end = Some(end),
                None => self.end = Some(Error::Disconnected),
            }
            if self.end.is_some() || self.taken.len() >= TAKEN_AT_ONCE {
                break;
            }
            next = match self.queue.try_recv() {
                Err(mpsc::error::TryRecvError::Empty) => break,
                taken => taken.ok(),
            };
        }
        match &self.end {
            Some(end) if self.taken.is_empty() => Err(end.clone()),
            _ => Ok(()),
        }
    }

    fn next_frame(&mut self) -> Option<Frame<'_>> {
        self.lent = self.taken.pop_front();
        self.lent.as_deref().map(Frame::from_bytes)
    }
}

impl fmt::Debug for QueueReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueReceiver")
            .field("taken", &self.taken.len())
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}
