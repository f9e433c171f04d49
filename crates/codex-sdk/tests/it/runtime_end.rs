//! A runtime that ends under its client, at any moment, with everything under way that there can be.
//!
//! `CODEX_MUTATED_CASES` sets how many cases there are, and `CODEX_MUTATED_SEED` where they start; a failure prints its
//! seed.

use crate::fake_server::{FakeServer, THREAD, thread_started, turn_response};
use crate::guard::within;
use codex_sdk::ask::{CommandApproval, PendingRequest};
use codex_sdk::protocol::ThreadLoadedListParams;
use codex_sdk::{
    Codex, ConsumerScope, Error, Event, Handled, RequestHandler, Thread, Tool, Turn, TurnStatus,
};
use fastrand::Rng;
use serde_json::json;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use tokio::runtime::Builder;
use tokio::task::JoinHandle;

const CASES: u64 = 300;

#[test]
fn whatever_is_under_way_when_the_runtime_ends_is_told_so() {
    let variable = |name| {
        let text = std::env::var(name).ok()?;
        Some(text.parse::<u64>().unwrap_or_else(|error| panic!("{name}={text}: {error}")))
    };
    let first = variable("CODEX_MUTATED_SEED").unwrap_or(1);
    let count = variable("CODEX_MUTATED_CASES").unwrap_or(CASES);
    let (calls, asked) = (Calls::default(), Arc::new(AtomicUsize::new(0)));
    for seed in first..first.saturating_add(count) {
        let run = || case(&mut Rng::with_seed(seed), &calls, &asked);
        if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
            eprintln!("run it again: CODEX_MUTATED_SEED={seed} CODEX_MUTATED_CASES=1");
            resume_unwind(panic);
        }
    }
    // Cases in which nothing is under way would prove little.
    let (began, asked) = (calls.0.began.load(Ordering::SeqCst), asked.load(Ordering::SeqCst));
    assert!(count < CASES || (began > 100 && asked > 100), "{began} calls, {asked} requests");
}

fn case(rng: &mut Rng, calls: &Calls, asked: &Arc<AtomicUsize>) {
    let first = match rng.bool() {
        true => Builder::new_current_thread().enable_all().build().unwrap(),
        false => Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap(),
    };
    let mut scene = first.block_on(within(Scene::set(rng, calls, asked)));
    first.block_on(within(scene.play(rng)));
    match rng.bool() {
        true => drop(first),
        // Its tasks are dropped by and by, while its client is in use.
        false => first.shutdown_background(),
    }
    let second = Builder::new_current_thread().enable_all().build().unwrap();
    second.block_on(within(scene.end(rng, calls)));
}

/// Calls of the user's code.
#[derive(Debug, Clone, Default)]
struct Calls(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    began: AtomicUsize,
    run: AtomicUsize,
}

struct Call(Calls);

