//! Whose message is it: answers to their callers, events to their turns.
//!
//! No I/O, no waiting, no user code: the reader feeds it, consumers empty it, and what is to be done outside the lock
//! is collected in [`Effects`].

mod delta;
mod effects;
mod queue;
mod raw_item;
mod slot;
#[cfg(test)]
mod tests;
mod thread_entry;
mod thread_state;
mod transcript;
mod turn_record;
mod turn_state;
mod usage;
mod waiters;

pub use slot::ConsumerScope;

pub(crate) use effects::Effects;
pub(crate) use slot::Ticket;
pub(crate) use turn_record::Wanted;
pub(crate) use turn_state::TurnState;
pub(crate) use usage::Total;
pub(crate) use waiters::{Answer, Waiter};

use crate::error::{Disconnected, Error, Result};
use crate::event::Event;
use crate::turn_result::TurnResult;
use codex_protocol::{Id, RpcError};
use serde::Deserialize;
use serde_json::value::RawValue;
use slot::ConsumerSlot;
use std::collections::{HashMap, VecDeque};
use std::task::{Poll, Waker};
use thread_entry::ThreadEntry;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use turn_record::TurnRecord;
use waiters::Waiters;

/// All that the client knows of its connection.
#[derive(Debug)]
pub(crate) struct Router {
    max_buffered_bytes: usize,
    end: Option<Disconnected>,
    next_request: i64,
    waiters: Waiters,
    threads: HashMap<Id, ThreadEntry>,
    slot: ConsumerSlot,
}

/// Names a turn to the router.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TurnKey<'a> {
    pub(crate) thread_id: &'a Id,
    pub(crate) turn_id: &'a Id,
}

