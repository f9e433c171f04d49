//! What the router keeps of one thread.

use super::effects::Effects;
use super::thread_state::{ThreadSignal, ThreadState};
use super::turn_record::TurnRecord;
use super::turn_state::EndStatus;
use super::usage::Total;
use crate::event::Event;
use codex_protocol::{Id, ServerNotification, TokenUsageBreakdown};
use std::collections::VecDeque;

/// How many events that name no turn are kept for a claim; the server sends a handful.
const MAX_EARLY: usize = 256;

/// How many turns that nobody knows are recorded under a claim; one of them can be its own.
const MAX_UNCLAIMED: usize = 8;

/// How many turns that ended are remembered, so that their late events are not taken for those of the next one.
const ENDED: usize = 16;

/// One thread that this client has a handle of.
#[derive(Debug)]
pub(super) struct ThreadEntry {
    pub(super) state: ThreadState,
    /// How many handles there are; at none, and with no turn on record, the entry goes.
    pub(super) handles: usize,
    pub(super) total: Total,
    claim: Option<Claim>,
    turns: Vec<TurnRecord>,
    ended: VecDeque<Id>,
}

/// A `turn/start` that was sent and not answered. Events of its turn may come first.
#[derive(Debug)]
struct Claim {
    request: i64,
    /// Whether the caller went away, so that nobody will take up the turn.
    abandoned: bool,
    /// Events that name the thread alone, seen before any event of the turn.
    early: Vec<(Event, usize)>,
}

impl ThreadEntry {
    pub(super) fn new() -> Self {
        Self {
            state: ThreadState::Idle,
            handles: 0,
            total: Total::Unknown,
            claim: None,
            turns: Vec::new(),
            ended: VecDeque::new(),
        }
    }

    /// Takes in an event of this thread, which came as a frame of `bytes`.
    pub(super) fn event(
        &mut self,
        event: Event,
        bytes: usize,
        limit: usize,
        effects: &mut Effects,
    ) {
        let place = self.place(&event, limit);
        self.follow(&event, effects);
        let reported = reported_total(&event).cloned();
        match place {
            Place::Turn(index) => {
                let record = &mut self.turns[index];
                record.absorb(event, bytes, &self.total);
                record.wake(effects);
            }
            Place::Early => {
                if let Some(claim) = &mut self.claim {
                    claim.early.push((event, bytes));
                }
            }
            Place::Nobody => {}
        }
        // Last, for what a turn used counts from the total before its first report.
        if let Some(total) = reported {
            self.total = Total::Reported(total);
        }
    }

    /// Where an event belongs.
    fn place(&mut self, event: &Event, limit: usize) -> Place {
        let Some(turn_id) = event.turn_id() else { return self.place_without_turn() };
        if let Some(index) = self.turns.iter().position(|turn| *turn.id == *turn_id) {
            return match self.turns[index].state.is_terminal() {
                true => Place::Nobody,
                false => Place::Turn(index),
            };
        }
        // A turn that nobody knows, while the answer that names ours is still to come: it is ours unless that answer
        // says otherwise. A report of usage is no sign of one, for a resume repeats that of an old turn.
        let may_be_ours = self.claim.is_some()
            && !self.ended.iter().any(|ended| **ended == *turn_id)
            && self.turns.iter().filter(|turn| turn.is_unclaimed()).count() < MAX_UNCLAIMED
            && reported_total(event).is_none();
        if !may_be_ours {
            return Place::Nobody;
        }
        self.make_turn(Id::from(turn_id), limit);
        Place::Turn(self.turns.len() - 1)
    }

    fn place_without_turn(&self) -> Place {
        let index = match &self.state {
            ThreadState::Running(id) => self.turns.iter().position(|turn| turn.id == *id),
            ThreadState::Starting => self.turns.iter().position(TurnRecord::is_unclaimed),
            ThreadState::Idle | ThreadState::Closed => None,
        };
        match (index, &self.claim) {
            (Some(index), _) => Place::Turn(index),
            (None, Some(claim)) if claim.early.len() < MAX_EARLY => Place::Early,
            _ => Place::Nobody,
        }
    }

    fn make_turn(&mut self, id: Id, limit: usize) {
        let mut record = TurnRecord::new(id, limit);
        for (event, bytes) in self.claim.iter_mut().flat_map(|claim| claim.early.drain(..)) {
            record.queue(event, bytes);
        }
        self.turns.push(record);
    }

