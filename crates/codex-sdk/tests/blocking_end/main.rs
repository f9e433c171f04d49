//! What is left of a client when it has ended: no thread, no process.
//!
//! A program of its own, for it counts the threads and the children of its process, which other tests would change.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use codex_sdk::blocking::{Codex, CodexBuilder};
use codex_sdk::{AskForApproval, PendingRequest, Tool};
use codex_testkit::{CodexHome, Gate, Reply, ScriptedModel};
use serde_json::json;
use std::collections::BTreeSet;
use std::fs;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// How long anything may take before the test counts as hanging.
const PATIENCE: Duration = Duration::from_secs(60);

struct Stage {
    model: ScriptedModel,
    home: CodexHome,
}

/// What this process has besides what the stage needs.
#[derive(Debug, PartialEq, Eq)]
struct Left {
    threads: BTreeSet<u32>,
    children: BTreeSet<u32>,
}

impl Left {
    fn now() -> Self {
        let tasks = fs::read_dir("/proc/self/task").unwrap();
        let ids = tasks.filter_map(|task| task.unwrap().file_name().to_str()?.parse().ok());
        let threads: BTreeSet<u32> = ids.filter(|id| runs(*id)).collect();
        let children = threads.iter().flat_map(|thread| {
            let listed = fs::read_to_string(format!("/proc/self/task/{thread}/children"));
            let listed = listed.unwrap_or_default();
            listed.split_whitespace().map(|pid| pid.parse().unwrap()).collect::<Vec<u32>>()
        });
        let children = children.collect();
        Self { threads, children }
    }

    /// Looks until there is nothing more than this.
    fn wait_for(&self) {
        let until = Instant::now() + PATIENCE;
        while Self::now() != *self {
            assert!(Instant::now() < until, "{:?} instead of {self:?}", Self::now());
            std::thread::yield_now();
        }
    }
}

/// The kernel's mark of a thread that is on its way out.
const EXITING: u32 = 4;

/// Whether the thread has not ended. One that was joined is listed for a moment more: who waits for it is told before the
/// kernel is done with it, and it may be in any state then.
fn runs(thread: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/self/task/{thread}/stat")).unwrap_or_default();
    let flags = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(6));
    flags.is_some_and(|flags| flags.parse::<u32>().unwrap() & EXITING == 0)
}

impl Stage {
    fn builder(&self) -> CodexBuilder {
        Codex::builder().config(self.home.config())
    }

    /// Starts a client and has it run a turn.
    fn used(&self, before: &Left) -> Codex {
        let codex = self.builder().start().unwrap_or_else(|error| panic!("{error}"));
        self.model.reply(Reply::text("hello"));
        let thread = codex.thread_start().send().unwrap();
        assert_eq!(thread.run("hi").send().unwrap().text, "hello");
        let now = Left::now();
        assert_eq!(now.children.len(), before.children.len() + 1, "its process");
        assert!(now.threads.len() > before.threads.len(), "its thread");
        codex
    }
}

fn main() {
    // One thread, and none that comes and goes.
    let runtime = Runtime::new().unwrap();
    let stage = runtime.block_on(async {
        let model = ScriptedModel::start().await.unwrap();
        let home = CodexHome::new(&model).unwrap();
        Stage { model, home }
    });
    closing(&stage);
    closing_async(&stage, &runtime);
    closing_beside_another_thread(&stage);
    closing_with_closures_that_ran(&stage);
    closing_from_a_closure(&stage);
    closing_another_from_a_closure(&stage);
    dropping(&stage);
    dropping_beside_a_closure(&stage);
    dropping_inside_async(&stage, &runtime);
    println!("nothing is left of a client that ended in nine ways");
}

/// `close()` returns with no thread and no process left.
fn closing(stage: &Stage) {
    let before = Left::now();
    let codex = stage.used(&before);
    codex.close().unwrap();
    assert_eq!(Left::now(), before);
    codex.close().unwrap();
    let error = codex.thread_start().send().unwrap_err();
    assert!(error.is_disconnected(), "{error}");
    assert_eq!(Left::now(), before, "nothing comes back");
}

/// The same of the async client, whose runtime is not its own.
fn closing_async(stage: &Stage, runtime: &Runtime) {
    let before = Left::now();
    runtime.block_on(async {
        let builder = codex_sdk::Codex::builder().config(stage.home.config());
        let codex = builder.start().await.unwrap();
        stage.model.reply(Reply::text("hello"));
        let thread = codex.thread_start().await.unwrap();
        assert_eq!(thread.run("hi").await.unwrap().text, "hello");
        assert_eq!(Left::now().children.len(), before.children.len() + 1, "its process");
        codex.close().await.unwrap();
        assert_eq!(Left::now(), before);
    });
}

