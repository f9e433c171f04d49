use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::observed::{self, Direction, Observer};
use crate::{Frame, FrameReceiver, FrameSender, Transport};

/// A transport that shows every frame to a callback, for logs and debuggers.
///
/// The callback sees a frame to the server right before it is sent, and one from the server as the client takes it; each once, whatever was cancelled.
/// It is called from the two tasks that send and receive, at times from both at once, so it must be quick: the connection waits for it.
/// If it panics, the connection is over.
///
/// Nothing is redacted; [`Record`](crate::Record) does that.
///
#[cfg_attr(feature = "test-util", doc = "```")]
#[cfg_attr(not(feature = "test-util"), doc = "```text")]
/// # let (transport, _peer) = codex_transport::mock::pair();
/// use codex_transport::Tap;
///
/// let transport = Tap::new(transport, |direction, frame| eprintln!("{direction} {frame}"));
/// ```
pub struct Tap {
    transport: Box<dyn Transport>,
    callback: Box<Callback>,
}

type Callback = dyn Fn(Direction, &Frame<'_>) + Send + Sync;

impl Tap {
    /// Puts a callback between a transport and its user.
    pub fn new(
        transport: impl Transport + 'static,
        callback: impl Fn(Direction, &Frame<'_>) + Send + Sync + 'static,
    ) -> Self {
        Self { transport: Box::new(transport), callback: Box::new(callback) }
    }
}

impl Transport for Tap {
    fn split(self: Box<Self>) -> (Box<dyn FrameSender>, Box<dyn FrameReceiver>) {
        observed::split(self.transport, Arc::new(TapObserver(self.callback)))
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tap").field("transport", &self.transport).finish_non_exhaustive()
    }
}

struct TapObserver(Box<Callback>);

#[async_trait]
impl Observer for TapObserver {
    fn frame(&self, direction: Direction, frame: &Frame<'_>) {
        (self.0)(direction, frame);
    }
}

impl fmt::Debug for TapObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TapObserver")
    }
}
