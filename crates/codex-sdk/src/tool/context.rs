//! What a tool knows of its call.

use codex_protocol::Id;
use tokio_util::sync::CancellationToken;

/// What a tool knows of its call. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ToolContext {
    pub(super) thread_id: Id,
    pub(super) turn_id: Id,
    pub(super) call_id: Id,
    pub(super) withdrawn: CancellationToken,
}

impl ToolContext {
    /// The thread whose model calls.
    pub fn thread_id(&self) -> &Id {
        &self.thread_id
    }

    /// The turn.
    pub fn turn_id(&self) -> &Id {
        &self.turn_id
    }

    /// The call, which is also the id of its item.
    pub fn call_id(&self) -> &Id {
        &self.call_id
    }

    /// Waits until the result is not wanted any more: the turn was interrupted, or the connection is over.
    ///
    /// The tool's own future is dropped then. This is for what it has started elsewhere, on other tasks or threads.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn cancelled(&self) {
        self.withdrawn.cancelled().await;
    }

    /// Waits until the result is not wanted any more, as [`cancelled`](Self::cancelled) does, but for `limit` at most;
    /// whether that is so. For tools that block, which nothing else stops.
    ///
    /// # Panics
    /// Inside an async context, where [`cancelled`](Self::cancelled) is to be awaited.
    #[cfg(feature = "blocking")]
    #[track_caller]
    pub fn cancelled_within(&self, limit: std::time::Duration) -> bool {
        crate::blocking::within(limit, self.cancelled(), "cancelled")
    }

    /// Whether the result is not wanted any more.
    pub fn is_cancelled(&self) -> bool {
        self.withdrawn.is_cancelled()
    }
}
