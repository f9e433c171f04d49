//! A program that uses the SDK's public interface to do what the recorded client did.

use crate::handler::{self, Fates, Handler};
use crate::seen::{Fate, Outcome, Partial, Said, Seen, SeenTurn};
use crate::session::{Entry, Sent};
use crate::stage::{self, Ending, Script, Stage};
use codex_sdk::protocol::{CustomReviewTarget, Id, RequestId, ThreadLoadedListParams};
use codex_sdk::{
    Codex, ConsumerScope, Event, Events, PendingRequest, RequestStream, Thread, Turn, TurnResult,
};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

/// How the client consumes its turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consumption {
    /// Event by event, requests among them.
    Streamed,
    /// The result alone; requests come by the stream of all.
    Awaited,
    /// The result alone; requests come to a handler, and calls of tools to closures.
    Handled,
}

impl Consumption {
    pub(crate) const ALL: [Self; 3] = [Self::Streamed, Self::Awaited, Self::Handled];
}

/// Does what was recorded until the connection ends, and what a program may do after that.
///
/// # Panics
/// If anything hangs, is left over, or ends with another error than the documented one.
pub(crate) async fn drive(script: Script, consumption: Consumption, closes: bool) -> Seen {
    let began = Instant::now();
    let (ending, strict) = (script.ending, script.patience.is_none());
    let entries = script.entries.clone();
    let (transport, stage) = stage::open(script);
    let mut builder = Codex::builder().consumer_scope(ConsumerScope::PerTurn).transport(transport);
    let fates = Fates::default();
    if consumption == Consumption::Handled {
        let handler = Handler { stage: Arc::clone(&stage), fates: fates.clone() };
        builder = builder.request_handler(handler);
    }
    if !strict {
        // Of answers that do not come.
        builder = builder.request_timeout(Duration::from_secs(1));
    }
    let started = builder.start().await;
    let mut seen = Seen { started: Some(Outcome::of(&started, ending)), ..Seen::default() };
    if let Ok(codex) = started {
        let (threads, turns) = (HashMap::new(), Vec::new());
        let stage = Arc::clone(&stage);
        let fates = fates.clone();
        let player = Player { codex, stage, ending, strict, consumption, fates, threads, turns };
        player.play(&entries, closes, &mut seen).await;
    }
    assert_eq!(stage.complaint(), None);
    gone(&stage).await;
    seen.requests.extend(fates.take());
    // The clock stands still while there is anything to do: whoever waited was told at once.
    let waited = began.elapsed();
    assert!(!strict || waited.is_zero(), "something hung until a timer woke it");
    seen
}

