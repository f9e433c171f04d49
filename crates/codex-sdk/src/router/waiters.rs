//! The requests whose answers are still to come.

use super::claims::Claim;
use crate::error::Error;
use serde_json::value::RawValue;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::Instant;

/// What the server answered, not decoded yet, or why there is no answer.
pub(crate) type Answer = Result<Box<RawValue>, Error>;

/// One request under way.
#[derive(Debug)]
pub(crate) struct Waiter {
    pub(crate) method: &'static str,
    pub(crate) sender: oneshot::Sender<Answer>,
    /// How long the caller waits.
    pub(crate) timeout: Duration,
    /// When that is over; `None` for a request that waits for a process or a person.
    pub(crate) deadline: Option<Instant>,
    /// What this request starts, if it starts something in a thread.
    pub(crate) claim: Option<Claim>,
    /// The answer, where it does not name the turn that was started and the caller waits for that.
    pub(crate) agreed: Option<Box<RawValue>>,
    /// The place among the requests in flight: taken until the server has answered, not until the caller is gone.
    pub(crate) permit: Option<OwnedSemaphorePermit>,
}

/// Requests, in the order of their ids on the wire. Most are answered in that order, too, and so found at the front.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    by_id: VecDeque<(i64, Waiter)>,
}

impl Waiters {
    pub(super) fn insert(&mut self, id: i64, waiter: Waiter) {
        let at = self.by_id.partition_point(|(other, _)| *other < id);
        self.by_id.insert(at, (id, waiter));
    }

    pub(super) fn remove(&mut self, id: i64) -> Option<Waiter> {
        let at = self.by_id.binary_search_by_key(&id, |(other, _)| *other).ok()?;
        self.by_id.remove(at).map(|(_, waiter)| waiter)
    }

    /// Removes those whose time is up.
    pub(super) fn expired(&mut self, now: Instant) -> Vec<(i64, Waiter)> {
        let late = |waiter: &Waiter| waiter.deadline.is_some_and(|deadline| deadline <= now);
        let ids: Vec<i64> =
            self.by_id.iter().filter(|(_, waiter)| late(waiter)).map(|(id, _)| *id).collect();
        ids.into_iter().filter_map(|id| Some((id, self.remove(id)?))).collect()
    }

    pub(super) fn drain(&mut self) -> impl Iterator<Item = Waiter> + use<> {
        std::mem::take(&mut self.by_id).into_iter().map(|(_, waiter)| waiter)
    }
}
