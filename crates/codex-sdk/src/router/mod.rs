//! Whose message is it: answers to their callers, events to their turns.
//!
//! No I/O, no waiting, no user code: the reader feeds it, consumers empty it, and what is to be done outside the lock
//! is collected in [`Effects`].

mod arrival;
mod asking;
mod asks;
mod batch;
mod claims;
mod consumers;
mod deadlines;
mod delta;
mod effects;
mod events;
mod handles;
mod liveness;
mod named_turn;
mod queue;
mod raw_item;
#[cfg(test)]
mod recordings;
mod requests;
#[cfg(test)]
mod schedules;
mod slot;
mod subscribers;
#[cfg(test)]
mod tests;
mod thread_claims;
mod thread_entry;
mod thread_state;
mod threads;
mod transcript;
mod turn_record;
mod turn_state;
mod usage;
mod waiters;

pub use liveness::TurnLimit;
pub use slot::ConsumerScope;

pub(crate) use arrival::Arrival;
pub(crate) use batch::Batch;
pub(crate) use claims::Claim;
pub(crate) use consumers::Step;
pub(crate) use deadlines::Interrupt;
pub(crate) use effects::Effects;
pub(crate) use handles::Progress;
pub(crate) use liveness::TurnLimits;
pub(crate) use slot::Ticket;
pub(crate) use subscribers::{Accepts, SubscriberId};
pub(crate) use thread_state::Activity;
pub(crate) use turn_record::Wanted;
pub(crate) use usage::Total;
pub(crate) use waiters::{Answer, Waiter};

use crate::error::{Disconnected, Result};
use crate::stats::Counters;
use asks::Asks;
use codex_protocol::Id;
use slot::ConsumerSlot;
use std::sync::Arc;
use subscribers::Subscribers;
use thread_entry::ThreadEntry;
use threads::Threads;
use turn_record::TurnRecord;
use waiters::Waiters;

/// All that the client knows of its connection.
#[derive(Debug)]
pub(crate) struct Router {
    max_buffered_bytes: usize,
    end: Option<Disconnected>,
    next_request: i64,
    waiters: Waiters,
    threads: Threads,
    subscribers: Subscribers,
    slot: ConsumerSlot,
    counters: Arc<Counters>,
    asks: Asks,
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
            threads: Threads::default(),
            subscribers: Subscribers::new(max_buffered_bytes),
            slot: ConsumerSlot::new(scope),
            counters: Arc::default(),
            asks: Asks::default(),
        }
    }

    /// The counters, which are also counted up outside the lock.
    pub(crate) fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// Ends everything with `cause`, unless it has ended already: the first cause stays.
    pub(crate) fn end(&mut self, cause: Disconnected, effects: &mut Effects) {
        let cause = self.end.get_or_insert(cause);
        for waiter in self.waiters.drain() {
            effects.release(waiter.permit);
            effects.answer(waiter.sender, Err(cause.clone().into()));
        }
        for (_, entry) in self.threads.iter_mut() {
            entry.give_up_claims(&mut self.subscribers, effects);
            for turn in entry.turns() {
                turn.wake_consumer(effects);
            }
        }
        self.subscribers.wake_all(effects);
        self.withdraw_all(effects);
    }

    /// # Errors
    /// The first fatal cause, once there is one.
    pub(crate) fn check_open(&self) -> Result<()> {
        match &self.end {
            Some(cause) => Err(cause.clone().into()),
            None => Ok(()),
        }
    }

    fn entry(&mut self, thread_id: &Id) -> &mut ThreadEntry {
        let (limit, counters) = (self.max_buffered_bytes, &self.counters);
        let new = || ThreadEntry::new(limit, Arc::clone(counters));
        self.threads.entry(thread_id, new)
    }

    fn turn(&mut self, key: TurnKey<'_>) -> Option<&mut TurnRecord> {
        self.threads.get_mut(key.thread_id)?.turn(key.turn_id)
    }

    /// The record of a turn that somebody holds. Whatever the server said of it, there is one.
    fn record(&mut self, key: TurnKey<'_>) -> &mut TurnRecord {
        self.entry(key.thread_id).turn_or_new(key.turn_id)
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
