//! What the router keeps of one thread.

use super::arrival::Arrival;
use super::claims::Claims;
use super::effects::Effects;
use super::subscribers::Subscribers;
use super::thread_state::{Activity, ThreadSignal, ThreadState};
use super::turn_record::TurnRecord;
use super::turn_state::EndStatus;
use super::usage::Total;
use crate::event::Event;
use crate::stats::Counters;
use codex_protocol::{Id, ServerNotification};
use std::sync::Arc;

/// One thread that this client has a handle of, or whose turn it has started.
#[derive(Debug)]
pub(super) struct ThreadEntry {
    pub(super) state: ThreadState,
    /// How many handles there are.
    pub(super) handles: usize,
    /// The thread's total usage, as far as this client can know it.
    pub(super) total: Total,
    pub(super) claims: Claims,
    turns: Vec<TurnRecord>,
    /// The turn that ended last.
    pub(super) ended: Option<Id>,
    /// The turn that a claim of this client was bound to last, until it ends.
    pub(super) bound: Option<Id>,
    /// The turn that was announced last as part of another, and that other one, under which it ends.
    announced: Option<(Id, Id)>,
    max_buffered_bytes: usize,
    counters: Arc<Counters>,
}

impl ThreadEntry {
    pub(super) fn new(max_buffered_bytes: usize, counters: Arc<Counters>) -> Self {
        Self {
            state: ThreadState::Idle,
            handles: 0,
            total: Total::Unknown,
            claims: Claims::new(max_buffered_bytes),
            turns: Vec::new(),
            ended: None,
            bound: None,
            announced: None,
            max_buffered_bytes,
            counters,
        }
    }

    /// Gives an event to its turn, and moves the thread's state along with it. What belongs to no turn goes on to `rest`.
    pub(super) fn take_in(
        &mut self,
        arrival: &mut Arrival,
        rest: &mut Subscribers,
        effects: &mut Effects,
    ) {
        let place = self.place(&arrival.event);
        if let Event::Request(request) = &arrival.event {
            let asked = Arc::clone(request.asked());
            match place {
                Some(index) => self.turns[index].ask(asked, arrival, effects),
                None => effects.pass(asked),
            }
            return;
        }
        self.follow(&arrival.event, effects);
        let reported = reported_total(&arrival.event);
        match place.map(|index| &mut self.turns[index]) {
            Some(record) => {
                record.absorb(arrival, &self.total);
                record.wake(effects);
            }
            None => rest.offer(arrival, effects),
        }
        // Last, for what a turn used counts from the total before its first report.
        if let Some(total) = reported {
            self.total = total;
        }
    }

    /// The turn that an event belongs to: the one that it names, or the one that runs; none that is over.
    pub(super) fn place(&self, event: &Event) -> Option<usize> {
        let turn_id = match event.turn_id() {
            Some(id) => id,
            // It often comes as late as the first turn.
            None if announces_thread(event) => return None,
            None => self.state.turn()?,
        };
        let live = |id: &str| {
            self.turns.iter().position(|turn| *turn.id == *id && !turn.state.is_terminal())
        };
        live(turn_id).or_else(|| live(announced_part(event)?.1))
    }

    fn follow(&mut self, event: &Event, effects: &mut Effects) {
        if let Some(turn_id) = started_turn(event) {
            self.announced =
                announced_part(event).map(|(part, whole)| (part.clone(), whole.clone()));
            return self.signal(ThreadSignal::TurnStarted(turn_id.clone()));
        }
        if let Some(turn_id) = self.ended_turn(event) {
            return self.turn_ended(turn_id);
        }
        if let Event::Notification(
            ServerNotification::ThreadClosed(_) | ServerNotification::ThreadDeleted(_),
        ) = event
        {
            self.signal(ThreadSignal::Closed);
            self.bound = None;
            for turn in &mut self.turns {
                turn.end_with(EndStatus::Interrupted);
                turn.wake(effects);
            }
        }
    }

    /// The turn whose end this event is.
    pub(super) fn ended_turn(&self, event: &Event) -> Option<Id> {
        match event {
            Event::Notification(ServerNotification::TurnCompleted(completed)) => {
                Some(completed.turn.id.clone())
            }
            Event::Undecoded(undecoded) if undecoded.ends_turn() => {
                // Without an id it can only be the end of the turn that runs.
                undecoded.turn_id.as_ref().or(self.state.turn()).cloned()
            }
            _ => None,
        }
    }

