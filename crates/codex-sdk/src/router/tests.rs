//! What the router keeps, and for how long.

use super::{
    Activity, Arrival, Claim, ConsumerScope, Effects, Router, Total, TurnKey, TurnLimits, Waiter,
    Wanted,
};
use crate::asked::{Asked, Question, UnknownParams};
use crate::error::{Cause, Disconnected, Error};
use crate::event::Event;
use codex_protocol::{Id, Incoming, RequestId, decode_incoming};
use serde_json::{Value, json, value::RawValue};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Poll, Wake, Waker};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

struct Session {
    router: Router,
    thread: Id,
}

impl Session {
    fn new() -> Self {
        let mut router = Router::new(ConsumerScope::PerTurn, 1 << 20);
        let thread = Id::from("thread");
        router.open_thread(&thread, Total::Nothing);
        Self { router, thread }
    }

    /// Sends a `turn/start`.
    fn start(&mut self) -> (i64, oneshot::Receiver<super::Answer>) {
        self.send(claim(&self.thread))
    }

    fn send(&mut self, claim: Claim) -> (i64, oneshot::Receiver<super::Answer>) {
        let claim = Some(claim);
        let id = self.router.begin(claim.as_ref()).unwrap();
        let (sender, receiver) = oneshot::channel();
        let waiter = Waiter {
            method: "turn/start",
            sender,
            timeout: Duration::from_secs(60),
            deadline: None,
            claim,
            agreed: None,
            permit: None,
        };
        self.router.register(id, waiter);
        (id, receiver)
    }

    fn answer(&mut self, request: i64, turn: &str) {
        let answer = json!({ "turn": { "id": turn } }).to_string();
        let answer = RawValue::from_string(answer).unwrap();
        self.router.answer(request, Ok(answer), &mut Effects::default());
    }

    fn completed(&mut self, turn: &str) {
        let turn = json!({ "id": turn, "items": [], "status": "completed" });
        let params = json!({ "threadId": "thread", "turn": turn });
        self.notify("turn/completed", &params);
    }

    fn notify(&mut self, method: &str, params: &Value) {
        let frame = json!({ "method": method, "params": params }).to_string();
        let Ok(Incoming::Notification { notification, .. }) = decode_incoming(&frame) else {
            panic!("{frame}")
        };
        let event = Event::Notification(notification);
        let mut arrival = Arrival { event, bytes: frame.len(), at: Instant::now() };
        self.router.event(&mut arrival, &mut Effects::default());
    }

    /// The server asks something about a turn.
    fn ask(&mut self, id: i64, turn: &str) {
        let params = json!({ "threadId": "thread", "turnId": turn });
        let question = Question::Unknown(Arc::new(UnknownParams { method: "m".into(), params }));
        let asked = Asked::new(RequestId::Integer(id), question, Weak::new());
        let mut effects = Effects::default();
        let request = self.router.asked(asked, &mut effects).unwrap();
        let event = Event::Request(request);
        let mut arrival = Arrival { event, bytes: 100, at: Instant::now() };
        self.router.event(&mut arrival, &mut effects);
    }

    fn resolve(&mut self, id: i64) {
        let params = json!({ "threadId": "thread", "requestId": id });
        self.notify("serverRequest/resolved", &params);
    }

    /// How many threads and turns are on record.
    fn kept(&mut self) -> (usize, usize) {
        let turns = self.router.threads.iter_mut().map(|(_, entry)| entry.turns().count()).sum();
        (self.router.threads.len(), turns)
    }
}

fn claim(thread: &Id) -> Claim {
    Claim { thread_id: thread.clone(), activity: Activity::Turn, join: false }
}

