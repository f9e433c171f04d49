//! Starting a turn and waiting for its result, in one.

use crate::call::{Call, awaitable};
use crate::consumer::{Consumer, Slot};
use crate::input::Input;
use crate::options::{opaque_debug, turn_methods, turn_options};
use crate::router::Wanted;
use crate::thread::Thread;
use crate::turn_control::{TurnControl, join_control, turn_controls};
use crate::turn_result::TurnResult;
use crate::turn_start;
use codex_protocol::TurnStartParams;

/// Starts a turn and waits for its result; made by [`Thread::run`].
///
/// Options that are not set stay as they are for the thread.
#[derive(Clone)]
#[must_use = "a turn is not started before this is awaited"]
pub struct Run {
    thread: Thread,
    params: TurnStartParams,
    control: TurnControl,
}

impl Run {
    pub(crate) fn new(thread: Thread, input: Input) -> Self {
        let params = TurnStartParams::new(Vec::from(input), thread.id().clone());
        Self { thread, params, control: TurnControl::default() }
    }

    pub(crate) fn params_mut(&mut self) -> &mut TurnStartParams {
        &mut self.params
    }

    pub(crate) fn control_mut(&mut self) -> &mut TurnControl {
        &mut self.control
    }

    /// A turn after this one, with the same schema and watched over as this one is. What else was chosen holds on, or was
    /// for this one alone.
    #[cfg(feature = "schemars")]
    pub(crate) fn once_more(&self, input: impl Into<Input>) -> Self {
        let mut next = Self::new(self.thread.clone(), input.into());
        next.params.output_schema.clone_from(&self.params.output_schema);
        next.control = TurnControl { join_running: false, ..self.control.clone() };
        next
    }

    turn_options!(setters);
    turn_methods!();
    turn_controls!();
    join_control!();

    /// The call as a named future. Takes the consumer's slot now, not when first polled.
    ///
    /// A failed or interrupted turn is an `Ok` whose status says so.
    ///
    /// # Errors
    /// [`Error::ConsumerActive`](crate::Error::ConsumerActive) at once, with no turn started, if another `stream()` or
    /// `run()` is live; [`Error::TurnActive`](crate::Error::TurnActive) at once if a turn of this thread runs;
    /// [`Error::TurnTimeout`](crate::Error::TurnTimeout) if the turn is over a time limit;
    /// [`Error::Disconnected`](crate::Error::Disconnected) if the connection ends first; those of every request.
    #[inline]
    pub fn send(self) -> Call<TurnResult> {
        let slot = Slot::reserve(self.thread.codex());
        Call::new(async move {
            let slot = slot?;
            let turn = turn_start::start_turn(self.thread, &self.params, &self.control).await?;
            Consumer::with_slot(slot, turn, Wanted::Result)?.result().await
        })
    }
}

opaque_debug!(Run);
awaitable!(Run => TurnResult);
