//! Those who listen to what belongs to no turn.

use super::arrival::Arrival;
use super::batch::Batch;
use super::effects::Effects;
use super::queue::EventQueue;
use crate::event::Event;
use std::task::Waker;

/// Which events a subscriber wants; runs under the lock, so it must be quick and never the user's.
pub(crate) type Accepts = fn(&Event) -> bool;

/// Names one subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SubscriberId(u64);

/// All subscribers. Without any, an event is dropped where it arrives.
#[derive(Debug)]
pub(super) struct Subscribers {
    all: Vec<Subscriber>,
    next: u64,
    max_buffered_bytes: usize,
}

#[derive(Debug)]
struct Subscriber {
    id: SubscriberId,
    accepts: Accepts,
    queue: EventQueue,
    /// How many events found no place behind those that wait.
    missed: u64,
    waker: Option<Waker>,
}

impl Subscribers {
    pub(super) fn new(max_buffered_bytes: usize) -> Self {
        Self { all: Vec::new(), next: 0, max_buffered_bytes }
    }

    pub(super) fn add(&mut self, accepts: Accepts) -> SubscriberId {
        let id = SubscriberId(self.next);
        self.next += 1;
        let queue = EventQueue::new(self.max_buffered_bytes);
        self.all.push(Subscriber { id, accepts, queue, missed: 0, waker: None });
        id
    }

    pub(super) fn remove(&mut self, id: SubscriberId, effects: &mut Effects) {
        if let Some(index) = self.all.iter().position(|subscriber| subscriber.id == id) {
            effects.retire(self.all.swap_remove(index).waker);
        }
    }

    /// Gives an event to all who want it.
    pub(super) fn offer(&mut self, arrival: &mut Arrival, effects: &mut Effects) {
        let event = &arrival.event;
        let mut wanting = self.all.iter_mut().filter(|subscriber| (subscriber.accepts)(event));
        let Some(mut last) = wanting.next() else { return };
        for next in wanting {
            let one = std::mem::replace(&mut last, next);
            if let Some(event) = event.duplicate() {
                one.push(&mut Arrival { event, ..*arrival }, effects);
            }
        }
        last.push(arrival, effects);
    }

    /// Moves what waits for a subscriber into `batch`; whether there was anything.
    pub(super) fn take(&mut self, id: SubscriberId, batch: &mut Batch) -> bool {
        self.find(id).is_some_and(|subscriber| subscriber.take(batch))
    }

    /// Remembers whom to wake.
    pub(super) fn wait(&mut self, id: SubscriberId, waker: &Waker, effects: &mut Effects) {
        if let Some(subscriber) = self.find(id) {
            if !subscriber.waker.as_ref().is_some_and(|known| known.will_wake(waker)) {
                effects.retire(subscriber.waker.replace(waker.clone()));
            }
        }
    }

    pub(super) fn wake_all(&mut self, effects: &mut Effects) {
        for subscriber in &mut self.all {
            effects.wake(subscriber.waker.take());
        }
    }

    fn find(&mut self, id: SubscriberId) -> Option<&mut Subscriber> {
        self.all.iter_mut().find(|subscriber| subscriber.id == id)
    }
}

impl Subscriber {
    fn push(&mut self, arrival: &mut Arrival, effects: &mut Effects) {
        let kept = self.queue.push(arrival);
        self.missed += u64::from(!kept);
        effects.wake(self.waker.take());
    }

    fn take(&mut self, batch: &mut Batch) -> bool {
        let any = self.queue.take(batch);
        self.queue.reopen();
        match std::mem::take(&mut self.missed) {
            0 => any,
            missed => {
                batch.push(Event::Lagged(missed));
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Arrival, Batch, SubscriberId, Subscribers};
    use crate::event::Event;
    use crate::router::Effects;
    use codex_protocol::{Incoming, decode_incoming};
    use serde_json::json;
    use tokio::time::Instant;

    const FRAME: usize = 100;

    fn event(name: &str) -> Event {
        let params = json!({ "threadId": "t", "threadName": name });
        let frame = json!({ "method": "thread/name/updated", "params": params }).to_string();
        match decode_incoming(&frame).unwrap() {
            Incoming::Notification { notification, .. } => Event::Notification(notification),
            other => panic!("{other:?}"),
        }
    }

    fn any(_: &Event) -> bool {
        true
    }

    fn named_b(event: &Event) -> bool {
        name(event) == "b"
    }

    fn name(event: &Event) -> String {
        match event {
            Event::Notification(codex_protocol::ServerNotification::ThreadNameUpdated(updated)) => {
                updated.thread_name.clone().unwrap()
            }
            Event::Lagged(missed) => format!("{missed} missed"),
            other => panic!("{other:?}"),
        }
    }

    fn offer(subscribers: &mut Subscribers, names: &[&str]) {
        for name in names {
            let mut arrival = Arrival { event: event(name), bytes: FRAME, at: Instant::now() };
            subscribers.offer(&mut arrival, &mut Effects::default());
        }
    }

    fn taken(subscribers: &mut Subscribers, id: SubscriberId) -> Vec<String> {
        let mut batch = Batch::default();
        assert_eq!(subscribers.take(id, &mut batch), !batch.is_empty());
        batch.map(|event| name(&event)).collect()
    }

    #[test]
    fn each_gets_what_it_wants_from_when_it_came() {
        let mut subscribers = Subscribers::new(1 << 20);
        offer(&mut subscribers, &["for nobody"]);
        let early = subscribers.add(any);
        let picky = subscribers.add(named_b);
        offer(&mut subscribers, &["a", "b"]);
        let late = subscribers.add(any);
        offer(&mut subscribers, &["c"]);
        assert_eq!(taken(&mut subscribers, early), ["a", "b", "c"]);
        assert_eq!(taken(&mut subscribers, picky), ["b"]);
        assert_eq!(taken(&mut subscribers, late), ["c"]);
        assert_eq!(taken(&mut subscribers, early), [""; 0]);
        subscribers.remove(early, &mut Effects::default());
        offer(&mut subscribers, &["d"]);
        assert_eq!(taken(&mut subscribers, early), [""; 0]);
        assert_eq!(taken(&mut subscribers, late), ["d"]);
    }

    #[test]
    fn who_lags_is_told_how_much_and_where_and_goes_on() {
        let mut subscribers = Subscribers::new(2 * (FRAME + size_of::<Event>()));
        let id = subscribers.add(any);
        offer(&mut subscribers, &["a", "b", "c", "d"]);
        assert_eq!(taken(&mut subscribers, id), ["a", "b", "2 missed"]);
        // What was taken counts until the subscriber comes back for more.
        offer(&mut subscribers, &["e"]);
        assert_eq!(taken(&mut subscribers, id), ["1 missed"]);
        offer(&mut subscribers, &["f", "g"]);
        assert_eq!(taken(&mut subscribers, id), ["f", "g"]);
    }
}