#[test]
fn nothing_is_left_of_turns_whose_handles_are_dropped() {
    let mut session = Session::new();
    for n in 0..1000 {
        let (request, _receiver) = session.start();
        let turn = Id::from(format!("turn-{n}"));
        session.answer(request, &turn);
        let thread = session.thread.clone();
        let key = TurnKey { thread_id: &thread, turn_id: &turn };
        session.router.adopt_turn(key, request, TurnLimits::default());
        let ticket = session.router.take_slot(Some(key)).unwrap();
        session
            .router
            .begin_consuming(ticket, key, Wanted::Result, &mut Effects::default())
            .unwrap();
        session.completed(&turn);
        session.router.end_consuming(key, &mut Effects::default());
        session.router.release_turn(key, &mut Effects::default());
    }
    assert_eq!(session.kept(), (1, 0));
    session.router.close_thread(&session.thread.clone());
    assert_eq!(session.kept(), (0, 0));
}

#[test]
fn nothing_is_left_of_a_start_whose_caller_went_away() {
    // Before its answer, and between its answer and the caller's look at it; to the end of the turn, or of the thread.
    for (early, closed) in [(true, false), (false, false), (true, true), (false, true)] {
        let mut session = Session::new();
        let thread = session.thread.clone();
        let (request, _receiver) = session.start();
        if early {
            session.router.abandon_claim(&thread, request, false);
        }
        session.answer(request, "turn");
        if !early {
            assert_eq!(session.kept(), (1, 1));
            session.router.abandon_claim(&thread, request, false);
        }
        assert_eq!(session.kept(), (1, 0));
        session.router.close_thread(&thread);
        assert_eq!(session.kept(), (1, 0), "the turn that runs keeps the thread busy");
        match closed {
            true => session.notify("thread/closed", &json!({ "threadId": "thread" })),
            false => session.completed("turn"),
        }
        assert_eq!(session.kept(), (0, 0));
    }
}

#[test]
fn nothing_is_left_of_a_start_that_never_left() {
    let mut session = Session::new();
    let thread = session.thread.clone();
    let claim = claim(&thread);
    let id = session.router.begin(Some(&claim)).unwrap();
    session.router.close_thread(&thread);
    assert_eq!(session.kept(), (1, 0));
    session.router.take_back(id, Some(&claim), &mut Effects::default());
    assert_eq!(session.kept(), (0, 0));
}

#[test]
fn what_was_held_back_is_heard_when_the_connection_ends_and_nothing_is_kept_for_it() {
    let mut session = Session::new();
    let subscriber = session.router.subscribe(|_| true);
    let (_request, mut receiver) = session.start();
    let status = json!({ "threadId": "thread", "status": { "type": "active", "activeFlags": [] } });
    session.notify("thread/status/changed", &status);
    let mut batch = super::Batch::default();
    let poll = |session: &mut Session, batch: &mut _| {
        session.router.poll_subscriber(subscriber, batch, Waker::noop(), &mut Effects::default())
    };
    assert!(poll(&mut session, &mut batch).is_pending(), "it may be of the turn to come");

    session.router.end(Disconnected::new(Cause::Closed), &mut Effects::default());
    assert!(matches!(receiver.try_recv(), Ok(Err(Error::Disconnected(_)))));
    assert!(poll(&mut session, &mut batch).is_ready());
    let methods: Vec<_> = batch.map(|event| event.method().to_owned()).collect();
    assert_eq!(methods, ["thread/status/changed"]);
    session.router.close_thread(&session.thread.clone());
    assert_eq!(session.kept(), (0, 0));
}

#[test]
fn threads_that_nobody_opened_are_not_kept() {
    let mut session = Session::new();
    for n in 0..10_000 {
        let params =
            json!({ "threadId": format!("other-{n}"), "turnId": "t", "itemId": "i", "delta": "x" });
        session.notify("item/agentMessage/delta", &params);
    }
    assert_eq!(session.kept(), (1, 0));
}

