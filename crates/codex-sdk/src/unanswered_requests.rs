//! Whose affair the server's requests are.

/// What becomes of a request of the server, such as an approval, that nothing in this program answers.
///
/// The default depends on whose server it is: what a client starts, or reaches through
/// [`transport`](crate::CodexBuilder::transport), has nobody else to ask; a server that it
#[cfg_attr(feature = "websocket", doc = "[connects](crate::Codex::connect) to")]
#[cfg_attr(not(feature = "websocket"), doc = "connects to")]
/// may be shared. There every client of a thread is asked, and the first answer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnansweredRequests {
    /// It is declined at once, so that the turn goes on. The default for a server of one's own.
    Decline,
    /// It is left for another client to answer; until one does, the turn waits. The default for a server connected to.
    Leave,
}