    /// Moves the thread's state along with the event.
    fn follow(&mut self, event: &Event, effects: &mut Effects) {
        match event {
            Event::Notification(ServerNotification::TurnStarted(started)) => {
                self.signal(ThreadSignal::TurnStarted(started.turn.id.clone()));
            }
            Event::Notification(ServerNotification::TurnCompleted(completed)) => {
                self.turn_ended(completed.turn.id.clone());
            }
            Event::Undecoded(undecoded) if undecoded.ends_turn() => {
                // Without an id it can only be the end of the turn that runs.
                match (&undecoded.turn_id, &self.state) {
                    (Some(id), _) | (None, ThreadState::Running(id)) => self.turn_ended(id.clone()),
                    _ => {}
                }
            }
            Event::Notification(
                ServerNotification::ThreadClosed(_) | ServerNotification::ThreadDeleted(_),
            ) => {
                self.signal(ThreadSignal::Closed);
                for turn in &mut self.turns {
                    turn.end_with(EndStatus::Interrupted);
                    turn.wake(effects);
                }
            }
            _ => {}
        }
    }

    fn turn_ended(&mut self, id: Id) {
        self.signal(ThreadSignal::TurnEnded(id.clone()));
        if self.ended.len() == ENDED {
            self.ended.pop_front();
        }
        self.ended.push_back(id);
    }

    /// Opens a claim for the `turn/start` with this request id; the turn in the way, if there is one.
    pub(super) fn claim(&mut self, request: i64) -> Result<(), Option<Id>> {
        match &self.state {
            ThreadState::Starting => return Err(None),
            ThreadState::Running(id) => return Err(Some(id.clone())),
            ThreadState::Idle | ThreadState::Closed => {}
        }
        self.signal(ThreadSignal::Claimed);
        self.claim = Some(Claim { request, abandoned: false, early: Vec::new() });
        Ok(())
    }

    /// The answer names the turn: the claim becomes its record.
    pub(super) fn bind(&mut self, request: i64, turn_id: &Id, limit: usize) {
        if !self.turns.iter().any(|turn| turn.id == *turn_id) {
            self.make_turn(turn_id.clone(), limit);
        }
        let abandoned = self.claim.take().is_none_or(|claim| claim.abandoned);
        self.signal(ThreadSignal::Bound(turn_id.clone()));
        if let Some(record) = self.turn(turn_id) {
            record.claim = Some(request).filter(|_| !abandoned);
            if record.state.is_terminal() {
                self.signal(ThreadSignal::TurnEnded(turn_id.clone()));
            }
        }
        self.prune();
    }

    /// The `turn/start` was refused, timed out or never left.
    pub(super) fn refuse(&mut self, request: i64) {
        if self.claim.take_if(|claim| claim.request == request).is_some() {
            self.signal(ThreadSignal::Refused);
            self.prune();
        }
    }

    /// The caller of a `turn/start` went away. Its turn, if it starts, runs without a handle.
    pub(super) fn abandon(&mut self, request: i64) {
        match &mut self.claim {
            Some(claim) if claim.request == request => claim.abandoned = true,
            _ => {
                for turn in &mut self.turns {
                    turn.claim.take_if(|claim| *claim == request);
                }
                self.prune();
            }
        }
    }

    pub(super) fn turn(&mut self, id: &str) -> Option<&mut TurnRecord> {
        self.turns.iter_mut().find(|turn| *turn.id == *id)
    }

    pub(super) fn turns(&mut self) -> impl Iterator<Item = &mut TurnRecord> {
        self.turns.iter_mut()
    }

    /// Drops the records that nobody can reach any more.
    pub(super) fn prune(&mut self) {
        let claimed = self.claim.is_some();
        self.turns.retain(|turn| !turn.is_unclaimed() || claimed);
    }

    pub(super) fn is_unused(&self) -> bool {
        self.handles == 0 && self.claim.is_none() && self.turns.is_empty()
    }

    pub(super) fn signal(&mut self, signal: ThreadSignal) {
        let state = std::mem::replace(&mut self.state, ThreadState::Idle);
        self.state = state.after(signal).state;
    }
}

enum Place {
    /// The record at this index.
    Turn(usize),
    /// Kept until the claim knows its turn.
    Early,
    /// No turn of this client.
    Nobody,
}

/// The thread's total, if the event reports it.
fn reported_total(event: &Event) -> Option<&TokenUsageBreakdown> {
    match event.notification()? {
        ServerNotification::ThreadTokenUsageUpdated(update) => Some(&update.token_usage.total),
        _ => None,
    }
}
