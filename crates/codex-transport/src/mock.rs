//! An in-memory pair for tests: a client's transport, and the hand that plays its server.
//!
//! [`pair`] gives both to the test; [`scripted`] runs a script as the server and fails the test where the client leaves it.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! use codex_transport::{FrameBatch, Transport, mock};
//! use serde_json::json;
//!
//! let (transport, script) = mock::scripted(|mut peer| async move {
//!     let request = peer.expect("ping").await;
//!     peer.answer(&request, json!({ "pong": request.params["number"] }));
//! });
//! let (mut sender, mut receiver) = Box::new(transport).split();
//! let mut batch = FrameBatch::new();
//! batch.push_str(r#"{"id":1,"method":"ping","params":{"number":7}}"#).unwrap();
//! sender.send(&mut batch).await.unwrap();
//! receiver.fill().await.unwrap();
//! let answer = receiver.next_frame().unwrap().to_string();
//! assert_eq!(answer, r#"{"id":1,"result":{"pong":7}}"#);
//! sender.close().await.unwrap();
//! script.finish().await; // panics if anything was not as scripted
//! # });
//! ```
//!
//! There is no thread, no timer and no I/O: it works on a paused clock, and what was sent is there at once.
//! What the peer sends goes through the same framing as the output of a process.
//!
//! The queues have no bound on purpose: a test that has not come to reading yet must not stall the client that it tests.

mod peer;
mod script;
mod story;

use async_trait::async_trait;
use tokio::sync::mpsc;

use crate::line_buffer::LineBuffer;
use crate::{
    Closed, DEFAULT_MAX_FRAME_BYTES, Error, Frame, FrameBatch, FrameReceiver, FrameSender,
    Transport,
};

pub use peer::{MockPeer, MockRequest};
pub use script::{Script, scripted};

/// A connected pair: the client's side, and the test's.
pub fn pair() -> (MockTransport, MockPeer) {
    let (to_peer, from_client) = mpsc::unbounded_channel();
    let (to_client, from_peer) = mpsc::unbounded_channel();
    let transport = MockTransport {
        to_peer,
        to_client: to_client.clone(),
        from_peer,
        max_frame_bytes: DEFAULT_MAX_FRAME_BYTES,
    };
    (transport, MockPeer::new(to_client, from_client))
}

enum Input {
    Bytes(Vec<u8>),
    End(Error),
}

/// The client's side of a [`pair`].
#[derive(Debug)]
pub struct MockTransport {
    to_peer: mpsc::UnboundedSender<String>,
    to_client: mpsc::UnboundedSender<Input>,
    from_peer: mpsc::UnboundedReceiver<Input>,
    max_frame_bytes: usize,
}

impl MockTransport {
    /// Sets the longest frame that is accepted, in bytes (default [`DEFAULT_MAX_FRAME_BYTES`]).
    #[must_use]
    pub fn max_frame_bytes(mut self, limit: usize) -> Self {
        self.max_frame_bytes = limit;
        self
    }
}

impl Transport for MockTransport {
    fn split(self: Box<Self>) -> (Box<dyn FrameSender>, Box<dyn FrameReceiver>) {
        let Self { to_peer, to_client, from_peer, max_frame_bytes } = *self;
        let lines = LineBuffer::new(max_frame_bytes);
        (
            Box::new(MockSender { to_peer: Some(to_peer), to_client }),
            Box::new(MockReceiver { from_peer, lines, end: None }),
        )
    }
}

#[derive(Debug)]
struct MockSender {
    to_peer: Option<mpsc::UnboundedSender<String>>,
    to_client: mpsc::UnboundedSender<Input>,
}

impl MockSender {
    fn pass_on(&self, batch: &mut FrameBatch) -> Result<(), Error> {
        let to_peer = self.to_peer.as_ref().ok_or(Error::Closed)?;
        for frame in batch.frames() {
            to_peer.send(frame.to_owned()).map_err(|_| Error::Disconnected)?;
        }
        batch.clear();
        Ok(())
    }
}

#[async_trait]
impl FrameSender for MockSender {
    async fn send(&mut self, batch: &mut FrameBatch) -> Result<(), Error> {
        self.pass_on(batch)
    }

    fn send_now(&mut self, batch: &mut FrameBatch) {
        // `send` finds the same error.
        let _ = self.pass_on(batch);
    }

    async fn close(&mut self) -> Result<Closed, Error> {
        // A real server ends when its input does, so the receiver must see an end, too.
        if self.to_peer.take().is_some() {
            let _ = self.to_client.send(Input::End(Error::Disconnected));
        }
        Ok(Closed::default())
    }
}

#[derive(Debug)]
struct MockReceiver {
    from_peer: mpsc::UnboundedReceiver<Input>,
    lines: LineBuffer,
    end: Option<Error>,
}

#[async_trait]
impl FrameReceiver for MockReceiver {
    async fn fill(&mut self) -> Result<(), Error> {
        if self.lines.has_frame()? {
            return Ok(());
        }
        if self.end.is_none() {
            match self.from_peer.recv().await {
                Some(Input::Bytes(bytes)) => {
                    self.lines.extend(&bytes);
                    return Ok(());
                }
                Some(Input::End(error)) => self.end = Some(error),
                None => self.end = Some(Error::Disconnected),
            }
            self.lines.finish();
            if self.lines.has_frame()? {
                return Ok(());
            }
        }
        self.end.clone().map_or(Ok(()), Err)
    }

    fn next_frame(&mut self) -> Option<Frame<'_>> {
        self.lines.next_frame()
    }
}
