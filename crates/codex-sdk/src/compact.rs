//! Summing up a thread's history.

use crate::call::{Call, awaitable};
use crate::router::Activity;
use crate::thread::Thread;
use crate::turn::Turn;
use crate::turn_control::{TurnControl, turn_controls};
use crate::turn_start;
use codex_protocol::ThreadCompactStartParams;

/// Starts a compaction; made by [`Thread::compact`].
#[derive(Debug, Clone)]
#[must_use = "nothing is started before this is awaited"]
pub struct Compact {
    thread: Thread,
    control: TurnControl,
}

impl Compact {
    pub(crate) fn new(thread: Thread) -> Self {
        Self { thread, control: TurnControl::default() }
    }

    pub(crate) fn control_mut(&mut self) -> &mut TurnControl {
        &mut self.control
    }

    turn_controls!();

    /// The call as a named future. It is done once the server has begun.
    ///
    /// # Errors
    /// [`Error::TurnActive`](crate::Error::TurnActive) at once if a turn of this thread runs or is being started;
    /// [`Error::Timeout`](crate::Error::Timeout) if the server agreed and did not begin; those of every request.
    #[inline]
    pub fn send(self) -> Call<Turn> {
        Call::new(async move {
            let params = ThreadCompactStartParams::new(self.thread.id().clone());
            let activity = Activity::Compaction;
            turn_start::start(self.thread, &params, activity, &self.control, |_| Ok(None)).await
        })
    }
}

awaitable!(Compact => Turn);
