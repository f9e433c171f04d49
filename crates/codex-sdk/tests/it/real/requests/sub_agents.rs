//! What sub-agents ask, whose threads are not the turn's.

use super::{Stage, wary_thread};
use crate::guard::within;
use codex_sdk::ask::CommandApproval;
use codex_sdk::{
    Codex, Event, Events, Handled, PendingRequest, RequestHandler, Thread, ThreadItem, TurnStatus,
    TurnStream,
};
use codex_testkit::{Gate, Reply};
use serde_json::json;
use tokio::sync::mpsc;

/// A turn that goes on until `parent` opens, with a sub-agent that wants to run a command and goes on until `child` does.
struct Errand {
    parent: Gate,
    child: Gate,
    thread: Thread,
    stream: TurnStream,
    events: Events,
}

impl Errand {
    /// Starts it, with a stream that takes what is asked in the turn.
    async fn begin(stage: &Stage, codex: &Codex) -> Self {
        let (parent, child) = (Gate::new(), Gate::new());
        let send = Reply::tool("multi_agent_v1/spawn_agent", json!({ "message": "errand" }));
        stage.model.on("delegate").reply(send);
        let last = Reply::deltas(["I ", "have"]).hold(&parent).more([" sent"]);
        stage.model.on("delegate").reply(last);
        stage.model.on("errand").reply(Reply::shell("touch marker"));
        stage.model.on("errand").reply(Reply::deltas(["so "]).hold(&child).more(["be it"]));
        let events = codex.events();
        let thread = wary_thread(codex).await;
        let stream = thread.turn("delegate").await.unwrap().stream_with_requests().unwrap();
        Self { parent, child, thread, stream, events }
    }

    /// Waits for an event of another thread that fits; gives the thread.
    async fn elsewhere(&mut self, fits: impl Fn(&Event) -> bool) -> (String, Event) {
        loop {
            let event = self.events.next().await.unwrap().unwrap();
            let thread = event.thread_id().filter(|id| *id != &**self.thread.id());
            if let (Some(thread), true) = (thread.map(str::to_owned), fits(&event)) {
                return (thread, event);
            }
        }
    }

    /// Waits for the end of the command, of both turns, and sees that nothing was asked in the parent's; gives the
    /// sub-agent's thread, and the command's status.
    async fn end(mut self) -> (String, String) {
        let (agent, event) = self
            .elsewhere(|event| {
                event.completed_item().is_some_and(|item| item.kind() == "commandExecution")
            })
            .await;
        let item = event.completed_item().map(|item| &**item);
        let Some(ThreadItem::CommandExecution(item)) = item else { panic!("{event:?}") };
        let status = item.status.as_str().to_owned();

        self.parent.open();
        while let Some(event) = self.stream.next().await {
            let event = event.unwrap();
            assert!(!matches!(event, Event::Request(_)), "{event:?}");
        }
        self.child.open();
        self.elsewhere(|event| event.method() == "turn/completed").await;
        let result = self.stream.result().await.unwrap();
        assert_eq!((&result.status, &*result.text), (&TurnStatus::Completed, "I have sent"));
        let kinds: Vec<_> = result.items.iter().map(|item| item.kind()).collect();
        assert_eq!(kinds, ["userMessage", "collabAgentToolCall", "agentMessage"]);
        (agent, status)
    }
}

#[tokio::test]
async fn what_a_sub_agent_asks_comes_to_the_stream_of_all_beside_its_parent_s() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let mut requests = codex.requests();
        let errand = Errand::begin(&stage, &codex).await;
        let PendingRequest::Command(request) = requests.next().await.unwrap() else { panic!() };
        assert!(request.command().unwrap().ends_with("-lc 'touch marker'"), "{request:?}");
        let agent = request.thread_id().unwrap().to_owned();
        assert!(request.accept());
        assert_eq!(errand.end().await, (agent, "completed".to_owned()));
        assert!(stage.home.work_dir().join("marker").exists());
        codex.close().await.unwrap();
    })
    .await;
}

/// Accepts commands, and says for which thread.
struct Accepting(mpsc::UnboundedSender<String>);

#[async_trait::async_trait]
impl RequestHandler for Accepting {
    async fn command(&self, request: CommandApproval) -> Handled {
        self.0.send(request.thread_id().unwrap_or_default().to_owned())?;
        assert!(request.accept());
        Ok(())
    }
}

#[tokio::test]
async fn what_a_sub_agent_asks_comes_to_the_handler_beside_its_parent_s_stream() {
    within(async {
        let stage = Stage::set().await;
        let (asked, mut heard) = mpsc::unbounded_channel();
        let codex = stage.builder().request_handler(Accepting(asked)).start().await.unwrap();
        let errand = Errand::begin(&stage, &codex).await;
        let agent = heard.recv().await.unwrap();
        assert_eq!(errand.end().await, (agent, "completed".to_owned()));
        assert!(stage.home.work_dir().join("marker").exists());
        assert!(heard.try_recv().is_err(), "it was asked once");
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_a_sub_agent_asks_of_nobody_is_declined() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let errand = Errand::begin(&stage, &codex).await;
        assert_eq!(errand.end().await.1, "declined");
        assert!(!stage.home.work_dir().join("marker").exists());
        codex.close().await.unwrap();
    })
    .await;
}
