//! The events of one turn that its consumer has not taken yet.

use super::arrival::Arrival;
use super::batch::Batch;
use crate::event::Event;
use codex_protocol::ServerNotification;

/// From this many waiting events on, pieces of the same text are merged.
const MERGE_FROM: usize = 1024;

/// A queue bounded in bytes, filled by the reader and emptied whole by the consumer.
///
/// Events that the consumer took stay accounted until it comes for more, else the bound would be twice what it says.
#[derive(Debug)]
pub(super) struct EventQueue {
    events: Batch,
    limit: usize,
    waiting: usize,
    taken: usize,
    overflowed: bool,
}

impl EventQueue {
    /// An empty queue that holds at most `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self { events: Batch::default(), limit, waiting: 0, taken: 0, overflowed: false }
    }

    /// Adds an event; past the limit it is refused, as is everything after it. Whether it was taken in.
    pub(super) fn push(&mut self, arrival: &mut Arrival) -> bool {
        let event = &mut arrival.event;
        if self.overflowed {
            return false;
        }
        if self.events.len() >= MERGE_FROM {
            if let Some(merged) = self.events.merge(event) {
                self.waiting += merged;
                self.overflowed = self.waiting + self.taken > self.limit;
                return true;
            }
            if let Event::Notification(ServerNotification::ItemCompleted(completed)) = event {
                self.waiting -= self.events.share(&completed.item);
            }
        }
        let cost = arrival.bytes + size_of::<Event>();
        if self.waiting + self.taken + cost > self.limit {
            self.overflowed = true;
            return false;
        }
        self.waiting += cost;
        self.events.push(event.take());
        true
    }

    /// Moves everything that waits into `batch`, which the consumer has used up; whether there was anything.
    pub(super) fn take(&mut self, batch: &mut Batch) -> bool {
        std::mem::swap(&mut self.events, batch);
        self.taken = self.waiting;
        self.waiting = 0;
        !batch.is_empty()
    }

    /// Takes events in again after some were refused.
    pub(super) fn reopen(&mut self) {
        self.overflowed = false;
    }

    /// Whether an event was refused. What was queued before it can still be taken.
    pub(super) fn overflowed(&self) -> bool {
        self.overflowed
    }
}

#[cfg(test)]
mod tests {
    use super::{Arrival, Batch, EventQueue, MERGE_FROM};
    use crate::event::Event;
    use codex_protocol::{Incoming, decode_incoming};
    use serde_json::{Value, json};
    use tokio::time::Instant;

    const FRAME: usize = 200;
    const EVENT: usize = FRAME + size_of::<Event>();

    fn event(method: &str, mut params: Value) -> Event {
        params["threadId"] = json!("thread");
        params["turnId"] = json!("turn");
        params["itemId"] = json!("item");
        let frame = json!({ "method": method, "params": params }).to_string();
        match decode_incoming(&frame).unwrap() {
            Incoming::Notification { notification, .. } => Event::Notification(notification),
            other => panic!("{other:?}"),
        }
    }

    fn delta(text: &str) -> Event {
        event("item/agentMessage/delta", json!({ "delta": text }))
    }

    fn part(method: &str, index: &str, at: u64) -> Event {
        event(method, json!({ "delta": "x", index: at }))
    }

    fn push(queue: &mut EventQueue, event: Event, bytes: usize) {
        queue.push(&mut Arrival { event, bytes, at: Instant::now() });
    }

    fn taken(queue: &mut EventQueue) -> usize {
        let mut batch = Batch::default();
        queue.take(&mut batch);
        batch.len()
    }

    /// A queue in which texts are merged by now, with nothing at its end to merge with.
    fn crowded(limit: usize) -> EventQueue {
        let mut queue = EventQueue::new(limit);
        for _ in 0..MERGE_FROM {
            push(&mut queue, event("item/mcpToolCall/progress", json!({ "message": "m" })), FRAME);
        }
        queue
    }

    #[test]
    fn what_was_refused_is_followed_by_nothing() {
        let mut queue = EventQueue::new(3 * EVENT);
        for _ in 0..3 {
            push(&mut queue, delta("x"), FRAME);
        }
        assert!(!queue.overflowed());
        push(&mut queue, delta("x"), FRAME);
        assert!(queue.overflowed());
        assert_eq!(taken(&mut queue), 3);
        assert_eq!(taken(&mut queue), 0);
        push(&mut queue, delta("x"), 1);
        assert!(queue.overflowed());
        assert_eq!(taken(&mut queue), 0);
    }

    #[test]
    fn what_the_consumer_works_on_counts_until_it_comes_again() {
        let mut queue = EventQueue::new(3 * EVENT);
        push(&mut queue, delta("x"), FRAME);
        push(&mut queue, delta("x"), FRAME);
        assert_eq!(taken(&mut queue), 2);
        push(&mut queue, delta("x"), FRAME);
        assert_eq!(taken(&mut queue), 1);
        push(&mut queue, delta("x"), FRAME);
        push(&mut queue, delta("x"), FRAME);
        assert!(!queue.overflowed());
        push(&mut queue, delta("x"), FRAME);
        assert!(queue.overflowed());
    }

    #[test]
    fn what_the_consumer_has_used_up_does_not_count() {
        let mut queue = EventQueue::new(3 * EVENT);
        for _ in 0..3 {
            push(&mut queue, delta("x"), FRAME);
        }
        assert_eq!((taken(&mut queue), taken(&mut queue)), (3, 0));
        push(&mut queue, delta("x"), 2 * FRAME);
        assert!(!queue.overflowed());
    }

    #[test]
    fn merged_text_counts() {
        let mut queue = crowded((MERGE_FROM + 1) * EVENT + 1000);
        push(&mut queue, delta("x"), FRAME);
        for _ in 0..1000 {
            push(&mut queue, delta("x"), FRAME);
        }
        assert!(!queue.overflowed());
        push(&mut queue, delta("x"), FRAME);
        assert!(queue.overflowed());
        assert_eq!(taken(&mut queue), MERGE_FROM + 1);
    }

    #[test]
    fn parts_of_one_item_stay_apart() {
        for (method, index) in [
            ("item/reasoning/textDelta", "contentIndex"),
            ("item/reasoning/summaryTextDelta", "summaryIndex"),
        ] {
            let mut queue = crowded(1 << 30);
            for at in [0, 1, 0, 1, 1] {
                push(&mut queue, part(method, index, at), FRAME);
            }
            assert_eq!(taken(&mut queue), MERGE_FROM + 2, "{method}");
        }
    }

    #[test]
    fn text_is_not_merged_across_what_is_no_text() {
        let mut queue = crowded(1 << 30);
        push(&mut queue, delta("a"), FRAME);
        push(&mut queue, event("item/mcpToolCall/progress", json!({ "message": "m" })), FRAME);
        push(&mut queue, delta("b"), FRAME);
        assert_eq!(taken(&mut queue), MERGE_FROM + 3);
    }
}
