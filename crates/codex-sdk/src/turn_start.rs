//! Starting a turn.

use crate::call::{Boxed, Call, awaitable};
use crate::connection::{self, Outgoing, Params};
use crate::error::{Cause, Disconnected, Result};
use crate::input::Input;
use crate::options::{opaque_debug, turn_methods, turn_options};
use crate::router::{Activity, Claim};
use crate::thread::Thread;
use crate::turn::Turn;
use crate::turn_control::{TurnControl, join_control, turn_controls};
use codex_protocol::{Id, TurnStartParams};
use serde_json::value::RawValue;

/// Starts a turn; made by [`Thread::turn`]. Options that are not set stay as they are for the thread.
#[derive(Clone)]
#[must_use = "a turn is not started before this is awaited"]
pub struct TurnStart {
    thread: Thread,
    params: TurnStartParams,
    control: TurnControl,
}

impl TurnStart {
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

    turn_options!(setters);
    turn_methods!();
    turn_controls!();
    join_control!();

    /// Replaces input and options by these params of the protocol. The thread stays this one.
    pub fn params(mut self, params: TurnStartParams) -> Self {
        self.params = params;
        self.params.thread_id = self.thread.id().clone();
        self
    }

    /// The call as a named future.
    ///
    /// # Errors
    /// [`Error::TurnActive`](crate::Error::TurnActive) at once if a turn of this thread runs or is being started,
    /// [`Error::Rpc`](crate::Error::Rpc) if the server refuses, and those of every request.
    pub fn send(self) -> Call<Turn> {
        Call::new(async move { start_turn(self.thread, &self.params, &self.control).await })
    }
}

opaque_debug!(TurnStart);
awaitable!(TurnStart => Turn);

/// Starts a turn, or joins one.
pub(crate) fn start_turn<'a>(
    thread: Thread,
    params: &'a TurnStartParams,
    control: &'a TurnControl,
) -> Boxed<'a, Turn> {
    start(thread, params, Activity::Turn, control, |answer| {
        Ok(Some(connection::decode::<TurnStartParams>(answer)?.turn.id))
    })
}

/// Claims the turn that a request starts, sends it, and takes the turn up. `named` reads the turn that the answer names.
pub(crate) fn start<'a>(
    thread: Thread,
    params: &'a dyn Params,
    activity: Activity,
    control: &'a TurnControl,
    named: fn(&RawValue) -> Result<Option<Id>>,
) -> Boxed<'a, Turn> {
    Box::pin(async move {
        let claim = Claim { thread_id: thread.id().clone(), activity, join: control.join_running };
        let outgoing = Outgoing {
            claim: Some(claim),
            interrupt_on_drop: control.interrupt_on_drop,
            trace: control.trace.clone(),
            ..Outgoing::default()
        };
        let connection = thread.codex().connection();
        let mut pending = connection.send(params, outgoing).await?;
        let answer = pending.answer().await?;
        // The record that the answer made is the claim's until the turn is taken up: `pending` must live until then.
        let started = connection.router().started_by(thread.id(), pending.id());
        let turn_id = match started {
            // Nothing else of the answer is needed; one that cannot be read in full must not cost the turn what came
            // for it.
            Some(turn_id) => turn_id,
            // It is so odd that the router could not make out the turn.
            None => named(&answer)?.ok_or_else(|| Disconnected::new(Cause::TaskEnded))?,
        };
        let turn = Turn::adopt(thread.clone(), turn_id, pending.id(), control);
        drop(pending);
        Ok(turn)
    })
}