/// Waits until nothing of the client is left.
async fn gone(stage: &Stage) {
    let metrics = Handle::current().metrics();
    for _ in 0..100 {
        if metrics.num_alive_tasks() == 0 && stage.is_deserted() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{} tasks are left, deserted: {}", metrics.num_alive_tasks(), stage.is_deserted());
}

struct Player {
    codex: Codex,
    stage: Arc<Stage>,
    ending: Ending,
    /// Whether the server does nothing wrong until then.
    strict: bool,
    consumption: Consumption,
    fates: Fates,
    threads: HashMap<Id, Thread>,
    turns: Vec<(Turn, JoinHandle<Consumed>)>,
}

/// What a consumer had of its turn.
struct Consumed {
    said: Option<Vec<Said>>,
    fates: BTreeMap<String, Fate>,
    outcome: Outcome,
    result: Option<TurnResult>,
}

impl Consumed {
    fn nothing(outcome: Outcome) -> Self {
        Self { said: None, fates: BTreeMap::new(), outcome, result: None }
    }
}

impl Player {
    async fn play(mut self, entries: &[Entry], closes: bool, seen: &mut Seen) {
        let ending = self.ending;
        let events = tokio::spawn(listen(self.codex.events(), ending));
        // It comes before the handler.
        let requests = (self.consumption != Consumption::Handled)
            .then(|| tokio::spawn(answer_all(self.codex.requests(), Arc::clone(&self.stage))));
        let unanswered = tokio::spawn(self.codex.request(ThreadLoadedListParams::default()).send());
        for (index, entry) in entries.iter().enumerate() {
            let Entry::Client(sent) = entry else { continue };
            let Some(method) = sent.method.as_deref() else { continue };
            if matches!(method, "initialize" | "initialized") {
                continue;
            }
            if !self.stage.reached(index).await {
                continue;
            }
            let outcome = self.call(method, sent).await.unwrap_or(Outcome::Skipped);
            if !self.strict {
                // It may not have come to a request at all.
                self.stage.skip(index);
            }
            seen.calls.push((index, outcome));
        }
        self.stage.over().await;

        let unanswered = Outcome::of(&unanswered.await.unwrap(), ending);
        assert!(unanswered == Outcome::Lost || (!self.strict && unanswered == Outcome::TimedOut));
        seen.events = events.await.unwrap();
        if let Some(requests) = requests {
            seen.requests = requests.await.unwrap();
        }
        let mut turns = Vec::new();
        for (turn, consumer) in std::mem::take(&mut self.turns) {
            let consumed = consumer.await.unwrap();
            seen.requests.extend(consumed.fates);
            let (said, outcome) = (consumed.said, consumed.outcome);
            let result = Partial::from(turn.snapshot());
            if let Some(whole) = consumed.result {
                assert_eq!(Partial::from(whole), result, "the end of a turn stays");
            }
            let (thread_id, turn_id) = (turn.thread().id().clone(), turn.id().clone());
            self.after_the_end(&turn, &result, outcome).await;
            turns.push(turn);
            seen.turns.push(SeenTurn { thread_id, turn_id, said, outcome, result });
        }
        for thread in self.threads.values() {
            self.lost(thread.turn("more").await);
            self.lost(thread.run("more").await);
            self.lost(thread.compact().await);
            self.lost(thread.read().await);
            self.lost(thread.attach("turn").await);
        }
        self.lost(self.codex.request(ThreadLoadedListParams::default()).await);
        self.lost(self.codex.thread_start().await);
        self.lost(self.codex.thread_resume("thread").await);
        assert_eq!(listen(self.codex.events(), ending).await, []);
        assert!(self.codex.requests().next().await.is_none());
        seen.stats = self.codex.stats();
        if closes {
            self.codex.close().await.unwrap();
            self.lost(self.codex.request(ThreadLoadedListParams::default()).await);
        }
    }

    /// Calls what was called; nothing if what it is called on did not come to be.
    async fn call(&mut self, method: &str, sent: &Sent) -> Option<Outcome> {
        let ending = self.ending;
        Some(match method {
            "thread/start" => {
                let mut start = self.codex.thread_start();
                if self.consumption == Consumption::Handled {
                    start = start.tools(handler::tools(&sent.params, &self.stage, &self.fates));
                }
                let started = start.await;
                self.opened(started)
            }
            "thread/resume" => {
                let resumed = self.codex.thread_resume(sent.thread_id()).await;
                self.opened(resumed)
            }
            "thread/fork" => {
                let forked = self.thread(sent)?.fork().await;
                self.opened(forked)
            }
            "turn/start" => {
                let started = self.thread(sent)?.turn("something").await;
                self.consume(started)
            }
            "thread/compact/start" => {
                let started = self.thread(sent)?.compact().await;
                self.consume(started)
            }
            "review/start" => {
                let target = CustomReviewTarget::new("Look at it.");
                let started = self.thread(sent)?.review(target).await;
                self.consume(started)
            }
            "turn/interrupt" => {
                Outcome::of(&self.turn(&sent.params["turnId"])?.interrupt().await, ending)
            }
            "turn/steer" => {
                let turn = self.turn(&sent.params["expectedTurnId"])?;
                Outcome::of(&turn.steer("something else").await, ending)
            }
            other => panic!("{other} was recorded, and this driver does not know how it is called"),
        })
    }

    fn thread(&self, sent: &Sent) -> Option<Thread> {
        self.threads.get(&sent.thread_id()).cloned()
    }

    fn turn(&self, id: &Value) -> Option<Turn> {
        let named = |turn: &Turn| Some(&**turn.id()) == id.as_str();
        self.turns.iter().find(|(turn, _)| named(turn)).map(|(turn, _)| turn.clone())
    }

    fn opened(&mut self, thread: codex_sdk::Result<Thread>) -> Outcome {
        let outcome = Outcome::of(&thread, self.ending);
        if let Ok(thread) = thread {
            self.threads.insert(thread.id().clone(), thread);
        }
        outcome
    }

    fn consume(&mut self, turn: codex_sdk::Result<Turn>) -> Outcome {
        let outcome = Outcome::of(&turn, self.ending);
        if let Ok(turn) = turn {
            let stage = Arc::clone(&self.stage);
            let consumer = match self.consumption {
                Consumption::Streamed => tokio::spawn(stream(turn.clone(), stage, self.ending)),
                Consumption::Awaited | Consumption::Handled => {
                    tokio::spawn(run(turn.clone(), self.ending))
                }
            };
            self.turns.push((turn, consumer));
        }
        outcome
    }

    /// What a turn answers once the connection is over.
    async fn after_the_end(&self, turn: &Turn, result: &Partial, outcome: Outcome) {
        let ending = self.ending;
        if outcome == Outcome::Busy {
            return;
        }
        assert_eq!(Outcome::of(&turn.interrupt().await, ending), outcome);
        self.lost(turn.steer("more").await);
        let again = turn.run().await;
        assert_eq!(Outcome::of(&again, ending), outcome);
        if let Ok(again) = again {
            assert_eq!(Partial::from(again), *result);
        }
        let mut stream = turn.stream().unwrap();
        match stream.next().await {
            Some(Err(error)) => assert_eq!(Outcome::of_error(&error, ending), outcome),
            Some(Ok(event)) => panic!("{event:?} comes twice"),
            None => assert_eq!(outcome, Outcome::Done),
        }
        assert!(stream.next().await.is_none());
        assert_eq!(Partial::from(turn.snapshot()), *result);
    }

    fn lost<T>(&self, result: codex_sdk::Result<T>) {
        assert_eq!(Outcome::of(&result, self.ending), Outcome::Lost);
    }
}

async fn stream(turn: Turn, stage: Arc<Stage>, ending: Ending) -> Consumed {
    let mut stream = match turn.stream_with_requests() {
        Ok(stream) => stream,
        Err(busy) => return Consumed::nothing(Outcome::of_error(&busy, ending)),
    };
    drop(turn);
    let mut said = Vec::new();
    let mut requests = JoinSet::new();
    let mut outcome = Outcome::Done;
    while let Some(event) = stream.next().await {
        match event {
            Ok(Event::Request(request)) => {
                said.push(Said::Request(request.request_id().clone()));
                requests.spawn(answer(request, Arc::clone(&stage)));
            }
            Ok(event) => said.push(event.into()),
            Err(error) => {
                outcome = Outcome::of_error(&error, ending);
                assert!(stream.next().await.is_none(), "an error is the last");
            }
        }
    }
    let result = stream.result().await;
    assert_eq!(Outcome::of(&result, ending), outcome);
    let fates = requests.join_all().await.into_iter().collect();
    Consumed { said: Some(said), fates, outcome, result: result.ok() }
}

async fn run(turn: Turn, ending: Ending) -> Consumed {
    let result = turn.run().await;
    let outcome = Outcome::of(&result, ending);
    Consumed { result: result.ok(), ..Consumed::nothing(outcome) }
}

/// Listens to what belongs to no turn, up to the end.
async fn listen(mut events: Events, ending: Ending) -> Vec<Said> {
    let mut said = Vec::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => said.push(event.into()),
            Err(error) => assert_eq!(Outcome::of_error(&error, ending), Outcome::Lost),
        }
    }
    said
}

async fn answer_all(mut requests: RequestStream, stage: Arc<Stage>) -> BTreeMap<String, Fate> {
    let mut answers = JoinSet::new();
    while let Some(request) = requests.next().await {
        answers.spawn(answer(request, Arc::clone(&stage)));
    }
    answers.join_all().await.into_iter().collect()
}

/// Answers a request when the recorded client did, unless it is withdrawn before.
async fn answer(request: PendingRequest, stage: Arc<Stage>) -> (String, Fate) {
    let id = request.request_id().clone();
    let name = request_name(&id);
    let withdrawn = tokio::select! {
        biased;
        () = request.withdrawn() => true,
        () = stage.answer_due(&id) => false,
    };
    assert_eq!(request.is_withdrawn(), withdrawn);
    assert_eq!(request.decline(), !withdrawn, "whether the answer was wanted");
    (name, if withdrawn { Fate::Withdrawn } else { Fate::Answered })
}

pub(crate) fn request_name(id: &RequestId) -> String {
    serde_json::to_string(id).unwrap()
}
