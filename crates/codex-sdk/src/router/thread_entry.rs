//! What the router keeps of one thread.

use super::effects::Effects;
use super::subscribers::Subscribers;
use super::thread_state::{ThreadSignal, ThreadState};
use super::turn_record::TurnRecord;
use super::turn_state::EndStatus;
use super::usage::Total;
use crate::event::Event;
use crate::stats::Counters;
use codex_protocol::{Id, ServerNotification, TokenUsageBreakdown};
use std::sync::Arc;

/// One thread that this client has a handle of, or whose turn it has started.
#[derive(Debug)]
pub(super) struct ThreadEntry {
    pub(super) state: ThreadState,
    /// How many handles there are.
    pub(super) handles: usize,
    /// The thread's total usage, as far as this client can know it.
    pub(super) total: Total,
    claim: Option<Claim>,
    turns: Vec<TurnRecord>,
    /// The turn that ended last.
    ended: Option<Id>,
    max_buffered_bytes: usize,
    counters: Arc<Counters>,
}

/// A `turn/start` that was not answered yet.
///
/// Its answer says which turn is ours. Events that come before it are held back, and taken in when it is there.
#[derive(Debug)]
struct Claim {
    request: i64,
    /// Whether the caller went away, so that nobody will take up the turn.
    abandoned: bool,
    early: Vec<(Event, usize)>,
    early_bytes: usize,
    overflowed: bool,
}

impl ThreadEntry {
    pub(super) fn new(max_buffered_bytes: usize, counters: Arc<Counters>) -> Self {
        Self {
            state: ThreadState::Idle,
            handles: 0,
            total: Total::Unknown,
            claim: None,
            turns: Vec::new(),
            ended: None,
            max_buffered_bytes,
            counters,
        }
    }

    /// Takes in an event of this thread, which came as a frame of `bytes`. What belongs to no turn goes on to `rest`.
    pub(super) fn event(
        &mut self,
        event: Event,
        bytes: usize,
        rest: &mut Subscribers,
        effects: &mut Effects,
    ) {
        let Some(claim) = &mut self.claim else {
            return self.take_in(event, bytes, rest, effects);
        };
        claim.early_bytes += bytes + size_of::<Event>();
        claim.overflowed |= claim.early_bytes > self.max_buffered_bytes;
        if !claim.overflowed {
            claim.early.push((event, bytes));
        } else if let Event::Request(request) = event {
            effects.pass(Arc::clone(request.asked()));
        }
    }

    /// Gives an event to its turn, and moves the thread's state along with it.
    fn take_in(
        &mut self,
        event: Event,
        bytes: usize,
        rest: &mut Subscribers,
        effects: &mut Effects,
    ) {
        let place = self.place(&event);
        if let Event::Request(request) = event {
            match place {
                Some(index) => self.turns[index].ask(request, bytes, effects),
                None => effects.pass(Arc::clone(request.asked())),
            }
            return;
        }
        self.follow(&event, effects);
        let reported = reported_total(&event).cloned();
        match place.map(|index| &mut self.turns[index]) {
            Some(record) => {
                record.absorb(event, bytes, &self.total);
                record.wake(effects);
            }
            None => rest.offer(event, bytes, effects),
        }
        // Last, for what a turn used counts from the total before its first report.
        if let Some(total) = reported {
            self.total = Total::Reported(total);
        }
    }

    /// The turn that an event belongs to: the one that it names, or the one that runs; none that is over.
    fn place(&self, event: &Event) -> Option<usize> {
        let turn_id = match (event.turn_id(), &self.state) {
            (Some(id), _) => id,
            // It often comes as late as the first turn.
            (None, _) if announces_thread(event) => return None,
            (None, ThreadState::Running(id)) => id,
            (None, _) => return None,
        };
        self.turns.iter().position(|turn| *turn.id == *turn_id && !turn.state.is_terminal())
    }

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
                let id = match (&undecoded.turn_id, &self.state) {
                    (Some(id), _) | (None, ThreadState::Running(id)) => id.clone(),
                    (None, _) => return,
                };
                self.turn_ended(id);
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
        self.ended = Some(id);
    }

    /// The server has the thread loaded; `running` is the turn that it said was in progress, which may have ended since.
    pub(super) fn loaded(&mut self, running: Option<Id>) {
        self.signal(ThreadSignal::Opened);
        let running = running.filter(|id| self.ended.as_ref() != Some(id));
        if let (ThreadState::Idle, Some(turn_id)) = (&self.state, running) {
            self.signal(ThreadSignal::TurnStarted(turn_id));
        }
    }

    /// Opens a claim for the `turn/start` with this request id; the turn in the way, if there is one.
    pub(super) fn claim(&mut self, request: i64) -> Result<(), Option<Id>> {
        match &self.state {
            ThreadState::Starting => return Err(None),
            ThreadState::Running(id) => return Err(Some(id.clone())),
            ThreadState::Idle | ThreadState::Closed => {}
        }
        self.signal(ThreadSignal::Claimed);
        self.claim = Some(Claim {
            request,
            abandoned: false,
            early: Vec::new(),
            early_bytes: 0,
            overflowed: false,
        });
        Ok(())
    }

    /// The answer names the turn: it gets a record, and what was held back. Whether nothing of that was lost.
    pub(super) fn bind(
        &mut self,
        turn_id: &Id,
        rest: &mut Subscribers,
        effects: &mut Effects,
    ) -> bool {
        let Some(claim) = self.claim.take() else { return true };
        self.signal(ThreadSignal::Bound(turn_id.clone()));
        let request = claim.request;
        self.turn_or_new(turn_id).claim = Some(request).filter(|_| !claim.abandoned);
        for (event, bytes) in claim.early {
            self.take_in(event, bytes, rest, effects);
        }
        self.prune();
        !claim.overflowed
    }

    /// The `turn/start` was refused, timed out or never left. What was held back may be of others' turns.
    pub(super) fn refuse(&mut self, request: i64, rest: &mut Subscribers, effects: &mut Effects) {
        let Some(claim) = self.claim.take_if(|claim| claim.request == request) else { return };
        self.signal(ThreadSignal::Refused);
        for (event, bytes) in claim.early {
            self.take_in(event, bytes, rest, effects);
        }
        self.prune();
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

    /// Drops the records that nobody can reach any more.
    pub(super) fn prune(&mut self) {
        self.turns.retain(|turn| turn.handles > 0 || turn.claim.is_some());
    }

    /// Whether nothing of it needs to be known: no handle, and no turn that would make the thread busy.
    pub(super) fn is_unused(&self) -> bool {
        self.handles == 0
            && self.claim.is_none()
            && self.turns.is_empty()
            && !matches!(self.state, ThreadState::Running(_))
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

fn announces_thread(event: &Event) -> bool {
    matches!(event, Event::Notification(ServerNotification::ThreadStarted(_)))
}

/// The thread's total, if the event reports it.
fn reported_total(event: &Event) -> Option<&TokenUsageBreakdown> {
    match event.notification()? {
        ServerNotification::ThreadTokenUsageUpdated(update) => Some(&update.token_usage.total),
        _ => None,
    }
}