impl Router {
    pub(crate) fn new(scope: ConsumerScope, max_buffered_bytes: usize) -> Self {
        Self {
            max_buffered_bytes,
            end: None,
            next_request: 0,
            waiters: Waiters::default(),
            threads: HashMap::new(),
            slot: ConsumerSlot::new(scope),
        }
    }

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
        let Some(waiter) = self.waiters.remove(id) else { return };
        effects.release(waiter.permit);
        let mut answer =
            answer.map_err(|error| refusal(waiter.method, waiter.claims.as_ref(), error));
        if let Some(thread_id) = &waiter.claims {
            match answer.as_ref().ok().and_then(|result| started_turn(result)) {
                Some(turn_id) => {
                    let limit = self.max_buffered_bytes;
                    let whole = self.entry(thread_id).bind(&turn_id, effects);
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

    /// An event came, as a frame of `bytes`.
    pub(crate) fn event(&mut self, event: Event, bytes: usize, effects: &mut Effects) {
        let Some(entry) = event.thread_id().and_then(|id| self.threads.get_mut(id)) else { return };
        let ends = event.turn_id().is_some() && entry.handles == 0;
        // Only the last event of a turn that nobody holds can leave an entry that nobody needs.
        let thread_id = ends.then(|| event.thread_id().map(Id::from)).flatten();
        entry.event(event, bytes, effects);
        if let Some(thread_id) = thread_id {
            self.prune(&thread_id);
        }
    }

    /// Gives up the requests whose time is up at `now`.
    pub(crate) fn sweep(&mut self, now: Instant, effects: &mut Effects) {
        for (id, waiter) in self.waiters.expired(now) {
            effects.release(waiter.permit);
            self.refuse_claim(waiter.claims.as_ref(), id, effects);
            let error = Error::Timeout { method: waiter.method, after: waiter.timeout };
            effects.answer(waiter.sender, Err(error));
        }
    }

    /// Ends everything with `cause`, unless it has ended already: the first cause stays.
    pub(crate) fn end(&mut self, cause: Disconnected, effects: &mut Effects) {
        let cause = self.end.get_or_insert(cause);
        for waiter in self.waiters.drain() {
            effects.release(waiter.permit);
            effects.answer(waiter.sender, Err(cause.clone().into()));
        }
        for entry in self.threads.values_mut() {
            for turn in entry.turns() {
                turn.wake_consumer(effects);
            }
        }
    }

    /// # Errors
    /// The first fatal cause, once there is one.
    pub(crate) fn check_open(&self) -> Result<()> {
        match &self.end {
            Some(cause) => Err(cause.clone().into()),
            None => Ok(()),
        }
    }

    /// Somebody has a handle of the thread from now on. `total` is what it has used, if it is not known already.
    pub(crate) fn open_thread(&mut self, id: &Id, total: Total) {
        let entry = self.entry(id);
        entry.handles += 1;
        if matches!(entry.total, Total::Unknown) {
            entry.total = total;
        }
    }

    /// The server has the thread loaded; `running` is the turn that it says is in progress.
    pub(crate) fn thread_loaded(&mut self, id: &Id, running: Option<Id>) {
        self.entry(id).loaded(running);
    }

    pub(crate) fn close_thread(&mut self, id: &Id) {
        if let Some(entry) = self.threads.get_mut(id) {
            entry.handles = entry.handles.saturating_sub(1);
            self.prune(id);
        }
    }

    /// The caller of `turn/start` takes up the turn that its answer named.
    pub(crate) fn adopt_turn(&mut self, key: TurnKey<'_>) {
        let record = self.record(key);
        record.claim = None;
        record.handles += 1;
    }

    /// The caller of the `turn/start` with this request id went away.
    pub(crate) fn abandon_claim(&mut self, thread_id: &Id, request: i64) {
        if let Some(entry) = self.threads.get_mut(thread_id) {
            entry.abandon(request);
            self.prune(thread_id);
        }
    }

    /// The last handle of the turn was dropped.
    pub(crate) fn release_turn(&mut self, key: TurnKey<'_>) {
        if let Some(record) = self.turn(key) {
            record.handles = record.handles.saturating_sub(1);
            self.prune(key.thread_id);
        }
    }

    /// Takes the consumer's slot for a turn, or for one that is about to be started.
    pub(crate) fn take_slot(&mut self, key: Option<TurnKey<'_>>) -> Result<Ticket> {
        self.slot.take(key.map(|key| key.turn_id))
    }

    pub(crate) fn free_slot(&mut self, ticket: Ticket) {
        self.slot.free(ticket);
    }

    /// The holder of `ticket` becomes the consumer of a turn.
    pub(crate) fn begin_consuming(
        &mut self,
        ticket: Ticket,
        key: TurnKey<'_>,
        wanted: Wanted,
    ) -> Result<()> {
        let limit = self.max_buffered_bytes;
        let record = self.record(key);
        if record.consumer.is_some() {
            let turn_id = Some(key.turn_id.clone());
            return Err(Error::ConsumerActive { active: turn_id.clone(), requested: turn_id });
        }
        record.consume(wanted, limit);
        self.slot.name(ticket, key.turn_id);
        Ok(())
    }

    /// The consumer wants no more events, only the result.
    pub(crate) fn stop_queueing(&mut self, key: TurnKey<'_>) {
        let limit = self.max_buffered_bytes;
        self.record(key).consume(Wanted::Result, limit);
    }

    /// The consumer ended; the events that it left are dropped.
    pub(crate) fn end_consuming(&mut self, key: TurnKey<'_>, effects: &mut Effects) {
        if let Some(record) = self.turn(key) {
            record.release_consumer(effects);
        }
    }

    /// Moves the turn's events into `batch`, which is empty.
    pub(crate) fn poll_events(
        &mut self,
        key: TurnKey<'_>,
        batch: &mut VecDeque<Event>,
        waker: &Waker,
        effects: &mut Effects,
    ) -> Poll<Result<Step>> {
        let (limit, end) = (self.max_buffered_bytes, self.end.clone());
        let record = self.record(key);
        if record.take_events(batch) {
            return Poll::Ready(Ok(Step::More));
        }
        if record.overflowed() {
            return Poll::Ready(Err(Error::Overflow { turn_id: key.turn_id.clone(), limit }));
        }
        if record.state.is_terminal() {
            return Poll::Ready(Ok(Step::End));
        }
        match end {
            Some(cause) => Poll::Ready(Err(cause.into())),
            None => {
                record.wait(waker, effects);
                Poll::Pending
            }
        }
    }

    /// The turn's result, once it has ended.
    pub(crate) fn poll_result(
        &mut self,
        key: TurnKey<'_>,
        waker: &Waker,
        effects: &mut Effects,
    ) -> Poll<Result<TurnResult>> {
        let end = self.end.clone();
        let record = self.record(key);
        if record.state.is_terminal() {
            return Poll::Ready(Ok(record.result(key.thread_id)));
        }
        match end {
            Some(cause) => Poll::Ready(Err(cause.into())),
            None => {
                record.wait(waker, effects);
                Poll::Pending
            }
        }
    }

    /// How far the turn is, and what is cancelled once it has ended.
    pub(crate) fn progress(&mut self, key: TurnKey<'_>) -> (TurnState, CancellationToken) {
        let record = self.record(key);
        (record.state, record.ended())
    }

    /// The turn's result as it stands.
    pub(crate) fn snapshot(&mut self, key: TurnKey<'_>) -> TurnResult {
        self.record(key).result(key.thread_id)
    }

    fn entry(&mut self, thread_id: &Id) -> &mut ThreadEntry {
        let limit = self.max_buffered_bytes;
        self.threads.entry(thread_id.clone()).or_insert_with(|| ThreadEntry::new(limit))
    }

    fn turn(&mut self, key: TurnKey<'_>) -> Option<&mut TurnRecord> {
        self.threads.get_mut(key.thread_id)?.turn(key.turn_id)
    }

    /// The record of a turn that somebody holds. Whatever the server said of it, there is one.
    fn record(&mut self, key: TurnKey<'_>) -> &mut TurnRecord {
        self.entry(key.thread_id).turn_or_new(key.turn_id)
    }

    fn refuse_claim(&mut self, claims: Option<&Id>, request: i64, effects: &mut Effects) {
        if let Some(thread_id) = claims {
            if let Some(entry) = self.threads.get_mut(thread_id) {
                entry.refuse(request, effects);
                self.prune(thread_id);
            }
        }
    }

    fn prune(&mut self, thread_id: &Id) {
        if let Some(entry) = self.threads.get_mut(thread_id) {
            entry.prune();
            if entry.is_unused() {
                self.threads.remove(thread_id);
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

/// What a consumer got.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Events.
    More,
    /// The turn is over and all its events are taken.
    End,
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
