//! What the real server asks in mid-turn, and what comes of each answer.

mod commands;
mod files;
mod mcp;
mod permissions;
mod questions;
mod rules;
#[cfg(all(target_os = "linux", feature = "websocket"))]
mod shared;
mod sub_agents;
mod tools;

use super::Stage;
use codex_sdk::protocol::SandboxMode;
use codex_sdk::{AskForApproval, Codex, Event, PendingRequest, Thread, ThreadItem, TurnResult};

/// Accepts whatever a turn asks for.
pub(crate) fn accept(request: PendingRequest) {
    let accepted = match request {
        PendingRequest::Command(request) => request.accept(),
        PendingRequest::McpTool(request) => request.accept(),
        other => panic!("{other:?}"),
    };
    assert!(accepted, "it was still open");
}

/// A thread that asks before every command, and keeps none from what it does.
async fn wary_thread(codex: &Codex) -> Thread {
    let start = codex.thread_start().sandbox(SandboxMode::DangerFullAccess);
    start.approval_policy(AskForApproval::Untrusted).await.unwrap()
}

/// Runs one turn and gives each request in it to `answer`.
async fn run(thread: &Thread, mut answer: impl FnMut(PendingRequest)) -> TurnResult {
    let turn = thread.turn("Do it.").await.unwrap();
    let mut stream = turn.stream_with_requests().unwrap();
    while let Some(event) = stream.next().await {
        if let Event::Request(request) = event.unwrap() {
            answer(request);
        }
    }
    stream.result().await.unwrap()
}

/// How the turn ended, what was said at last, and how each finished item did that has a status.
fn outcome(result: &TurnResult) -> (&str, &str, Vec<&str>) {
    let statuses = result.items.iter().filter_map(|item| match &**item {
        ThreadItem::CommandExecution(item) => Some(item.status.as_str()),
        ThreadItem::FileChange(item) => Some(item.status.as_str()),
        ThreadItem::McpToolCall(item) => Some(item.status.as_str()),
        ThreadItem::DynamicToolCall(item) => Some(item.status.as_str()),
        _ => None,
    });
    (result.status.as_str(), &result.text, statuses.collect())
}

/// What the model was told by the tools that it had called last.
fn told(stage: &Stage) -> Vec<String> {
    let last = stage.model.requests().pop().unwrap();
    last.tool_outputs().into_iter().map(|output| output.text).collect()
}
