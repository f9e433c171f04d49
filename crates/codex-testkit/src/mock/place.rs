//! Where in the conversation a step of a turn stands.

use codex_protocol::Id;

/// The ids that a step of a [`MockTurn`](crate::MockTurn) needs for what it sends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The thread.
    pub thread_id: Id,
    /// The turn.
    pub turn_id: Id,
    /// An id for an item of this step, new with each step.
    pub item_id: Id,
}
