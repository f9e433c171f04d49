//! The events of one turn that its consumer has not taken yet.

use super::delta;
use crate::event::Event;
use std::collections::VecDeque;

/// From this many waiting events on, pieces of the same text are merged.
const MERGE_FROM: usize = 1024;

/// How far back a piece looks for the text that it continues; texts streamed in turn stay few.
const MERGE_REACH: usize = 8;

/// A queue bounded in bytes, filled by the reader and emptied whole by the consumer.
///
/// Events that the consumer took stay accounted until it comes for more, else the bound would be twice what it says.
#[derive(Debug)]
pub(super) struct EventQueue {
    events: VecDeque<Event>,
    limit: usize,
    waiting: usize,
    taken: usize,
    overflowed: bool,
}

impl EventQueue {
    /// An empty queue that holds at most `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self { events: VecDeque::new(), limit, waiting: 0, taken: 0, overflowed: false }
    }

    /// Adds an event that came as a frame of `frame_bytes`; past the limit it is refused, as is everything after it.
    pub(super) fn push(&mut self, event: Event, frame_bytes: usize) {
        if self.overflowed {
            return;
        }
        if self.events.len() >= MERGE_FROM {
            if let Some(merged) = self.merge(&event) {
                self.waiting += merged;
                self.overflowed = self.waiting + self.taken > self.limit;
                return;
            }
        }
        let cost = frame_bytes + size_of::<Event>();
        if self.waiting + self.taken + cost > self.limit {
            self.overflowed = true;
            return;
        }
        self.waiting += cost;
        self.events.push_back(event);
    }

    /// Moves everything that waits into `batch`, which the consumer has used up.
    pub(super) fn take(&mut self, batch: &mut VecDeque<Event>) {
        std::mem::swap(&mut self.events, batch);
        self.taken = self.waiting;
        self.waiting = 0;
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Whether an event was refused. What was queued before it can still be taken.
    pub(super) fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// Appends a text to the event that it continues; the bytes that this added, if there is such an event.
    fn merge(&mut self, event: &Event) -> Option<usize> {
        let Event::Notification(next) = event else { return None };
        if !delta::is_delta(next) {
            return None;
        }
        for earlier in self.events.iter_mut().rev().take(MERGE_REACH) {
            let Event::Notification(last) = earlier else { return None };
            if let Some(added) = delta::merge(last, next) {
                return Some(added);
            }
            if !delta::is_delta(last) {
                return None;
            }
        }
        None
    }
}
