//! All who take part, and what each may do in one step.

mod check;
mod requests;

use super::consumer::{Consumer, RESOLVED, TurnLog, name};
use super::server::{Out, ServerThread};
use super::tally::Tally;
use crate::asked::{AskState, Asked};
use crate::error::{Cause, Disconnected, Error};
use crate::event::Event;
use crate::router::{
    Activity, Answer, Arrival, Batch, Claim, ConsumerScope, Effects, Router, SubscriberId, Total,
    TurnKey, TurnLimits, Waiter, Wanted,
};
use codex_protocol::{Id, Incoming, RpcError, decode_incoming};
use fastrand::Rng;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// Enough for most turns, and so little that a consumer that sleeps is soon behind.
const MAX_BUFFERED_BYTES: [usize; 2] = [8000, 2500];

pub(super) struct World {
    rng: Rng,
    router: Router,
    threads: Vec<(Id, ServerThread)>,
    starts: Vec<Start>,
    /// Starts that the router waits for: where, which, and whether not for long.
    open: Vec<(Id, i64, bool)>,
    /// The turns that run, as far as the server has said.
    running: HashMap<Id, Id>,
    turns: Vec<Held>,
    logs: HashMap<Id, TurnLog>,
    subscriber: SubscriberId,
    /// What was said of which turn, and to whom that belonged.
    said: Vec<(String, String, Owner)>,
    /// What the subscriber was told, by turn and name, and how much it was told that it missed.
    heard: Vec<(String, String)>,
    missed: u64,
    asks: Vec<(Arc<Asked>, Id)>,
    taken: Vec<Arc<Asked>>,
    request_stream: Option<u64>,
    number: u64,
    connected: bool,
    tally: Tally,
}

/// Whose an event is when it comes.
enum Owner {
    Turn,
    Nobody,
    /// Some start is not answered yet.
    Undecided,
}

/// A start whose caller waits.
struct Start {
    thread: Id,
    request: i64,
    receiver: oneshot::Receiver<Answer>,
    answer: Option<Answer>,
}

/// A handle of a turn, and its consumer.
struct Held {
    thread: Id,
    turn: Id,
    consumer: Option<Consumer>,
}

impl World {
    pub(super) fn new(mut rng: Rng) -> Self {
        let limit = MAX_BUFFERED_BYTES[rng.usize(..2)];
        let mut router = Router::new(ConsumerScope::PerTurn, limit);
        let threads = ["a", "b"].map(|name| (Id::from(name), ServerThread::new()));
        for (thread, _) in &threads {
            router.open_thread(thread, Total::Nothing);
        }
        let subscriber = router.subscribe(|_| true);
        Self {
            rng,
            router,
            threads: threads.into(),
            starts: Vec::new(),
            open: Vec::new(),
            running: HashMap::new(),
            turns: Vec::new(),
            logs: HashMap::new(),
            subscriber,
            said: Vec::new(),
            heard: Vec::new(),
            missed: 0,
            asks: Vec::new(),
            taken: Vec::new(),
            request_stream: None,
            number: 10,
            connected: true,
            tally: Tally::default(),
        }
    }

    /// Somebody does something.
    pub(super) fn step(&mut self) {
        self.number += 1;
        match self.rng.u8(..100) {
            0..10 => self.start(),
            10..30 => self.server_works(),
            30..62 => self.server_says(),
            62..67 => self.take_up(),
            67..69 => self.go_away(),
            69..74 => self.consume(),
            74..86 => self.poll(),
            86..88 => self.stop_consuming(),
            88..90 => self.let_go(),
            90..92 => self.listen(),
            92..94 => self.turn_request_stream(),
            94..96 => self.take_request(),
            96..98 => self.answer_request(),
            98 => self.clock(),
            _ if self.rng.u8(..6) == 0 => self.end(),
            _ => {}
        }
        self.check();
    }

