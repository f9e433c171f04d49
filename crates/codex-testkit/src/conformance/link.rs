//! Both ends of one connection, with every wait bounded and every surprise put into words.

use super::Peer;
use codex_transport::{Error, Frame, FrameBatch, FrameReceiver, FrameSender, Transport};
use std::future::Future;
use std::time::Duration;

/// What was seen, if it was not what must hold.
pub(super) type Outcome<T = ()> = Result<T, String>;

/// Far beyond what any step takes.
const LIMIT: Duration = Duration::from_secs(60);

/// Longest piece of a frame that a message repeats, in characters.
const SHOWN_CHARS: usize = 60;

/// Both ends of one connection. The parts are used on their own, since several of them act at once.
pub(super) struct Link<P> {
    pub(super) sender: Outgoing,
    pub(super) receiver: Incoming,
    pub(super) peer: FarEnd<P>,
}

/// The sending half.
pub(super) struct Outgoing(pub(super) Box<dyn FrameSender>);

/// The receiving half.
pub(super) struct Incoming(pub(super) Box<dyn FrameReceiver>);

/// The peer.
pub(super) struct FarEnd<P>(pub(super) P);

/// What a receiver comes up with.
#[derive(Debug)]
pub(super) enum Received {
    Text(String),
    Malformed,
    End(Error),
}

impl<P: Peer> Link<P> {
    pub(super) fn new((transport, peer): (impl Transport + 'static, P)) -> Self {
        let (sender, receiver) = Box::new(transport).split();
        Self { sender: Outgoing(sender), receiver: Incoming(receiver), peer: FarEnd(peer) }
    }
}

impl Outgoing {
    /// Sends all frames, so many in a batch.
    pub(super) async fn send(&mut self, frames: &[String], per_batch: usize) -> Outcome {
        for frames in frames.chunks(per_batch) {
            self.send_batch(&mut batch(frames)?).await?;
        }
        Ok(())
    }

    /// Sends a batch, what can be at once and then the rest.
    pub(super) async fn send_now_and_rest(&mut self, frames: &[String]) -> Outcome {
        let mut batch = batch(frames)?;
        self.0.send_now(&mut batch);
        self.send_batch(&mut batch).await
    }

    async fn send_batch(&mut self, batch: &mut FrameBatch) -> Outcome {
        let sent = within("send", self.0.send(batch)).await?;
        sent.map_err(|error| format!("send failed: {error}"))?;
        if !batch.is_empty() {
            return Err("send returned and the batch is not empty".to_owned());
        }
        Ok(())
    }

    pub(super) async fn must_fail(&mut self) -> Outcome {
        let mut batch = FrameBatch::new();
        for _ in 0..2 {
            batch.clear();
            batch.push_str("\"too late\"").map_err(|error| error.to_string())?;
            if within("a send after the end", self.0.send(&mut batch)).await?.is_ok() {
                return Err("send succeeded after the end of the connection".to_owned());
            }
        }
        Ok(())
    }
}

impl Incoming {
    pub(super) async fn next(&mut self) -> Outcome<Received> {
        loop {
            match self.0.next_frame() {
                Some(Frame::Text(text)) => return Ok(Received::Text(text.to_owned())),
                Some(Frame::Malformed(_)) => return Ok(Received::Malformed),
                None => {}
            }
            if let Err(error) = within("fill", self.0.fill()).await? {
                return Ok(Received::End(error));
            }
        }
    }

    /// Expects exactly these frames next.
    pub(super) async fn expect(&mut self, frames: &[String]) -> Outcome {
        for (at, frame) in frames.iter().enumerate() {
            let what = || format!("frame {} of {} from the peer", at + 1, frames.len());
            match self.next().await.map_err(|seen| format!("{}: {seen}", what()))? {
                Received::Text(text) => same(frame, &text, what)?,
                other => return Err(format!("{} was {}", what(), other.describe())),
            }
        }
        Ok(())
    }

    /// Expects an orderly end, which stays what it is.
    pub(super) async fn expect_end(&mut self) -> Outcome {
        let error = match self.next().await? {
            Received::End(error) => error,
            other => return Err(format!("instead of the end came {}", other.describe())),
        };
        if !error.is_disconnected() {
            return Err(format!("the end is not orderly: {error}"));
        }
        for _ in 0..3 {
            if self.0.next_frame().is_some() {
                return Err("a frame came after the end".to_owned());
            }
            match within("fill after the end", self.0.fill()).await? {
                Err(again) if again.to_string() == error.to_string() => {}
                Err(again) => {
                    return Err(format!("the end was first: {error}; and then: {again}"));
                }
                Ok(()) => return Err("fill succeeded after the end".to_owned()),
            }
        }
        Ok(())
    }
}

impl<P: Peer> FarEnd<P> {
    pub(super) async fn send(&mut self, frames: &[String]) -> Outcome {
        for frame in frames {
            within("the peer's send", self.0.send(frame)).await?;
        }
        Ok(())
    }

    /// Expects exactly these frames next.
    pub(super) async fn expect(&mut self, frames: &[String]) -> Outcome {
        for (at, frame) in frames.iter().enumerate() {
            let what = || format!("frame {} of {} to the peer", at + 1, frames.len());
            match within(&what(), self.0.recv()).await? {
                Some(text) => same(frame, &text, what)?,
                None => return Err(format!("the peer saw the end instead of {}", what())),
            }
        }
        Ok(())
    }

    pub(super) async fn expect_end(&mut self) -> Outcome {
        match within("the end that the peer is to see", self.0.recv()).await? {
            None => Ok(()),
            Some(frame) => Err(format!("the peer got {} instead of the end", excerpt(&frame))),
        }
    }

    pub(super) async fn close(&mut self) -> Outcome {
        within("the peer's close", self.0.close()).await
    }
}

impl Received {
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Text(text) => excerpt(text),
            Self::Malformed => "a malformed frame".to_owned(),
            Self::End(error) => format!("the end ({error})"),
        }
    }
}

fn batch(frames: &[String]) -> Outcome<FrameBatch> {
    let mut batch = FrameBatch::new();
    for frame in frames {
        batch.push_str(frame).map_err(|error| format!("the check is wrong: {error}"))?;
    }
    Ok(batch)
}

/// Waits for a step, which is named if it takes too long.
pub(super) async fn within<T>(what: &str, step: impl Future<Output = T>) -> Outcome<T> {
    tokio::time::timeout(LIMIT, step)
        .await
        .map_err(|_| format!("{what} did not come to an end in {} s", LIMIT.as_secs()))
}

fn same(expected: &str, text: &str, what: impl Fn() -> String) -> Outcome {
    if expected == text {
        return Ok(());
    }
    Err(format!("{} was {}, not {}", what(), excerpt(text), excerpt(expected)))
}

fn excerpt(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        None => format!("`{text}`"),
        Some((end, _)) => format!("`{}...` ({} bytes)", &text[..end], text.len()),
    }
}
