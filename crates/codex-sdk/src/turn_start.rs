//! Starting a turn.

use crate::call::{Call, awaitable};
use crate::connection::{self, Outgoing};
use crate::error::Result;
use crate::input::Input;
use crate::options::{opaque_debug, turn_methods, turn_options};
use crate::thread::Thread;
use crate::turn::Turn;
use codex_protocol::TurnStartParams;

/// Starts a turn; made by [`Thread::turn`]. Options that are not set stay as they are for the thread.
#[derive(Clone)]
#[must_use = "a turn is not started before this is awaited"]
pub struct TurnStart {
    thread: Thread,
    params: TurnStartParams,
}

impl TurnStart {
    pub(crate) fn new(thread: Thread, input: Input) -> Self {
        let params = TurnStartParams::new(Vec::from(input), thread.id().clone());
        Self { thread, params }
    }

    pub(crate) fn params_mut(&mut self) -> &mut TurnStartParams {
        &mut self.params
    }

    turn_options!(setters);
    turn_methods!();

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
        Call::new(async move { start(self.thread, &self.params).await })
    }
}

opaque_debug!(TurnStart);
awaitable!(TurnStart => Turn);

/// Claims the thread's next turn, starts it, and takes it up.
pub(crate) async fn start(thread: Thread, params: &TurnStartParams) -> Result<Turn> {
    let outgoing = Outgoing { claims: Some(thread.id().clone()), ..Outgoing::default() };
    let mut pending = thread.codex().connection().send(params, outgoing).await?;
    let answer = pending.answer().await?;
    let response = connection::decode::<TurnStartParams>(&answer)?;
    // The record that the answer made is the claim's until the turn is taken up: `pending` must live until then.
    let turn = Turn::adopt(thread.clone(), response.turn.id);
    drop(pending);
    Ok(turn)
}