    /// Whether the thread is at work on this turn, or on what was announced as a part of it.
    pub(super) fn runs(&self, id: &Id) -> bool {
        self.state.turn() == Some(self.runs_as(id))
    }

    /// The id under which the thread runs this turn.
    fn runs_as<'a>(&'a self, id: &'a Id) -> &'a Id {
        match &self.announced {
            Some((part, whole)) if whole == id && self.state.turn() == Some(part) => part,
            _ => id,
        }
    }

    /// The server said that a turn is over; again, if that is the one whose end was told last.
    pub(super) fn turn_ended(&mut self, id: Id) {
        if self.ended.as_ref() == Some(&id) && !self.runs(&id) {
            return;
        }
        self.signal(ThreadSignal::TurnEnded(self.runs_as(&id).clone()));
        self.bound.take_if(|bound| *bound == id);
        self.ended = Some(id);
        // A start that was to join this turn is a start of its own now.
        if self.state == ThreadState::Idle && !self.claims.is_empty() {
            self.signal(ThreadSignal::Claimed(Activity::Turn));
        }
    }

    /// The server has the thread loaded; `running` is the turn that it said was in progress, which may have ended since.
    pub(super) fn loaded(&mut self, running: Option<Id>) {
        self.signal(ThreadSignal::Opened);
        let running = running.filter(|id| self.ended.as_ref() != Some(id));
        if let (ThreadState::Idle, Some(turn_id)) = (&self.state, running) {
            self.signal(ThreadSignal::TurnStarted(turn_id));
        }
    }

    pub(super) fn turn(&mut self, id: &str) -> Option<&mut TurnRecord> {
        self.turns.iter_mut().find(|turn| *turn.id == *id)
    }

    pub(super) fn turn_or_new(&mut self, id: &Id) -> &mut TurnRecord {
        let index = match self.turns.iter().position(|turn| turn.id == *id) {
            Some(index) => index,
            None => {
                self.turns.push(TurnRecord::new(id.clone(), self.max_buffered_bytes));
                self.turns.len() - 1
            }
        };
        &mut self.turns[index]
    }

    pub(super) fn turns(&mut self) -> impl Iterator<Item = &mut TurnRecord> {
        self.turns.iter_mut()
    }

    /// Drops the records that nobody can reach any more. While a claim is open, it may be for any of them.
    pub(super) fn prune(&mut self) {
        if self.claims.is_empty() {
            self.turns.retain(|turn| turn.handles > 0 || !turn.claims.is_empty());
        }
    }

    /// Whether nothing of it needs to be known: no handle, and no turn that would make the thread busy.
    pub(super) fn is_unused(&self) -> bool {
        self.handles == 0
            && self.claims.is_empty()
            && self.turns.is_empty()
            && self.state.turn().is_none()
    }

    pub(super) fn signal(&mut self, signal: ThreadSignal) {
        let state = std::mem::replace(&mut self.state, ThreadState::Idle);
        let transition = state.after(signal);
        if !transition.expected {
            self.counters.unexpected.count();
        }
        self.state = transition.state;
    }
}

/// The turn that the event says has started.
pub(super) fn started_turn(event: &Event) -> Option<&Id> {
    match event {
        Event::Notification(ServerNotification::TurnStarted(started)) => Some(&started.turn.id),
        _ => None,
    }
}

/// The turn that started as part of another, and that other one: a review starts under one id, and goes on and ends
/// under the one that the answer to `review/start` named.
fn announced_part(event: &Event) -> Option<(&Id, &Id)> {
    match event {
        Event::Notification(ServerNotification::TurnStarted(started)) => {
            let turn = &started.turn;
            turn.root_turn_id.as_ref().filter(|root| **root != turn.id).map(|root| (&turn.id, root))
        }
        _ => None,
    }
}

fn announces_thread(event: &Event) -> bool {
    matches!(event, Event::Notification(ServerNotification::ThreadStarted(_)))
}

/// The thread's total, if the event reports it. A revert takes back what the forgotten turns used, and does not say how
/// much that was.
fn reported_total(event: &Event) -> Option<Total> {
    match event.notification()? {
        ServerNotification::ThreadTokenUsageUpdated(update) => {
            Some(Total::Reported(update.token_usage.total.clone()))
        }
        ServerNotification::ThreadReverted(_) => Some(Total::Unknown),
        _ => None,
    }
}