    /// Everybody goes, and nothing is left.
    pub(super) fn finish(mut self) -> Tally {
        for index in 0..self.threads.len() {
            self.threads[index].1.come_to_rest(self.number, &mut self.rng);
            while self.connected && !self.threads[index].1.outbox.is_empty() {
                self.say(index);
                self.check();
            }
        }
        while !self.starts.is_empty() {
            assert!(self.starts.iter().all(|start| start.answer.is_some()), "somebody waits");
            self.take_up();
        }
        for index in 0..self.turns.len() {
            for _ in 0..3 {
                self.poll_turn(index);
            }
        }
        while !self.turns.is_empty() {
            self.let_go();
        }
        if let Some(stream) = self.request_stream.take() {
            self.with_router(|router, effects| router.close_request_stream(stream, effects));
        }
        self.listen();
        self.account();
        for (thread, _) in &self.threads {
            self.router.close_thread(thread);
        }
        if self.connected {
            assert_eq!(self.router.threads.len(), 0, "{:?}", self.router.threads);
            self.end();
        }
        let turns: usize =
            self.router.threads.iter_mut().map(|(_, entry)| entry.turns().count()).sum();
        assert_eq!((turns, self.router.waiters.drain().count()), (0, 0));
        assert!(self.router.asks.is_empty(), "{:?}", self.router.asks);
        assert!(self.asks.iter().all(|(asked, _)| !asked.state().is_open()));
        self.tally
    }

    fn with_router<T>(&mut self, act: impl FnOnce(&mut Router, &mut Effects) -> T) -> T {
        let mut effects = Effects::default();
        let outcome = act(&mut self.router, &mut effects);
        let mut passed = effects.take_passed();
        effects.fire();
        // As the connection does it, without a handler.
        while let Some(asked) = passed.pop() {
            let mut effects = Effects::default();
            if !self.router.offer(&asked, &mut effects) {
                self.answered(&asked, AskState::Arrived);
            }
        }
        for start in &mut self.starts {
            if start.answer.is_none() {
                start.answer = start.receiver.try_recv().ok();
            }
        }
        outcome
    }

    fn start(&mut self) {
        let index = self.rng.usize(..self.threads.len());
        let thread = self.threads[index].0.clone();
        let claim =
            Claim { thread_id: thread.clone(), activity: Activity::Turn, join: self.rng.bool() };
        let is_open = |open: &(Id, i64, bool)| open.0 == thread;
        let is_busy = self.open.iter().any(is_open) || self.running.contains_key(&thread);
        let request = match self.router.begin(Some(&claim)) {
            Ok(request) => request,
            Err(Error::TurnActive { .. }) => {
                assert!(is_busy && !claim.join, "nothing is in the way");
                return self.tally.busy += 1;
            }
            Err(Error::Disconnected(_)) => return assert!(!self.connected),
            Err(other) => panic!("{other:?}"),
        };
        assert!(claim.join || !is_busy, "there is something in the way");
        assert!(self.connected);
        if self.rng.u8(..20) == 0 {
            // Its bytes do not leave.
            return self.with_router(|router, effects| {
                router.take_back(request, Some(&claim), effects);
            });
        }
        let (sender, receiver) = oneshot::channel();
        let impatient = self.rng.u8(..4) == 0;
        let waiter = Waiter {
            method: "turn/start",
            sender,
            timeout: Duration::from_secs(1),
            deadline: impatient.then(|| Instant::now() + Duration::from_secs(1)),
            claim: Some(claim),
            agreed: None,
            permit: None,
        };
        self.router.register(request, waiter);
        self.threads[index].1.inbox.push_back(request);
        self.open.push((thread.clone(), request, impatient));
        self.starts.push(Start { thread, request, receiver, answer: None });
    }

    fn server_works(&mut self) {
        let index = self.rng.usize(..self.threads.len());
        self.threads[index].1.work(self.number, &mut self.rng);
    }

    fn server_says(&mut self) {
        let index = self.rng.usize(..self.threads.len());
        if self.connected {
            self.say(index);
        }
    }

