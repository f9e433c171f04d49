//! Requests from their ids to their answers, and the claims of those that start something.

use super::Router;
use super::claims::Claim;
use super::deadlines::Interrupt;
use super::effects::Effects;
use super::named_turn::named_turn;
use super::thread_claims::Bound;
use super::waiters::Waiter;
use crate::error::{Error, Result};
use codex_protocol::{Id, RpcError};
use serde_json::value::RawValue;

impl Router {
    /// Gives a request its id. With a claim, the turn that it starts is this request's from now on.
    ///
    /// What is begun is either [registered](Self::register) or [taken back](Self::take_back).
    pub(crate) fn begin(&mut self, claim: Option<&Claim>) -> Result<i64> {
        self.check_open()?;
        let id = self.next_request;
        if let Some(claim) = claim {
            let thread_id = &claim.thread_id;
            self.entry(thread_id)
                .claim(id, claim)
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
    pub(crate) fn take_back(&mut self, id: i64, claim: Option<&Claim>, effects: &mut Effects) {
        if let Some(waiter) = self.waiters.remove(id) {
            effects.release(waiter.permit);
        }
        self.refuse_claim(claim, id, effects);
    }

    /// The server answered a request. An answer to a request that nobody made, or that was given up, is dropped.
    pub(crate) fn answer(
        &mut self,
        id: i64,
        answer: std::result::Result<Box<RawValue>, RpcError>,
        effects: &mut Effects,
    ) {
        let known = self.waiters.remove(id);
        let Some(mut waiter) = known else { return self.counters.stray_answers.count() };
        if waiter.agreed.is_some() {
            self.counters.stray_answers.count();
            return self.waiters.insert(id, waiter);
        }
        effects.release(waiter.permit.take());
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                self.refuse_claim(waiter.claim.as_ref(), id, effects);
                let refusal = refusal(waiter.method, waiter.claim.as_ref(), error);
                return effects.answer(waiter.sender, Err(refusal));
            }
        };
        let Some(claim) = &waiter.claim else { return effects.answer(waiter.sender, Ok(answer)) };
        let turn_id = named_turn(&answer);
        if claim.activity.is_named_by_answer() && turn_id.is_none() {
            self.refuse_claim(waiter.claim.as_ref(), id, effects);
            return effects.answer(waiter.sender, Ok(answer));
        }
        let thread_id = claim.thread_id.clone();
        waiter.agreed = Some(answer);
        self.waiters.insert(id, waiter);
        let Some(entry) = self.threads.get_mut(&thread_id) else { return };
        if let Some(bound) = entry.agreed(id, turn_id.as_ref(), &mut self.subscribers, effects) {
            self.bound(bound, effects);
            self.prune(&thread_id);
        }
    }

    /// It is known which turn a request has started: its caller gets the answer.
    pub(super) fn bound(&mut self, bound: Bound, effects: &mut Effects) {
        let Bound { request, turn_id, whole } = bound;
        let Some(waiter) = self.waiters.remove(request) else { return };
        let Some(answer) = waiter.agreed else { return };
        let limit = self.max_buffered_bytes;
        let answer = if whole { Ok(answer) } else { Err(Error::Overflow { turn_id, limit }) };
        effects.answer(waiter.sender, answer);
    }

    /// The caller of a request with a claim went away. What is to be interrupted for that, if `interrupt` says so.
    pub(crate) fn abandon_claim(
        &mut self,
        thread_id: &Id,
        request: i64,
        interrupt: bool,
    ) -> Option<Interrupt> {
        let named = self.threads.get_mut(thread_id)?.abandon(request, interrupt);
        self.prune(thread_id);
        named.map(|turn_id| Interrupt { thread_id: thread_id.clone(), turn_id })
    }

    pub(super) fn refuse_claim(
        &mut self,
        claim: Option<&Claim>,
        request: i64,
        effects: &mut Effects,
    ) {
        let Some(Claim { thread_id, .. }) = claim else { return };
        if let Some(entry) = self.threads.get_mut(thread_id) {
            entry.refuse(request, &mut self.subscribers, effects);
            self.prune(thread_id);
        }
    }
}

/// What the server's refusal of a request is to the caller.
fn refusal(method: &'static str, claim: Option<&Claim>, error: RpcError) -> Error {
    match claim {
        // A review or a compaction runs, which this client may not have started.
        Some(claim) if error.message.contains("ActiveTurnNotSteerable") => {
            Error::TurnActive { thread_id: claim.thread_id.clone(), turn_id: None }
        }
        _ => Error::Rpc { method, error: Box::new(error) },
    }
}
