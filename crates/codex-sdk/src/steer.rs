//! Saying something more to a running turn.

use crate::call::{Call, awaitable};
use crate::connection::{Lane, Outgoing};
use crate::input::Input;
use crate::options::{opaque_debug, setters};
use crate::turn::Turn;
use codex_protocol::TurnSteerParams;

/// Says something more to a running turn; made by [`Turn::steer`].
#[derive(Clone)]
#[must_use = "nothing is said before this is awaited"]
pub struct Steer {
    turn: Turn,
    params: TurnSteerParams,
}

impl Steer {
    pub(crate) fn new(turn: Turn, input: Input) -> Self {
        let thread_id = turn.thread().id().clone();
        let params = TurnSteerParams::new(turn.id().clone(), Vec::from(input), thread_id);
        Self { turn, params }
    }

    pub(crate) fn params_mut(&mut self) -> &mut TurnSteerParams {
        &mut self.params
    }

    setters! {
        /// Context beside the input. Experimental.
        optional additional_context: std::collections::BTreeMap<String, codex_protocol::AdditionalContextEntry>,
        /// Names the user's message, so that it can be told apart from one sent again.
        optional client_user_message_id: String,
        /// Metadata for the model's API. Experimental.
        optional responsesapi_client_metadata: std::collections::BTreeMap<String, String>,
        /// Changes to the metadata for the model's API. Experimental.
        optional responsesapi_client_metadata_patch: std::collections::BTreeMap<String, String>,
    }

    /// The call as a named future.
    ///
    /// # Errors
    /// [`Error::Rpc`](crate::Error::Rpc) if the turn is not running (any more), and those of every request.
    #[inline]
    pub fn send(self) -> Call<()> {
        Call::new(async move {
            let outgoing = Outgoing { lane: Lane::Reserved, ..Outgoing::default() };
            let connection = self.turn.thread().codex().connection();
            connection.request(&self.params, outgoing).await.map(drop)
        })
    }
}

opaque_debug!(Steer);
awaitable!(Steer => ());
