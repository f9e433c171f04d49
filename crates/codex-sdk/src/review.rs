//! Having changes reviewed.

use crate::call::{Call, awaitable};
use crate::connection;
use crate::options::opaque_debug;
use crate::router::Activity;
use crate::thread::Thread;
use crate::turn::Turn;
use crate::turn_control::{TurnControl, turn_controls};
use crate::turn_start;
use codex_protocol::{ReviewStartParams, ReviewTarget};

/// Starts a review; made by [`Thread::review`].
///
/// It runs in the thread itself. The server refuses to run it in one of its own (`delivery: detached`).
#[derive(Clone)]
#[must_use = "nothing is started before this is awaited"]
pub struct Review {
    thread: Thread,
    target: ReviewTarget,
    control: TurnControl,
}

impl Review {
    pub(crate) fn new(thread: Thread, target: ReviewTarget) -> Self {
        Self { thread, target, control: TurnControl::default() }
    }

    pub(crate) fn control_mut(&mut self) -> &mut TurnControl {
        &mut self.control
    }

    turn_controls!();

    /// The call as a named future.
    ///
    /// # Errors
    /// [`Error::TurnActive`](crate::Error::TurnActive) at once if a turn of this thread runs or is being started,
    /// [`Error::Rpc`](crate::Error::Rpc) if the server refuses, and those of every request.
    #[inline]
    pub fn send(self) -> Call<Turn> {
        Call::new(async move {
            let params = ReviewStartParams::new(self.target, self.thread.id().clone());
            turn_start::start(self.thread, &params, Activity::Review, &self.control, |answer| {
                Ok(Some(connection::decode::<ReviewStartParams>(answer)?.turn.id))
            })
            .await
        })
    }
}

opaque_debug!(Review);
awaitable!(Review => Turn);
