//! One consumer of a turn, and what it must get.

use super::tally::Tally;
use crate::ask::PendingRequest;
use crate::asked::AskState;
use crate::error::Error;
use crate::event::Event;
use crate::router::{Batch, Effects, Router, Step, TurnKey, Wanted};
use codex_protocol::ServerNotification;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, Wake, Waker};

/// What is said of a request that was answered.
pub(super) const RESOLVED: &str = "serverRequest/resolved";

/// What was said of a turn by now, and what the router knows of it.
#[derive(Debug, Default)]
pub(super) struct TurnLog {
    /// Every event in order: the number of an item, or the method.
    pub(super) said: Vec<String>,
    /// The bytes that each takes in a queue.
    pub(super) bytes: Vec<usize>,
    /// The bytes that requests, and what else is said of them, may take in a queue.
    pub(super) asked: usize,
    /// Whether its record has seen it from its start.
    pub(super) whole: bool,
    /// Whether its record ever had a consumer.
    pub(super) consumed: bool,
}

impl TurnLog {
    pub(super) fn ended(&self) -> bool {
        self.said.last().is_some_and(|name| name == "turn/completed")
    }

    /// The items, which are what a result consists of.
    pub(super) fn items(&self) -> Vec<&str> {
        self.said.iter().filter(|name| !name.contains('/')).map(String::as_str).collect()
    }
}

#[derive(Debug)]
pub(super) struct Consumer {
    wanted: Wanted,
    /// Which event it gets next; none if that is not known before the first came.
    next: Option<usize>,
    /// Where the last two batches begin that it took: what it had taken counts until it comes back, and the queue may
    /// have overflowed before that.
    taken_from: [usize; 2],
    woken: Arc<Woken>,
    waits: bool,
    over: bool,
}

#[derive(Debug, Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Consumer {
    pub(super) fn new(wanted: Wanted, log: &mut TurnLog) -> Self {
        let first = !std::mem::replace(&mut log.consumed, true);
        let next = match (first, log.whole) {
            (false, _) => Some(log.said.len()),
            (true, true) => Some(0),
            (true, false) => None,
        };
        let taken_from = [next.unwrap_or_default(); 2];
        Self { wanted, next, taken_from, woken: Arc::default(), waits: false, over: false }
    }

    /// Comes for what there is, and checks that it is all that there must be. Gives the requests that it took.
    pub(super) fn poll(
        &mut self,
        router: &mut Router,
        key: TurnKey<'_>,
        log: &TurnLog,
        connected: bool,
        tally: &mut Tally,
    ) -> Vec<PendingRequest> {
        if self.over {
            return Vec::new();
        }
        let was_woken = self.woken.0.swap(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(&self.woken));
        let (mut batch, mut effects) = (Batch::default(), Effects::default());
        let ready = match self.wanted {
            Wanted::Result => self.poll_result(router, key, log, connected, &waker, &mut effects),
            Wanted::Events | Wanted::Requests => {
                let polled = router.poll_events(key, &mut batch, &waker, &mut effects);
                self.check(polled, log, connected, tally)
            }
        };
        drop(effects);
        assert!(!ready || !self.waits || was_woken, "it was not woken for what there is");
        self.waits = !ready;
        if !batch.is_empty() {
            self.taken_from = [self.taken_from[1], self.next.unwrap_or_default()];
        }
        batch.filter_map(|event| self.take(event, log)).collect()
    }

    fn poll_result(
        &mut self,
        router: &mut Router,
        key: TurnKey<'_>,
        log: &TurnLog,
        connected: bool,
        waker: &Waker,
        effects: &mut Effects,
    ) -> bool {
        match router.poll_result(key, waker, effects) {
            Poll::Pending => {
                assert!(!log.ended() && connected, "it waits for nothing");
                return false;
            }
            Poll::Ready(Ok(_)) => assert!(log.ended()),
            Poll::Ready(Err(Error::Disconnected(_))) => assert!(!log.ended() && !connected),
            Poll::Ready(Err(other)) => panic!("{other:?}"),
        }
        self.over = true;
        true
    }

    fn check(
        &mut self,
        polled: Poll<crate::Result<Step>>,
        log: &TurnLog,
        connected: bool,
        tally: &mut Tally,
    ) -> bool {
        let has_all = self.next.is_none_or(|next| next == log.said.len());
        match polled {
            Poll::Ready(Ok(Step::More)) => return true,
            Poll::Pending => {
                assert!(has_all && !log.ended() && connected, "it waits for what was said already");
                return false;
            }
            Poll::Ready(Ok(Step::End)) => assert!(has_all && log.ended()),
            Poll::Ready(Err(Error::Disconnected(_))) => {
                assert!(has_all && !log.ended() && !connected);
            }
            Poll::Ready(Err(Error::Overflow { limit, .. })) => {
                let waiting: usize = log.bytes[self.taken_from[0]..].iter().sum();
                assert!(waiting + log.asked > limit, "only {waiting} bytes waited");
                tally.overflows += 1;
            }
            Poll::Ready(Err(other)) => panic!("{other:?}"),
        }
        self.over = true;
        true
    }

    /// Looks at an event, which must be the next; gives a request that is still to be had.
    fn take(&mut self, event: Event, log: &TurnLog) -> Option<PendingRequest> {
        if let Event::Request(request) = event {
            let taken = request.take(AskState::InTurn);
            assert!(taken.is_none() || self.wanted == Wanted::Requests);
            return taken;
        }
        let name = name(&event);
        if name == RESOLVED {
            // It names the thread alone.
            return None;
        }
        let unknown = || log.said.iter().position(|said| *said == name).unwrap();
        let next = self.next.unwrap_or_else(unknown);
        assert_eq!(log.said[next], name);
        self.next = Some(next + 1);
        None
    }
}

/// An item's number, or the method of what else is said of a turn.
pub(super) fn name(event: &Event) -> String {
    match event {
        Event::Notification(ServerNotification::ItemCompleted(completed)) => {
            completed.item.id().unwrap().to_string()
        }
        event => event.method().to_owned(),
    }
}