    fn say(&mut self, index: usize) {
        let thread = self.threads[index].0.clone();
        let Some(out) = self.threads[index].1.outbox.pop_front() else { return };
        match out {
            Out::Agree { request, turn, made } => self.agree(&thread, request, &turn, made),
            Out::Refuse { request } => {
                self.open.retain(|open| open.1 != request);
                let error = RpcError::new(-32600, "no");
                self.with_router(|router, effects| router.answer(request, Err(error), effects));
            }
            Out::Started { turn } => {
                self.running.insert(thread.clone(), turn.clone());
                self.event(&thread, &turn, "turn/started", &Value::Null);
            }
            Out::Completed { turn } => {
                self.running.remove(&thread);
                self.event(&thread, &turn, "turn/completed", &Value::Null);
            }
            Out::Item { turn, number } => {
                let item = json!({ "type": "agentMessage", "id": number.to_string(), "text": "." });
                self.event(&thread, &turn, "item/completed", &item);
            }
            Out::Ask { turn, id } => self.ask(&thread, &turn, id),
            Out::Resolved { id } => {
                let params = json!({ "threadId": thread, "requestId": id });
                let log = |log: &mut TurnLog| log.asked += 200 + size_of::<Event>();
                self.logs.values_mut().for_each(log);
                self.notify(RESOLVED, &params);
            }
        }
    }

    fn agree(&mut self, thread: &Id, request: i64, turn: &Id, made: bool) {
        let known = self.router.turn(TurnKey { thread_id: thread, turn_id: turn }).is_some();
        let answer = RawValue::from_string(json!({ "turn": { "id": turn } }).to_string()).unwrap();
        self.with_router(|router, effects| router.answer(request, Ok(answer), effects));
        let start = self.starts.iter().find(|start| start.request == request);
        let taken = start.and_then(|start| start.answer.as_ref()).is_some_and(Result::is_ok);
        let log = self.logs.entry(turn.clone()).or_default();
        let was_open = self.open.len();
        self.open.retain(|open| open.1 != request);
        if self.open.len() < was_open && !log.ended() {
            self.running.insert(thread.clone(), turn.clone());
        }
        if !known {
            (log.whole, log.consumed) = (made && taken, false);
        }
        self.tally.joined += u64::from(!made);
    }

    fn event(&mut self, thread: &Id, turn: &Id, method: &str, item: &Value) {
        let status = if method == "turn/completed" { "completed" } else { "inProgress" };
        let params = json!({
            "threadId": thread,
            "turnId": turn,
            "turn": { "id": turn, "items": [], "status": status },
            "item": item,
            "startedAtMs": 1,
            "completedAtMs": 1,
        });
        let frame = json!({ "method": method, "params": params }).to_string();
        let log = self.logs.entry(turn.clone()).or_default();
        let name = if item.is_null() { method } else { item["id"].as_str().unwrap() };
        log.said.push(name.to_owned());
        log.bytes.push(frame.len() + size_of::<Event>());
        let has_record = self.router.turn(TurnKey { thread_id: thread, turn_id: turn }).is_some();
        let claims = self.router.threads.get(thread).map(|entry| entry.claims.is_empty());
        let owner = match (has_record, claims) {
            (true, _) => Owner::Turn,
            (false, Some(false)) => Owner::Undecided,
            (false, _) => Owner::Nobody,
        };
        self.said.push((turn.to_string(), name.to_owned(), owner));
        self.notify(method, &params);
    }

    fn notify(&mut self, method: &str, params: &Value) {
        let frame = json!({ "method": method, "params": params }).to_string();
        let Ok(Incoming::Notification { notification, .. }) = decode_incoming(&frame) else {
            panic!("{frame}")
        };
        let event = Event::Notification(notification);
        let mut arrival = Arrival { event, bytes: frame.len(), at: Instant::now() };
        self.with_router(|router, effects| router.event(&mut arrival, effects));
    }

    /// A caller looks at its answer.
    fn take_up(&mut self) {
        let Some(at) = self.starts.iter().position(|start| start.answer.is_some()) else { return };
        let Start { thread, request, answer, .. } = self.starts.remove(at);
        let error = match answer.unwrap() {
            Ok(_) => {
                let turn = self.router.started_by(&thread, request).expect("the turn has a record");
                let key = TurnKey { thread_id: &thread, turn_id: &turn };
                self.router.adopt_turn(key, request, TurnLimits::default());
                self.tally.adopted += 1;
                return self.turns.push(Held { thread, turn, consumer: None });
            }
            Err(error) => error,
        };
        match error {
            Error::Rpc { .. } => self.tally.refused += 1,
            Error::Timeout { .. } => self.tally.timed_out += 1,
            Error::Disconnected(_) => {
                assert!(!self.connected);
                self.tally.lost += 1;
            }
            Error::Overflow { .. } => {}
            other => panic!("{other:?}"),
        }
        self.router.abandon_claim(&thread, request, false);
    }

