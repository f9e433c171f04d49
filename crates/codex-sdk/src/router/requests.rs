//! Requests from their ids to their answers, and the claims of those that start turns.

use super::Router;
use super::effects::Effects;
use super::waiters::Waiter;
use crate::error::{Error, Result};
use codex_protocol::{Id, RpcError};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

impl Router {
    /// Gives a request its id. With `claims`, that thread's next turn is this request's from now on.
    ///
    /// What is begun is either [registered](Self::register) or [taken back](Self::take_back).
    pub(crate) fn begin(&mut self, claims: Option<&Id>) -> Result<i64> {
        self.check_open()?;
        let id = self.next_request;
        if let Some(thread_id) = claims {
            self.entry(thread_id)
                .claim(id)
                .map_err(|turn_id| Error::TurnActive { thread_id: thread_id.clone(), turn_id })?;
        }
        self.next_request += 1;
        Ok(id)
    }

    /// Registers a request that was begun. Only then may its bytes leave.
    pub(crate) fn register(&mut self, id: i64, waiter: Waiter) {
        self.waiters.insert(id, waiter);
    }

    /// Takes back a request whose bytes did not leave.
    pub(crate) fn take_back(&mut self, id: i64, claims: Option<&Id>, effects: &mut Effects) {
        if let Some(waiter) = self.waiters.remove(id) {
            effects.release(waiter.permit);
        }
        self.refuse_claim(claims, id, effects);
    }

    /// The server answered a request. An answer to a request that nobody made, or that was given up, is dropped.
    pub(crate) fn answer(
        &mut self,
        id: i64,
        answer: std::result::Result<Box<RawValue>, RpcError>,
        effects: &mut Effects,
    ) {
        let Some(waiter) = self.waiters.remove(id) else {
            return self.counters.stray_answers.count();
        };
        effects.release(waiter.permit);
        let mut answer =
            answer.map_err(|error| refusal(waiter.method, waiter.claims.as_ref(), error));
        if let Some(thread_id) = &waiter.claims {
            match answer.as_ref().ok().and_then(|result| started_turn(result)) {
                Some(turn_id) => {
                    let limit = self.max_buffered_bytes;
                    let whole = self.bind_claim(thread_id, &turn_id, effects);
                    if !whole {
                        answer = Err(Error::Overflow { turn_id, limit });
                    }
                    self.prune(thread_id);
                }
                None => self.refuse_claim(Some(thread_id), id, effects),
            }
        }
        effects.answer(waiter.sender, answer);
    }

    /// Gives up the requests whose time is up at `now`.
    pub(crate) fn sweep(&mut self, now: Instant, effects: &mut Effects) {
        for (id, waiter) in self.waiters.expired(now) {
            effects.release(waiter.permit);
            self.refuse_claim(waiter.claims.as_ref(), id, effects);
            let error = Error::Timeout { method: waiter.method, after: waiter.timeout };
            effects.answer(waiter.sender, Err(error));
        }
        self.pass_overdue(now, effects);
    }

    /// The caller of the `turn/start` with this request id went away.
    pub(crate) fn abandon_claim(&mut self, thread_id: &Id, request: i64) {
        if let Some(entry) = self.threads.get_mut(thread_id) {
            entry.abandon(request);
            self.prune(thread_id);
        }
    }

    /// Gives the claimed turn its record, and what was held back; whether nothing of that was lost.
    fn bind_claim(&mut self, thread_id: &Id, turn_id: &Id, effects: &mut Effects) -> bool {
        match self.threads.get_mut(thread_id) {
            Some(entry) => entry.bind(turn_id, &mut self.subscribers, effects),
            None => true,
        }
    }

    fn refuse_claim(&mut self, claims: Option<&Id>, request: i64, effects: &mut Effects) {
        if let Some(thread_id) = claims {
            if let Some(entry) = self.threads.get_mut(thread_id) {
                entry.refuse(request, &mut self.subscribers, effects);
                self.prune(thread_id);
            }
        }
    }
}

/// What the server's refusal of a request is to the caller.
fn refusal(method: &'static str, claims: Option<&Id>, error: RpcError) -> Error {
    match claims {
        // A review or a compaction runs, which this client may not have started.
        Some(thread_id) if error.message.contains("ActiveTurnNotSteerable") => {
            Error::TurnActive { thread_id: thread_id.clone(), turn_id: None }
        }
        _ => Error::Rpc { method, error: Box::new(error) },
    }
}

/// The turn that an answer to `turn/start` names.
fn started_turn(answer: &RawValue) -> Option<Id> {
    #[derive(Deserialize)]
    struct Started {
        turn: Turn,
    }
    #[derive(Deserialize)]
    struct Turn {
        id: Id,
    }
    serde_json::from_str::<Started>(answer.get()).ok().map(|started| started.turn.id)
}
