//! A program that uses the SDK's public interface to do what the recorded client did.

use crate::seen::{Fate, Outcome, Partial, Said, Seen, SeenTurn};
use crate::session::Entry;
use crate::stage::{self, Ending, Script, Stage};
use codex_sdk::protocol::{CustomReviewTarget, Id, RequestId, ThreadLoadedListParams};
use codex_sdk::{
    Codex, ConsumerScope, Event, Events, PendingRequest, RequestStream, Thread, Turn, TurnResult,
};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
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
}

/// Does what was recorded until the connection ends, and what a program may do after that.
///
/// # Panics
/// If anything hangs, is left over, or ends with another error than the documented one.
pub(crate) async fn drive(script: Script, consumption: Consumption, closes: bool) -> Seen {
    let began = Instant::now();
    let ending = script.ending;
    let entries = script.entries.clone();
    let (transport, stage) = stage::open(script);
    let builder = Codex::builder().consumer_scope(ConsumerScope::PerTurn).transport(transport);
    let started = builder.start().await;
    let mut seen = Seen { started: Some(Outcome::of(&started, ending)), ..Seen::default() };
    if let Ok(codex) = started {
        let player = Player::new(codex, Arc::clone(&stage), ending, consumption);
        player.play(&entries, closes, &mut seen).await;
    }
    assert_eq!(stage.complaint(), None);
    gone(&stage).await;
    // The clock stands still while there is anything to do: whoever waited was told at once.
    assert_eq!(began.elapsed().as_millis(), 0, "something hung until a timer woke it");
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
    consumption: Consumption,
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

impl Player {
    fn new(codex: Codex, stage: Arc<Stage>, ending: Ending, consumption: Consumption) -> Self {
        let (threads, turns) = (HashMap::new(), Vec::new());
        Self { codex, stage, ending, consumption, threads, turns }
    }

    async fn play(mut self, entries: &[Entry], closes: bool, seen: &mut Seen) {
        let ending = self.ending;
        let events = tokio::spawn(listen(self.codex.events(), ending));
        let requests = tokio::spawn(answer_all(self.codex.requests(), Arc::clone(&self.stage)));
        let unanswered = tokio::spawn(self.codex.request(ThreadLoadedListParams::default()).send());
        for (index, entry) in entries.iter().enumerate() {
            let Entry::Client(sent) = entry else { continue };
            let Some(method) = sent.method.as_deref() else { continue };
            if matches!(method, "initialize" | "initialized") {
                continue;
            }
            if !self.stage.reached(index).await {
                break;
            }
            let outcome = self.call(method, sent).await;
            seen.calls.push((index, outcome));
        }
        self.stage.over().await;

        assert_eq!(Outcome::of(&unanswered.await.unwrap(), ending), Outcome::Lost);
        seen.events = events.await.unwrap();
        seen.requests = requests.await.unwrap();
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
        seen.malformed = self.codex.stats().malformed;
        if closes {
            self.codex.close().await.unwrap();
            self.lost(self.codex.request(ThreadLoadedListParams::default()).await);
        }
    }

    async fn call(&mut self, method: &str, sent: &crate::session::Sent) -> Outcome {
        let ending = self.ending;
        match method {
            "thread/start" => {
                let started = self.codex.thread_start().await;
                self.opened(started)
            }
            "thread/resume" => {
                let resumed = self.codex.thread_resume(sent.thread_id()).await;
                self.opened(resumed)
            }
            "thread/fork" => {
                let forked = self.thread(&sent.thread_id()).fork().await;
                self.opened(forked)
            }
            "turn/start" => {
                let started = self.thread(&sent.thread_id()).turn("something").await;
                self.consume(started)
            }
            "thread/compact/start" => {
                let started = self.thread(&sent.thread_id()).compact().await;
                self.consume(started)
            }
            "review/start" => {
                let target = CustomReviewTarget::new("Look at it.");
                let started = self.thread(&sent.thread_id()).review(target).await;
                self.consume(started)
            }
            "turn/interrupt" => {
                Outcome::of(&self.turn(&sent.params["turnId"]).interrupt().await, ending)
            }
            "turn/steer" => {
                let turn = self.turn(&sent.params["expectedTurnId"]);
                Outcome::of(&turn.steer("something else").await, ending)
            }
            other => panic!("{other} was recorded, and this driver does not know how it is called"),
        }
    }

    fn thread(&self, id: &Id) -> Thread {
        self.threads[id].clone()
    }

    fn turn(&self, id: &serde_json::Value) -> Turn {
        let named = |turn: &Turn| Some(&**turn.id()) == id.as_str();
        self.turns.iter().find(|(turn, _)| named(turn)).unwrap().0.clone()
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
                Consumption::Awaited => tokio::spawn(run(turn.clone(), self.ending)),
            };
            self.turns.push((turn, consumer));
        }
        outcome
    }

    /// What a turn answers once the connection is over.
    async fn after_the_end(&self, turn: &Turn, result: &Partial, outcome: Outcome) {
        let ending = self.ending;
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
    let mut stream = turn.stream_with_requests().unwrap();
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
    Consumed { said: None, fates: BTreeMap::new(), outcome, result: result.ok() }
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
    let due = async {
        match stage.answer_to(&id) {
            Some(entry) if stage.reached(entry).await => {}
            _ => std::future::pending().await,
        }
    };
    let withdrawn = tokio::select! {
        biased;
        () = request.withdrawn() => true,
        () = due => false,
    };
    assert_eq!(request.is_withdrawn(), withdrawn);
    assert_eq!(request.decline(), !withdrawn, "whether the answer was wanted");
    (name, if withdrawn { Fate::Withdrawn } else { Fate::Answered })
}

pub(crate) fn request_name(id: &RequestId) -> String {
    serde_json::to_string(id).unwrap()
}
