//! A thread's claims: who may start something, and which turn came of it.

use super::arrival::Arrival;
use super::claims::Claim;
use super::effects::Effects;
use super::subscribers::Subscribers;
use super::thread_entry::{ThreadEntry, started_turn};
use super::thread_state::{Activity, ThreadSignal, ThreadState};
use crate::event::Event;
use codex_protocol::Id;
use std::sync::Arc;

/// The turn that a claim turned out to be for.
#[derive(Debug)]
pub(super) struct Bound {
    pub(super) request: i64,
    pub(super) turn_id: Id,
    /// Whether nothing was lost of what came before.
    pub(super) whole: bool,
}

impl ThreadEntry {
    /// Takes in an event of this thread. While a claim is open, what belongs to no turn that is known is held back.
    /// What it bound, if it was the start that a claim waited for.
    pub(super) fn event(
        &mut self,
        arrival: &mut Arrival,
        rest: &mut Subscribers,
        effects: &mut Effects,
    ) -> Option<Bound> {
        if self.claims.is_empty() || self.place(&arrival.event).is_some() {
            self.take_in(arrival, rest, effects);
            return None;
        }
        let started = started_turn(&arrival.event).cloned();
        self.hold(arrival, effects);
        let request = self.claims.agreed()?;
        started.map(|turn_id| self.bind(request, &turn_id, rest, effects))
    }

    /// Opens a claim for the request with this id; the turn in the way, if there is one.
    pub(super) fn claim(&mut self, request: i64, claim: &Claim) -> Result<(), Option<Id>> {
        match &self.state {
            ThreadState::Idle | ThreadState::Closed => {
                self.signal(ThreadSignal::Claimed(claim.activity));
            }
            // The server adds the input to the turn that runs, or that the start before this one makes.
            ThreadState::Running(_) | ThreadState::Starting if claim.join => {}
            busy => return Err(busy.turn().cloned()),
        }
        self.claims.open(request);
        Ok(())
    }

    /// The answer to a request that claims a turn: with the turn that it names, or without, where the next that starts
    /// is meant. What it bound, unless that is still to come.
    pub(super) fn agreed(
        &mut self,
        request: i64,
        turn_id: Option<&Id>,
        rest: &mut Subscribers,
        effects: &mut Effects,
    ) -> Option<Bound> {
        if let Some(turn_id) = turn_id {
            return Some(self.bind(request, turn_id, rest, effects));
        }
        self.claims.agree(request);
        let early = self.claims.early().find_map(|arrival| started_turn(&arrival.event)).cloned();
        early.map(|turn_id| self.bind(request, &turn_id, rest, effects))
    }

    /// The claim is for this turn: it gets a record, and what was held back. Where nobody is left to take it up, there
    /// is none, and all that is said of it belongs to the rest.
    fn bind(
        &mut self,
        request: i64,
        turn_id: &Id,
        rest: &mut Subscribers,
        effects: &mut Effects,
    ) -> Bound {
        let mut bound = Bound { request, turn_id: turn_id.clone(), whole: true };
        let Some(claim) = self.claims.close(request) else { return bound };
        let was_running = self.state.turn() == Some(turn_id);
        if !claim.abandoned {
            let is_new = self.turn(turn_id).is_none();
            let record = self.turn_or_new(turn_id);
            if is_new && was_running {
                record.join();
            }
            record.claims.push(request);
        }
        match self.state.turn() {
            // Another turn runs, as far as is known by now; what was held back says how it went on.
            Some(other) if other != turn_id => {}
            _ if self.ended.as_ref() == Some(turn_id) => self.unclaim(),
            _ => self.signal(ThreadSignal::Bound(turn_id.clone())),
        }
        bound.whole = self.let_go(rest, effects);
        let is_over = self.ended.as_ref() == Some(turn_id)
            || self.turn(turn_id).is_some_and(|turn| turn.state.is_terminal());
        match (self.state.turn() == Some(turn_id), is_over) {
            // Its end was among what was lost.
            (true, true) => self.signal(ThreadSignal::TurnEnded(turn_id.clone())),
            (false, false) => self.signal(ThreadSignal::Bound(turn_id.clone())),
            _ => {}
        }
        self.bound = (!is_over).then(|| turn_id.clone());
        self.prune();
        bound
    }

    /// The request was refused, timed out or never left. What was held back may be of others' turns.
    pub(super) fn refuse(&mut self, request: i64, rest: &mut Subscribers, effects: &mut Effects) {
        if self.claims.close(request).is_none() {
            return;
        }
        self.unclaim();
        self.let_go(rest, effects);
        // What was held back the longest may tell of a turn before the one that runs.
        if let Some(bound) = self.bound.clone().filter(|bound| self.state.turn() != Some(bound)) {
            self.signal(ThreadSignal::Bound(bound));
        }
        self.prune();
    }

    /// The connection is over, so that no claim will be answered. What was held back was said all the same.
    pub(super) fn give_up_claims(&mut self, rest: &mut Subscribers, effects: &mut Effects) {
        if self.claims.close_all() {
            self.unclaim();
            self.let_go(rest, effects);
            self.prune();
        }
    }

    /// The caller of a request went away. Its turn, if it starts, runs without a handle. What an interrupt has to name,
    /// if one is wanted and there is something to interrupt.
    pub(super) fn abandon(&mut self, request: i64, interrupt: bool) -> Option<Id> {
        if self.claims.abandon(request) {
            // Whatever the request before it has started.
            return interrupt.then(|| Id::from(""));
        }
        let turn = self.turns().find(|turn| turn.claims.contains(&request))?;
        turn.claims.retain(|claim| *claim != request);
        let named = if interrupt { turn.stop() } else { None };
        self.prune();
        named
    }

    /// The turn that the request with this id has started.
    pub(super) fn started_by(&mut self, request: i64) -> Option<Id> {
        self.turns().find(|turn| turn.claims.contains(&request)).map(|turn| turn.id.clone())
    }

    /// Nothing is being started any more, unless by another claim.
    fn unclaim(&mut self) {
        let pending = matches!(
            self.state,
            ThreadState::Starting | ThreadState::Compacting(None) | ThreadState::Reviewing(None)
        );
        if pending && self.claims.is_empty() {
            self.signal(ThreadSignal::Refused);
        }
    }

    /// Holds an event back. Of one that finds no place, the least is done that has to be.
    fn hold(&mut self, arrival: &mut Arrival, effects: &mut Effects) {
        if self.claims.hold(arrival) {
            return;
        }
        if let Some(ended) = self.ended_turn(&arrival.event) {
            self.bound.take_if(|bound| *bound == ended);
            self.ended = Some(ended);
        }
        if let Event::Request(request) = &arrival.event {
            effects.pass(Arc::clone(request.asked()));
        }
    }

    /// Takes in what was held back, as far as it is known by now whose it is; whether nothing of it was lost.
    fn let_go(&mut self, rest: &mut Subscribers, effects: &mut Effects) -> bool {
        let (mut early, whole) = self.claims.release();
        for arrival in &mut early {
            if self.claims.is_empty() || self.place(&arrival.event).is_some() {
                self.take_in(arrival, rest, effects);
            } else {
                self.hold(arrival, effects);
            }
        }
        whole
    }
}

impl Activity {
    /// Whether the answer to its request names the turn.
    pub(super) fn is_named_by_answer(self) -> bool {
        match self {
            Self::Turn | Self::Review => true,
            Self::Compaction => false,
        }
    }
}