impl Calls {
    fn begin(&self) -> Call {
        self.0.began.fetch_add(1, Ordering::SeqCst);
        self.0.run.fetch_add(1, Ordering::SeqCst);
        Call(self.clone())
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.0.0.run.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Never answers.
struct Patient(Calls);

#[async_trait::async_trait]
impl RequestHandler for Patient {
    async fn command(&self, request: CommandApproval) -> Handled {
        let _call = self.0.begin();
        std::future::pending::<()>().await;
        drop(request);
        Ok(())
    }
}

/// Somebody who waits for something that only the end of the runtime will bring, and checks that it does.
type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Scene {
    codex: Codex,
    threads: Vec<Thread>,
    turns: Vec<Turn>,
    waiting: Vec<Waiting>,
    /// Those who wait in tasks of the runtime, and go with it.
    tasks: Vec<JoinHandle<()>>,
    server: FakeServer,
    asked: u64,
}

impl Scene {
    async fn set(rng: &mut Rng, calls: &Calls, asked: &Arc<AtomicUsize>) -> Self {
        // So few places that some calls wait for one.
        let builder = Codex::builder()
            .consumer_scope(ConsumerScope::PerTurn)
            .max_in_flight(4)
            .request_handler(Patient(calls.clone()));
        let (codex, mut server) = FakeServer::connect(builder).await;
        let tool_calls = calls.clone();
        let tool = Tool::with_schema("forever", "d", json!({}), move |_, _| {
            let call = tool_calls.begin();
            async move {
                std::future::pending::<()>().await;
                drop(call);
                Ok("never".into())
            }
        });
        let call = codex.thread_start().tool(tool).send();
        let answer = server.answer("thread/start", thread_started(THREAD));
        let mut threads = vec![tokio::join!(call, answer).0.unwrap()];
        for id in ["thread-2", "thread-3", "thread-4"] {
            threads.push(server.start_thread(&codex, id).await);
        }
        let mut turns = Vec::new();
        for (thread, id) in threads.iter().zip(["turn-1", "turn-2"]) {
            let call = thread.turn("go").send();
            let answer = server.answer("turn/start", turn_response(id));
            turns.push(tokio::join!(call, answer).0.unwrap());
        }
        let (waiting, tasks) = (Vec::new(), Vec::new());
        let mut scene = Self { codex, threads, turns, waiting, tasks, server, asked: 0 };
        scene.wait(rng, asked);
        scene
    }

    /// Has everybody wait.
    fn wait(&mut self, rng: &mut Rng, asked: &Arc<AtomicUsize>) {
        let codex = &self.codex;
        let mut stream = self.turns[0].stream_with_requests().unwrap();
        let count = Arc::clone(asked);
        self.waiting.push(Box::pin(async move {
            let mut requests = Vec::new();
            loop {
                match stream.next().await.unwrap() {
                    Ok(Event::Request(request)) => requests.push(request),
                    Ok(_) => {}
                    Err(error) => break assert_over(Err::<(), _>(error)),
                }
            }
            assert!(stream.next().await.is_none());
            assert_withdrawn(requests, &count).await;
        }));
        if rng.bool() {
            // Else they come to the handler.
            let (mut all, count) = (codex.requests(), Arc::clone(asked));
            self.waiting.push(Box::pin(async move {
                let mut requests = Vec::new();
                while let Some(request) = all.next().await {
                    requests.push(request);
                }
                assert_withdrawn(requests, &count).await;
            }));
        }
        let mut events = codex.events();
        self.waiting.push(Box::pin(async move {
            let end = loop {
                match events.next().await.unwrap() {
                    Ok(_) => {}
                    end => break end,
                }
            };
            assert_over(end);
            assert!(events.next().await.is_none());
        }));
        let (run, interrupt) = (self.turns[1].run(), self.turns[1].interrupt());
        let (start, compact) = (self.threads[2].turn("x").send(), self.threads[3].compact().send());
        self.waiting.push(Box::pin(async move { assert_over(run.await) }));
        self.waiting.push(Box::pin(async move { assert_over(interrupt.await) }));
        self.waiting.push(Box::pin(async move { assert_over(start.await) }));
        self.waiting.push(Box::pin(async move { assert_over(compact.await) }));
        for _ in 0..4 {
            let list = codex.request(ThreadLoadedListParams::default()).send();
            self.waiting.push(Box::pin(async move { assert_over(list.await) }));
        }
    }

    async fn play(&mut self, rng: &mut Rng) {
        for _ in 0..rng.usize(..80) {
            match rng.u8(..8) {
                0..=2 => {
                    let at = rng.usize(..self.waiting.len());
                    assert!(is_pending(&mut self.waiting[at]).await, "nothing is over yet");
                }
                3 => self.server.message_completed("turn-1", "m", "said"),
                4 => {
                    self.asked += 1;
                    let turn = ["turn-1", "turn-2", "nobody's"][rng.usize(..3)];
                    let params = json!({
                        "threadId": THREAD, "turnId": turn, "itemId": "i", "startedAtMs": 1, "command": "ls",
                    });
                    self.ask("item/commandExecution/requestApproval", params);
                }
                5 => {
                    self.asked += 1;
                    let params = json!({
                        "threadId": THREAD, "turnId": "turn-1", "callId": format!("c{}", self.asked),
                        "tool": "forever", "arguments": {},
                    });
                    self.ask("item/tool/call", params);
                }
                6 => self.read().await,
                _ => tokio::task::yield_now().await,
            }
        }
        for at in (0..self.waiting.len()).rev() {
            if rng.u8(..4) == 0 {
                self.tasks.push(tokio::spawn(self.waiting.swap_remove(at)));
            }
        }
        for _ in 0..rng.usize(..4) {
            tokio::task::yield_now().await;
        }
    }

    fn ask(&self, method: &str, params: serde_json::Value) {
        self.server.send(json!({ "method": method, "id": self.asked, "params": params }));
    }

    /// The server reads one message, if there is one, and agrees to a compaction.
    async fn read(&mut self) {
        let mut message = None;
        let came = async { message = Some(self.server.recv().await) };
        is_pending(&mut Box::pin(came)).await;
        if let Some(message) = message {
            if message["method"] == "thread/compact/start" {
                self.server.respond(&message["id"], json!({}));
            }
        }
    }

    /// What is true once the runtime has ended.
    async fn end(self, rng: &mut Rng, calls: &Calls) {
        let Self { codex, threads, turns, mut waiting, tasks, mut server, .. } = self;
        rng.shuffle(&mut waiting);
        // Who does not want to know any more does no harm either.
        waiting.truncate(waiting.len().saturating_sub(rng.usize(..3)));
        for somebody in waiting {
            somebody.await;
        }
        for task in tasks {
            // It may have been told before it was dropped.
            if let Err(ended) = task.await {
                assert!(ended.is_cancelled(), "{ended}");
            }
        }
        assert_over(codex.request(ThreadLoadedListParams::default()).await);
        assert_over(codex.thread_start().await);
        for thread in &threads {
            assert_over(thread.turn("more").await);
            assert_over(thread.compact().await);
        }
        for turn in &turns {
            assert_over(turn.run().await);
            assert_over(turn.interrupt().await);
            assert_eq!(turn.snapshot().status, TurnStatus::InProgress);
        }
        assert_over(codex.events().next().await.unwrap());
        assert!(codex.requests().next().await.is_none());
        codex.close().await.unwrap();
        while calls.0.run.load(Ordering::SeqCst) > 0 {
            tokio::task::yield_now().await;
        }
        drop((codex, threads, turns));
        while server.peer.recv().await.is_some() {}
    }
}

/// Polls somebody once.
async fn is_pending(somebody: &mut Pin<Box<impl Future + ?Sized>>) -> bool {
    poll_fn(|context| Poll::Ready(somebody.as_mut().poll(context).is_pending())).await
}

fn assert_over<T>(result: codex_sdk::Result<T>) {
    let Err(Error::Disconnected(cause)) = result.map(drop) else { panic!("it is not over") };
    let text = cause.to_string();
    assert!(text.starts_with("the runtime that this client was started on has ended"), "{text}");
}

async fn assert_withdrawn(requests: Vec<PendingRequest>, count: &AtomicUsize) {
    for request in requests {
        request.withdrawn().await;
        assert!(!request.decline(), "there is nobody to tell");
        count.fetch_add(1, Ordering::SeqCst);
    }
}