/// A thread that waits is told, and `close()` waits for its call to return.
fn closing_beside_another_thread(stage: &Stage) {
    let before = Left::now();
    let codex = stage.used(&before);
    let gate = Gate::new();
    stage.model.reply(Reply::deltas(["a"]).hold(&gate));
    let turn = codex.thread_start().send().unwrap().turn("hi").send().unwrap();
    let (saw, seen) = mpsc::channel();
    let waiting = std::thread::spawn(move || {
        let mut last = None;
        for event in turn.stream().unwrap() {
            if event.as_ref().is_ok_and(|event| event.text_delta().is_some()) {
                saw.send(()).unwrap();
            }
            last = Some(event);
        }
        last
    });
    seen.recv_timeout(PATIENCE).unwrap();
    codex.close().unwrap();
    let last = waiting.join().unwrap().unwrap();
    assert!(last.unwrap_err().is_disconnected());
    assert_eq!(Left::now(), before);
    gate.open();
}

/// The threads on which handlers and tools ran are gone as well.
fn closing_with_closures_that_ran(stage: &Stage) {
    let before = Left::now();
    let codex = stage
        .builder()
        .on_request(|request| {
            if let PendingRequest::Command(command) = request {
                command.accept();
            }
            Ok(())
        })
        .start()
        .unwrap();
    let tool = Tool::blocking_with_schema("now", "Tells", json!({ "type": "object" }), |_, _| {
        Ok("it".into())
    });
    stage.model.reply(Reply::shell("true"));
    stage.model.reply(Reply::tool("now", json!({})));
    stage.model.reply(Reply::text("done"));
    let start = codex.thread_start().approval_policy(AskForApproval::Untrusted).tool(tool);
    let result = start.send().unwrap().run("both").send().unwrap();
    assert_eq!(result.text, "done");
    codex.close().unwrap();
    assert_eq!(Left::now(), before);
}

/// A handler may end the client; `close()` does not wait there for the very closure that calls it.
fn closing_from_a_closure(stage: &Stage) {
    let before = Left::now();
    let (give, given) = mpsc::channel::<Codex>();
    let given = std::sync::Mutex::new(given);
    let (tell, told) = mpsc::channel();
    let codex = stage
        .builder()
        .shutdown_grace(PATIENCE * 10)
        .on_request(move |request| {
            drop(request);
            let codex = given.lock().unwrap().recv()?;
            tell.send(codex.close().is_ok())?;
            Ok(())
        })
        .start()
        .unwrap();
    stage.model.reply(Reply::shell("true"));
    let start = codex.thread_start().approval_policy(AskForApproval::Untrusted);
    let turn = start.send().unwrap().turn("run it").send().unwrap();
    give.send(codex).unwrap();
    assert!(told.recv_timeout(PATIENCE).unwrap());
    drop((turn, give));
    before.wait_for();
}

/// Another client that a handler ends is waited for like any.
fn closing_another_from_a_closure(stage: &Stage) {
    let before = Left::now();
    let (tell, told) = mpsc::channel();
    let config = stage.home.config();
    let codex = stage
        .builder()
        .on_request(move |request| {
            let before = Left::now();
            let other = Codex::builder().config(config.clone()).start()?;
            assert_ne!(Left::now(), before);
            other.close()?;
            tell.send((before, Left::now()))?;
            drop(request);
            Ok(())
        })
        .start()
        .unwrap();
    stage.model.reply(Reply::shell("true"));
    stage.model.reply(Reply::text("done"));
    let start = codex.thread_start().approval_policy(AskForApproval::Untrusted);
    start.send().unwrap().run("run it").send().unwrap();
    let (without, after) = told.recv_timeout(PATIENCE).unwrap();
    assert_eq!(after, without);
    codex.close().unwrap();
    assert_eq!(Left::now(), before);
}

/// The last handle is dropped: that returns at once, and thread and process end by themselves.
fn dropping(stage: &Stage) {
    let before = Left::now();
    let codex = stage.used(&before);
    let clone = codex.clone();
    drop(codex);
    stage.model.reply(Reply::text("still here"));
    let thread = clone.thread_start().send().unwrap();
    drop(clone);
    assert_eq!(thread.run("hi").send().unwrap().text, "still here");
    drop(thread);
    before.wait_for();
}

/// A closure that waits does not have the one wait who drops the last handle.
fn dropping_beside_a_closure(stage: &Stage) {
    let before = Left::now();
    let (ask, asked) = mpsc::channel();
    let (answer, answers) = mpsc::channel();
    let answers = std::sync::Mutex::new(answers);
    let codex = stage
        .builder()
        .shutdown_grace(PATIENCE * 10_000)
        .on_request(move |_request| {
            ask.send(())?;
            Ok(answers.lock().unwrap().recv()?)
        })
        .start()
        .unwrap();
    stage.model.reply(Reply::shell("true"));
    let start = codex.thread_start().approval_policy(AskForApproval::Untrusted);
    let turn = start.send().unwrap().turn("run it").send().unwrap();
    asked.recv_timeout(PATIENCE).unwrap();
    drop((turn, codex));
    assert_ne!(Left::now().threads, before.threads, "the closure waits");
    answer.send(()).unwrap();
    before.wait_for();
}

/// The same where waiting is not allowed.
fn dropping_inside_async(stage: &Stage, runtime: &Runtime) {
    let before = Left::now();
    let codex = stage.used(&before);
    runtime.block_on(async { drop(codex) });
    before.wait_for();
}
