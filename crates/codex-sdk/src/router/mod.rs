//! Whose message is it: answers to their callers, events to their turns.
//!
//! No I/O, no waiting, no user code: the reader feeds it, consumers empty it, and what is to be done outside the lock
//! is collected in [`Effects`].

mod delta;
mod effects;
mod queue;
mod raw_item;
mod slot;
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
use thread_state::ThreadSignal;
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

    /// Registers a request and gives it its id. Only then may its bytes leave.
    ///
    /// Where it [claims](Waiter::claims) a thread, the thread's next turn is this request's.
    pub(crate) fn register(&mut self, waiter: Waiter) -> Result<i64> {
        self.check_open()?;
        let id = self.next_request;
        if let Some(thread_id) = &waiter.claims {
            self.threads
                .entry(thread_id.clone())
                .or_insert_with(ThreadEntry::new)
                .claim(id)
                .map_err(|turn_id| Error::TurnActive { thread_id: thread_id.clone(), turn_id })?;
        }
        self.next_request += 1;
        self.waiters.insert(id, waiter);
        Ok(id)
    }

    /// Takes back a request that was never written.
    pub(crate) fn unregister(&mut self, id: i64) {
        if let Some(waiter) = self.waiters.remove(id) {
            self.refuse_claim(&waiter, id);
        }
    }

    /// The server answered a request. An answer to a request that nobody made, or that was given up, is dropped.
    pub(crate) fn answer(
        &mut self,
        id: i64,
        answer: std::result::Result<Box<RawValue>, RpcError>,
        effects: &mut Effects,
    ) {
        let Some(waiter) = self.waiters.remove(id) else { return };
        let started = answer.as_ref().ok().and_then(|result| started_turn(result));
        match (&waiter.claims, started) {
            (Some(thread_id), Some(turn_id)) => {
                if let Some(entry) = self.threads.get_mut(thread_id) {
                    entry.bind(id, &turn_id, self.max_buffered_bytes);
                    self.prune(thread_id);
                }
            }
            _ => self.refuse_claim(&waiter, id),
        }
        let answer =
            answer.map_err(|error| Error::Rpc { method: waiter.method, error: Box::new(error) });
        effects.answer(waiter.sender, answer);
    }

    /// An event came, as a frame of `bytes`.
    pub(crate) fn event(&mut self, event: Event, bytes: usize, effects: &mut Effects) {
        let entry = event.thread_id().and_then(|id| self.threads.get_mut(id));
        if let Some(entry) = entry {
            entry.event(event, bytes, self.max_buffered_bytes, effects);
        }
    }

    /// Gives up the requests whose time is up at `now`.
    pub(crate) fn sweep(&mut self, now: Instant, effects: &mut Effects) {
        for (id, waiter) in self.waiters.expired(now) {
            self.refuse_claim(&waiter, id);
            let error = Error::Timeout { method: waiter.method, after: waiter.timeout };
            effects.answer(waiter.sender, Err(error));
        }
    }

    /// Ends everything with `cause`, unless it has ended already: the first cause stays.
    pub(crate) fn end(&mut self, cause: Disconnected, effects: &mut Effects) {
        let cause = self.end.get_or_insert(cause);
        for waiter in self.waiters.drain() {
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

    /// A thread was started or resumed, and somebody has a handle of it.
    pub(crate) fn open_thread(&mut self, id: &Id, total: Total) {
        let entry = self.threads.entry(id.clone()).or_insert_with(ThreadEntry::new);
        entry.handles += 1;
        entry.signal(ThreadSignal::Opened);
        if matches!(entry.total, Total::Unknown) {
            entry.total = total;
        }
    }

    pub(crate) fn close_thread(&mut self, id: &Id) {
        if let Some(entry) = self.threads.get_mut(id) {
            entry.handles -= 1;
            self.prune(id);
        }
    }

    /// The caller of `turn/start` takes up the turn that its answer named.
    pub(crate) fn adopt_turn(&mut self, key: TurnKey<'_>) {
        if let Some(record) = self.turn(key) {
            record.claim = None;
            record.handles += 1;
        }
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
            record.handles -= 1;
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
        if let Some(record) = self.turn(key) {
            if record.consumer.is_some() {
                let turn_id = Some(key.turn_id.clone());
                return Err(Error::ConsumerActive { active: turn_id.clone(), requested: turn_id });
            }
            record.consume(wanted, limit);
        }
        self.slot.name(ticket, key.turn_id);
        Ok(())
    }

    /// The consumer wants no more events, only the result.
    pub(crate) fn stop_queueing(&mut self, key: TurnKey<'_>) {
        let limit = self.max_buffered_bytes;
        if let Some(record) = self.turn(key) {
            record.consume(Wanted::Result, limit);
        }
    }

    /// The consumer ended; the events that it left are dropped.
    pub(crate) fn end_consuming(&mut self, key: TurnKey<'_>) {
        if let Some(record) = self.turn(key) {
            record.release_consumer();
        }
    }

    /// Moves the turn's events into `batch`, which is empty.
    pub(crate) fn poll_events(
        &mut self,
        key: TurnKey<'_>,
        batch: &mut VecDeque<Event>,
        waker: &Waker,
    ) -> Poll<Result<Step>> {
        let (limit, end) = (self.max_buffered_bytes, self.end.clone());
        let Some(record) = self.turn(key) else { return Poll::Ready(Ok(Step::End)) };
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
                record.wait(waker);
                Poll::Pending
            }
        }
    }

    /// The turn's result, once it has ended.
    pub(crate) fn poll_result(
        &mut self,
        key: TurnKey<'_>,
        waker: &Waker,
    ) -> Poll<Result<TurnResult>> {
        let end = self.end.clone();
        match (self.turn(key), end) {
            (Some(record), _) if record.state.is_terminal() => {
                Poll::Ready(Ok(record.result(key.thread_id)))
            }
            (_, Some(cause)) => Poll::Ready(Err(cause.into())),
            (Some(record), None) => {
                record.wait(waker);
                Poll::Pending
            }
            (None, None) => unreachable!("a turn's record lives as long as its handles"),
        }
    }

    /// How far the turn is, and what is cancelled once it has ended.
    pub(crate) fn progress(&mut self, key: TurnKey<'_>) -> (TurnState, CancellationToken) {
        let record = self.turn(key).expect("a turn's record lives as long as its handles");
        (record.state, record.ended())
    }

    /// The turn's result as it stands.
    pub(crate) fn snapshot(&mut self, key: TurnKey<'_>) -> TurnResult {
        self.turn(key).expect("a turn's record lives as long as its handles").result(key.thread_id)
    }

    fn turn(&mut self, key: TurnKey<'_>) -> Option<&mut TurnRecord> {
        self.threads.get_mut(key.thread_id)?.turn(key.turn_id)
    }

    fn refuse_claim(&mut self, waiter: &Waiter, request: i64) {
        if let Some(thread_id) = &waiter.claims {
            if let Some(entry) = self.threads.get_mut(thread_id) {
                entry.refuse(request);
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
