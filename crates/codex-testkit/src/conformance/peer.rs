use codex_transport::mock::MockPeer;
use std::future::Future;

/// The far end of the transport under test.
///
/// It can be written with `async fn`. What cannot be done because the client is gone is passed over silently.
/// When it is dropped, the connection ends.
pub trait Peer: Send {
    /// The next frame that the client sent; `None` once it closed its sending half or went away.
    fn recv(&mut self) -> impl Future<Output = Option<String>> + Send;

    /// Sends one frame; may wait for the client to read.
    fn send(&mut self, frame: &str) -> impl Future<Output = ()> + Send;

    /// Sends one frame that is not UTF-8, if the transport can carry such a thing; whether it can (default: no).
    fn send_malformed(&mut self) -> impl Future<Output = bool> + Send {
        std::future::ready(false)
    }

    /// Ends the connection in order, after what was sent.
    fn close(&mut self) -> impl Future<Output = ()> + Send;
}

impl Peer for MockPeer {
    fn recv(&mut self) -> impl Future<Output = Option<String>> + Send {
        Self::recv(self)
    }

    async fn send(&mut self, frame: &str) {
        Self::send(self, frame);
    }

    async fn send_malformed(&mut self) -> bool {
        self.send_raw(b"\"\xff\"\n");
        true
    }

    async fn close(&mut self) {
        self.hang_up();
    }
}
