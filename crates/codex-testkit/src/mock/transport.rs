//! The client's end of a mock server.

use std::fmt;
use std::sync::Arc;

use codex_transport::{FrameReceiver, FrameSender, Transport, mock};

use super::connection;
use super::server::Shared;

/// A transport to a [`MockServer`](crate::MockServer), from its
/// [`transport`](crate::MockServer::transport).
///
/// The server's side is a task on the runtime that the client runs on; it ends with the connection.
pub struct MockServerTransport {
    shared: Arc<Shared>,
}

impl MockServerTransport {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

impl Transport for MockServerTransport {
    fn split(self: Box<Self>) -> (Box<dyn FrameSender>, Box<dyn FrameReceiver>) {
        let (transport, peer) = mock::pair();
        tokio::spawn(connection::serve(peer, self.shared));
        Box::new(transport).split()
    }
}

impl fmt::Debug for MockServerTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockServerTransport").finish_non_exhaustive()
    }
}
