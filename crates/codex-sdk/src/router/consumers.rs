//! Consumers: who takes a turn's events, or waits for its result.

use super::batch::Batch;
use super::effects::Effects;
use super::slot::Ticket;
use super::turn_record::Wanted;
use super::{Router, TurnKey};
use crate::error::{Error, Result};
use crate::turn_result::TurnResult;
use std::task::{Poll, Waker};

/// What a consumer got.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Events.
    More,
    /// The turn is over and all its events are taken.
    End,
}

impl Router {
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
        effects: &mut Effects,
    ) -> Result<()> {
        let limit = self.max_buffered_bytes;
        let record = self.record(key);
        if record.consumer.is_some() {
            let turn_id = Some(key.turn_id.clone());
            return Err(Error::ConsumerActive { active: turn_id.clone(), requested: turn_id });
        }
        record.consume(wanted, limit);
        self.slot.name(ticket, key.turn_id);
        self.pass_unwanted(key, effects);
        Ok(())
    }

    /// The consumer wants no more events, only the result.
    pub(crate) fn stop_queueing(&mut self, key: TurnKey<'_>, effects: &mut Effects) {
        let limit = self.max_buffered_bytes;
        self.record(key).consume(Wanted::Result, limit);
        self.pass_unwanted(key, effects);
    }

    /// The consumer ended; the events that it left are dropped.
    pub(crate) fn end_consuming(&mut self, key: TurnKey<'_>, effects: &mut Effects) {
        if let Some(record) = self.turn(key) {
            record.release_consumer(effects);
        }
        self.pass_unwanted(key, effects);
    }

    /// Moves the turn's events into `batch`, which is empty.
    pub(crate) fn poll_events(
        &mut self,
        key: TurnKey<'_>,
        batch: &mut Batch,
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
        if let Some(expired) = record.expired(key.thread_id) {
            return Poll::Ready(Err(expired));
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
        if let Some(expired) = record.expired(key.thread_id) {
            return Poll::Ready(Err(expired));
        }
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
}