    /// A caller does not wait any more.
    fn go_away(&mut self) {
        if self.starts.is_empty() {
            return;
        }
        let at = self.rng.usize(..self.starts.len());
        let Start { thread, request, .. } = self.starts.remove(at);
        self.router.abandon_claim(&thread, request, self.rng.bool());
        self.tally.abandoned += 1;
    }

    fn consume(&mut self) {
        if self.turns.is_empty() {
            return;
        }
        let at = self.rng.usize(..self.turns.len());
        let wanted = [Wanted::Events, Wanted::Requests, Wanted::Result][self.rng.usize(..3)];
        let (thread, turn) = (self.turns[at].thread.clone(), self.turns[at].turn.clone());
        let key = TurnKey { thread_id: &thread, turn_id: &turn };
        let ticket = self.router.take_slot(Some(key)).unwrap();
        let begun = self
            .with_router(|router, effects| router.begin_consuming(ticket, key, wanted, effects));
        let has_one = self.turns.iter().any(|held| held.turn == turn && held.consumer.is_some());
        assert_eq!(begun.is_err(), has_one, "one consumer a turn");
        if begun.is_ok() {
            let log = self.logs.get_mut(&turn).unwrap();
            self.turns[at].consumer = Some(Consumer::new(wanted, log));
        }
    }

    fn poll(&mut self) {
        if !self.turns.is_empty() {
            let at = self.rng.usize(..self.turns.len());
            self.poll_turn(at);
        }
    }

    fn poll_turn(&mut self, at: usize) {
        let Held { thread, turn, consumer } = &mut self.turns[at];
        let Some(consumer) = consumer else { return };
        let key = TurnKey { thread_id: thread, turn_id: turn };
        let log = &self.logs[turn];
        let requests = consumer.poll(&mut self.router, key, log, self.connected, &mut self.tally);
        for request in requests {
            self.taken.push(Arc::clone(request.asked()));
        }
    }

    fn stop_consuming(&mut self) {
        let Some(at) = self.turns.iter().position(|held| held.consumer.is_some()) else { return };
        self.turns[at].consumer = None;
        let (thread, turn) = (self.turns[at].thread.clone(), self.turns[at].turn.clone());
        let key = TurnKey { thread_id: &thread, turn_id: &turn };
        self.with_router(|router, effects| router.end_consuming(key, effects));
    }

    fn let_go(&mut self) {
        if self.turns.is_empty() {
            return;
        }
        let at = self.rng.usize(..self.turns.len());
        let Held { thread, turn, consumer } = self.turns.remove(at);
        let key = TurnKey { thread_id: &thread, turn_id: &turn };
        self.with_router(|router, effects| {
            if consumer.is_some() {
                router.end_consuming(key, effects);
            }
            router.release_turn(key, effects);
        });
    }

    fn listen(&mut self) {
        let mut batch = Batch::default();
        let (subscriber, waker) = (self.subscriber, Waker::noop());
        let polled = self.with_router(|router, effects| {
            router.poll_subscriber(subscriber, &mut batch, waker, effects)
        });
        assert!(!matches!(polled, Poll::Ready(Err(_))) || !self.connected);
        for event in batch {
            match event {
                Event::Lagged(missed) => self.missed += missed,
                event => {
                    let turn = event.turn_id().unwrap_or_default().to_owned();
                    self.heard.push((turn, name(&event)));
                }
            }
        }
    }

    fn clock(&mut self) {
        let later = Instant::now() + Duration::from_secs(2);
        self.with_router(|router, effects| drop(router.sweep(later, effects)));
        self.open.retain(|open| !open.2);
    }

    fn end(&mut self) {
        let cause = Disconnected::new(Cause::TaskEnded);
        self.with_router(|router, effects| router.end(cause, effects));
        self.connected = false;
    }
}
