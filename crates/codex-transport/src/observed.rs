use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Buf;

use crate::{Closed, Error, Frame, FrameBatch, FrameReceiver, FrameSender, Transport};

/// Which way a frame goes, as seen from this client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// This client sent it.
    ToServer,
    /// The server sent it.
    FromServer,
}

/// `->` to the server, `<-` from it.
impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ToServer => "->",
            Self::FromServer => "<-",
        })
    }
}

/// Sees each frame once: one to the server before it is sent, one from the server as it is lent.
#[async_trait]
pub(crate) trait Observer: fmt::Debug + Send + Sync {
    fn frame(&self, direction: Direction, frame: &Frame<'_>);

    /// This side begins to close, or will send nothing more.
    fn closing(&self) {}

    /// The receiver has come to the end.
    fn ended(&self, _error: &Error) {}

    /// After the shutdown, or again after a later one.
    async fn closed(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// The halves of a transport, with an observer between them and their user.
pub(crate) fn split(
    transport: Box<dyn Transport>,
    observer: Arc<dyn Observer>,
) -> (Box<dyn FrameSender>, Box<dyn FrameReceiver>) {
    let (sender, receiver) = transport.split();
    (
        Box::new(ObservedSender { sender, observer: observer.clone(), shown: 0 }),
        Box::new(ObservedReceiver { receiver, observer, ended: false }),
    )
}

#[derive(Debug)]
struct ObservedSender {
    sender: Box<dyn FrameSender>,
    observer: Arc<dyn Observer>,
    /// Bytes at the front of the batch that were shown, and whose sending was cut short.
    shown: usize,
}

// Nothing is sent at once: observers run the user's code, which has no place in a caller's task and under its locks.
#[async_trait]
impl FrameSender for ObservedSender {
    async fn send(&mut self, batch: &mut FrameBatch) -> Result<(), Error> {
        for frame in batch.frames_after(self.shown) {
            self.observer.frame(Direction::ToServer, &Frame::Text(frame));
        }
        let sending = Sending { batch, shown: &mut self.shown };
        self.sender.send(sending.batch).await
    }

    async fn close(&mut self) -> Result<Closed, Error> {
        self.observer.closing();
        let closed = self.sender.close().await;
        let observed = self.observer.closed().await;
        closed.and_then(|closed| observed.map(|()| closed))
    }
}

impl Drop for ObservedSender {
    fn drop(&mut self) {
        self.observer.closing();
    }
}

/// Notes what is left of a batch, however its sending ends.
struct Sending<'a> {
    batch: &'a mut FrameBatch,
    shown: &'a mut usize,
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        *self.shown = self.batch.remaining();
    }
}

#[derive(Debug)]
struct ObservedReceiver {
    receiver: Box<dyn FrameReceiver>,
    observer: Arc<dyn Observer>,
    ended: bool,
}

#[async_trait]
impl FrameReceiver for ObservedReceiver {
    async fn fill(&mut self) -> Result<(), Error> {
        let filled = self.receiver.fill().await;
        if let Err(error) = &filled {
            if !std::mem::replace(&mut self.ended, true) {
                self.observer.ended(error);
            }
        }
        filled
    }

    fn next_frame(&mut self) -> Option<Frame<'_>> {
        let frame = self.receiver.next_frame()?;
        self.observer.frame(Direction::FromServer, &frame);
        Some(frame)
    }
}
