//! Transports that are wrong in one way each, around the mock.

use async_trait::async_trait;
use codex_testkit::conformance;
use codex_transport::mock;
use codex_transport::{Closed, Error, Frame, FrameBatch, FrameReceiver, FrameSender, Transport};
use std::pin::pin;
use std::task::{Context, Waker};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    /// Sends the frames of a batch from the last to the first.
    Reverses,
    /// Leaves in the batch what it has sent at once.
    Repeats,
    /// Holds a frame in a future that may be dropped.
    Loses,
    /// Takes a malformed frame for the end.
    GivesUp,
    /// Has another error for the end each time.
    Forgets,
    /// Pretends to send when it is closed.
    Pretends,
}

/// Each with what the suite must say of it.
pub(crate) const FAULTS: [(&str, Fault, &str); 6] = [
    (
        "a_wrong_order_is_found_out",
        Fault::Reverses,
        "order: frame 1 of 1000 to the peer was `{\"number\":6,\"text\":\"é😀\u{2028}\u{85}\\n\\u0000\\\"\u{feff}\"}`, \
         not `{\"number\":0,\"text\":\"é😀\u{2028}\u{85}\\n\\u0000\\\"\u{feff}\"}`",
    ),
    (
        "a_frame_sent_at_once_and_again_is_found_out",
        Fault::Repeats,
        "sent at once: frame 2 of 5 to the peer was `{\"number\":1,\"text\":\"é😀\u{2028}\u{85}\\n\\u0000\\\"\u{feff}\"}`, \
         not `{\"number\":2,\"text\":\"é😀\u{2028}\u{85}\\n\\u0000\\\"\u{feff}\"}`",
    ),
    (
        "a_frame_lost_to_a_cancelled_fill_is_found_out",
        Fault::Loses,
        "cancelled fills: frame 1 of 1 from the peer was `{\"number\":2,\"text\":\"é😀\u{2028}\u{85}\\n\\u0000\\\"\u{feff}\"}`, \
         not `{\"number\":0,\"text\":\"é😀\u{2028}\u{85}\\n\\u0000\\\"\u{feff}\"}`",
    ),
    (
        "an_end_by_malformed_input_is_found_out",
        Fault::GivesUp,
        "malformed input: instead of a malformed frame came the end (the server closed the connection)",
    ),
    (
        "an_end_that_does_not_stay_is_found_out",
        Fault::Forgets,
        "the peer closes: the end was first: the server closed the connection; \
         and then: the connection was closed by this client",
    ),
    (
        "a_send_after_the_end_is_found_out",
        Fault::Pretends,
        "this side closes: send succeeded after the end of the connection",
    ),
];

impl Fault {
    /// Runs the suite, which must say this.
    pub(crate) async fn is_found_out(self, said: &str) -> Result<(), String> {
        let checked = conformance::check(async || {
            let (transport, peer) = mock::pair();
            (Broken(Box::new(transport), self), peer)
        });
        match checked.await {
            Err(failures) if failures.iter().any(|failure| failure.to_string() == said) => Ok(()),
            other => Err(format!("not {said}, but {other:?}")),
        }
    }
}

#[derive(Debug)]
struct Broken(Box<dyn Transport>, Fault);

impl Transport for Broken {
    fn split(self: Box<Self>) -> (Box<dyn FrameSender>, Box<dyn FrameReceiver>) {
        let (sender, receiver) = self.0.split();
        (
            Box::new(BrokenSender { inner: sender, fault: self.1, closed: false }),
            Box::new(BrokenReceiver { inner: receiver, fault: self.1, held: None, ends: 0 }),
        )
    }
}

#[derive(Debug)]
struct BrokenSender {
    inner: Box<dyn FrameSender>,
    fault: Fault,
    closed: bool,
}

#[async_trait]
impl FrameSender for BrokenSender {
    async fn send(&mut self, batch: &mut FrameBatch) -> Result<(), Error> {
        if self.fault == Fault::Pretends && self.closed {
            return Ok(());
        }
        if self.fault == Fault::Reverses {
            let mut frames: Vec<String> = batch.frames().map(str::to_owned).collect();
            frames.reverse();
            batch.clear();
            frames.iter().try_for_each(|frame| batch.push_str(frame))?;
        }
        self.inner.send(batch).await
    }

    fn send_now(&mut self, batch: &mut FrameBatch) {
        if self.fault == Fault::Repeats {
            let mut copy = FrameBatch::new();
            batch.frames().for_each(|frame| copy.push_str(frame).unwrap());
            let _ = pin!(self.inner.send(&mut copy)).poll(&mut Context::from_waker(Waker::noop()));
        }
    }

    async fn close(&mut self) -> Result<Closed, Error> {
        self.closed = true;
        self.inner.close().await
    }
}

#[derive(Debug)]
struct BrokenReceiver {
    inner: Box<dyn FrameReceiver>,
    fault: Fault,
    held: Option<String>,
    ends: usize,
}

#[async_trait]
impl FrameReceiver for BrokenReceiver {
    async fn fill(&mut self) -> Result<(), Error> {
        let filled = self.inner.fill().await;
        match (self.fault, &filled) {
            (Fault::Loses, Ok(())) => {
                if let Some(Frame::Text(text)) = self.inner.next_frame() {
                    let taken = text.to_owned();
                    tokio::task::yield_now().await;
                    self.held = Some(taken);
                }
            }
            (Fault::GivesUp, Ok(())) => match self.inner.next_frame() {
                Some(Frame::Text(text)) => self.held = Some(text.to_owned()),
                Some(Frame::Malformed(_)) => return Err(Error::Disconnected),
                None => {}
            },
            (Fault::Forgets, Err(_)) => {
                self.ends += 1;
                return Err(if self.ends == 1 { Error::Disconnected } else { Error::Closed });
            }
            _ => {}
        }
        filled
    }

    fn next_frame(&mut self) -> Option<Frame<'_>> {
        match self.fault {
            Fault::Loses | Fault::GivesUp => {
                // Lent frames are kept until the next call; a test may leak a few.
                self.held.take().map(|text| Frame::Text(text.leak()))
            }
            _ => self.inner.next_frame(),
        }
    }
}
