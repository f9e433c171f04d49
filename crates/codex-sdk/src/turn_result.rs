//! What a turn came to.

use crate::error::Error;
use codex_protocol::{
    Id, ThreadItem, ThreadTokenUsage, TokenUsageBreakdown, TurnError, TurnStatus,
};
use std::fmt;
use std::sync::Arc;

/// What a turn came to: its status, text, items and usage.
///
/// A failed or interrupted turn is data, not an `Err`: look at [`status`](Self::status), or ask
/// [`error_for_status`](Self::error_for_status) to make an error of it.
#[derive(Clone)]
#[non_exhaustive]
pub struct TurnResult {
    /// The thread of the turn.
    pub thread_id: Id,
    /// The turn.
    pub turn_id: Id,
    /// `Completed`, `Interrupted` or `Failed`; `InProgress` in a [snapshot](crate::Turn::snapshot) of a turn
    /// that has not ended.
    pub status: TurnStatus,
    /// Why the turn failed. `None` unless it did: an interrupted turn has none.
    pub error: Option<TurnError>,
    /// What the assistant said: its messages in order, commentary included, with nothing between them.
    ///
    /// A message that never completed counts only if the turn did not complete either: a turn that did has repeated
    /// it. If there was no message at all, the text of raw response items, where the thread was started with
    /// `experimental_raw_events`.
    pub text: String,
    /// Every finished item (`item/completed`), in order; the assistant's messages alone, where a handle of the turn was
    /// made with [`retain_items(false)`](crate::TurnStart::retain_items).
    pub items: Vec<Arc<ThreadItem>>,
    /// The tokens of this turn alone.
    ///
    /// `None` if the server reported none, if the thread's total at the start of the turn is not known (a thread
    /// that was resumed or reverted and has not reported since), or if the context window was exceeded, where the server sets
    /// the total to the size of the window.
    pub usage: Option<TokenUsageBreakdown>,
    /// The last report of the turn, with the total of the whole thread and the model's context window.
    pub thread_usage: Option<ThreadTokenUsage>,
}

impl TurnResult {
    /// The text of the last finished message of the assistant that is not a commentary.
    pub fn final_response(&self) -> Option<&str> {
        self.items.iter().rev().find_map(|item| match &**item {
            ThreadItem::AgentMessage(message)
                if message.phase != Some(codex_protocol::MessagePhase::Commentary) =>
            {
                Some(message.text.as_str())
            }
            _ => None,
        })
    }

    /// The result itself if the turn completed.
    ///
    /// # Errors
    /// [`Error::TurnFailed`] with the whole result inside, if it failed or was interrupted.
    pub fn error_for_status(self) -> Result<Self, Error> {
        match self.status {
            TurnStatus::Completed => Ok(self),
            _ => Err(Error::TurnFailed(Box::new(self))),
        }
    }
}

/// Without what was said and done, for an [`Error`] that holds a result is often logged.
impl fmt::Debug for TurnResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = self.error.as_ref().map(|error| error.codex_error_info.as_ref());
        f.debug_struct("TurnResult")
            .field("thread_id", &self.thread_id)
            .field("turn_id", &self.turn_id)
            .field("status", &self.status)
            .field("error", &error)
            .field("text_bytes", &self.text.len())
            .field("items", &self.items.len())
            .field("usage", &self.usage)
            .finish_non_exhaustive()
    }
}