#[test]
fn who_wants_the_result_alone_gets_no_events_kept() {
    let mut session = Session::new();
    let (request, _receiver) = session.start();
    session.answer(request, "turn");
    let (thread, turn) = (session.thread.clone(), Id::from("turn"));
    let key = TurnKey { thread_id: &thread, turn_id: &turn };
    session.router.adopt_turn(key, request, TurnLimits::default());
    let ticket = session.router.take_slot(Some(key)).unwrap();
    session.router.begin_consuming(ticket, key, Wanted::Result, &mut Effects::default()).unwrap();
    for _ in 0..100 {
        let params = json!({ "threadId": "thread", "turnId": "turn", "itemId": "i", "delta": "x" });
        session.notify("item/agentMessage/delta", &params);
    }
    let mut batch = super::Batch::default();
    let record = session.router.turn(key).unwrap();
    assert!(!record.take_events(&mut batch));
    assert_eq!(session.router.snapshot(key).text, "x".repeat(100));
}

/// Time limits of one kind alone.
fn idle_after(seconds: u64) -> TurnLimits {
    TurnLimits { idle_timeout: Some(Duration::from_secs(seconds)), deadline: None }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_turn_that_was_stopped_before_still_wakes_its_consumer_at_its_limit() {
    let mut session = Session::new();
    let (request, _receiver) = session.start();
    session.answer(request, "turn");
    let (thread, turn) = (session.thread.clone(), Id::from("turn"));
    let key = TurnKey { thread_id: &thread, turn_id: &turn };
    session.router.adopt_turn(key, request, idle_after(10));
    assert!(session.router.stop(key).is_some());

    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&woken));
    let ticket = session.router.take_slot(Some(key)).unwrap();
    session.router.begin_consuming(ticket, key, Wanted::Result, &mut Effects::default()).unwrap();
    let poll =
        |session: &mut Session| session.router.poll_result(key, &waker, &mut Effects::default());
    assert!(poll(&mut session).is_pending());
    let later = Instant::now() + Duration::from_secs(20);
    assert_eq!(session.router.sweep(later, &mut Effects::default()), [], "it is told once to stop");
    assert!(woken.0.load(Ordering::Relaxed));
    assert!(matches!(poll(&mut session), Poll::Ready(Err(Error::TurnTimeout { .. }))));
}

#[test]
fn who_joins_a_turn_and_goes_away_leaves_it_to_be_stopped_by_others() {
    for (interrupts, left) in [(false, true), (true, false)] {
        let mut session = Session::new();
        let (request, _receiver) = session.start();
        session.answer(request, "turn");
        let (thread, turn) = (session.thread.clone(), Id::from("turn"));
        let key = TurnKey { thread_id: &thread, turn_id: &turn };
        session.router.adopt_turn(key, request, TurnLimits::default());
        let (joined, _receiver) = session.send(Claim { join: true, ..claim(&thread) });
        session.answer(joined, "turn");
        let sent = session.router.abandon_claim(&thread, joined, interrupts);
        assert_eq!(sent.is_some(), interrupts);
        assert_eq!(session.router.stop(key).is_some(), left);
    }
}

#[test]
fn a_request_that_was_held_back_and_withdrawn_does_not_stop_the_clock() {
    for resolved in [true, false] {
        let mut session = Session::new();
        let (request, _receiver) = session.start();
        session.ask(0, "turn");
        if resolved {
            session.resolve(0);
        }
        session.answer(request, "turn");
        let (thread, turn) = (session.thread.clone(), Id::from("turn"));
        let key = TurnKey { thread_id: &thread, turn_id: &turn };
        session.router.adopt_turn(key, request, idle_after(10));
        let later = Instant::now() + Duration::from_secs(20);
        let interrupts = session.router.sweep(later, &mut Effects::default());
        assert_eq!(interrupts.len(), usize::from(resolved));
    }
}

#[test]
fn what_is_withdrawn_does_not_pile_up_in_a_stream_that_nobody_reads() {
    let mut session = Session::new();
    session.router.open_request_stream();
    for id in 0..1000 {
        session.ask(id, "turn");
        let asked = Arc::clone(session.router.asks.get(&RequestId::Integer(id)).unwrap());
        assert!(session.router.offer(&asked, &mut Effects::default()));
        session.resolve(id);
    }
    assert_eq!(session.router.asks.waiting(), 0);
}
