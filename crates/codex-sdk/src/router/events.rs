//! Events: to the turn that they belong to, or to the subscribers.

use super::Router;
use super::arrival::Arrival;
use super::batch::Batch;
use super::effects::Effects;
use super::subscribers::{Accepts, SubscriberId};
use crate::error::Result;
use codex_protocol::Id;
use std::task::{Poll, Waker};

impl Router {
    /// An event came. It is left where nobody wants it.
    pub(crate) fn event(&mut self, arrival: &mut Arrival, effects: &mut Effects) {
        self.watch_requests(&arrival.event, effects);
        let (event, subscribers) = (&arrival.event, &mut self.subscribers);
        let Some(entry) = event.thread_id().and_then(|id| self.threads.get_mut(id)) else {
            return subscribers.offer(arrival, effects);
        };
        // Where nobody holds the thread, the end of its last turn, or its own, leaves an entry that nobody needs.
        let thread_id = (entry.handles == 0).then(|| event.thread_id().map(Id::from)).flatten();
        if let Some(bound) = entry.event(arrival, subscribers, effects) {
            self.bound(bound, effects);
        }
        if let Some(thread_id) = thread_id {
            self.prune(&thread_id);
        }
    }

    /// Somebody listens, from now on, to what belongs to no turn.
    pub(crate) fn subscribe(&mut self, accepts: Accepts) -> SubscriberId {
        self.subscribers.add(accepts)
    }

    pub(crate) fn unsubscribe(&mut self, id: SubscriberId, effects: &mut Effects) {
        self.subscribers.remove(id, effects);
    }

    /// Moves what waits for a subscriber into `batch`, which is empty.
    pub(crate) fn poll_subscriber(
        &mut self,
        id: SubscriberId,
        batch: &mut Batch,
        waker: &Waker,
        effects: &mut Effects,
    ) -> Poll<Result<()>> {
        if self.subscribers.take(id, batch) {
            return Poll::Ready(Ok(()));
        }
        if let Err(ended) = self.check_open() {
            return Poll::Ready(Err(ended));
        }
        self.subscribers.wait(id, waker, effects);
        Poll::Pending
    }
}
