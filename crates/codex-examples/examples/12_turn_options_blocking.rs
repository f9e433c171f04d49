//! The options of a turn. Without async.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 12_turn_options_blocking`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::blocking::Codex;
use codex_sdk::protocol::ReadOnlySandboxPolicy;
use codex_sdk::{AskForApproval, Personality, ReasoningSummary, SandboxPolicy, ThreadItem};
use codex_testkit::Reply;
use serde_json::json;
use std::time::Duration;

fn main() -> Result<(), Failure> {
    let stage = Stage::from_args([
        Reply::reasoning("I look around first.").and(Reply::shell("pwd")),
        Reply::text(r#"{"answer": "An empty folder."}"#),
    ])?;
    let codex = Codex::builder().config(stage.config()).start()?;
    let thread = codex.thread_start().send()?;
    let models = codex.models().limit(1).send()?.data;
    let model = models.into_iter().next().ok_or("the server offers no model")?;
    let folder = stage.scratch();
    let schema = json!({
        "type": "object",
        "properties": { "answer": { "type": "string" } },
        "required": ["answer"],
        "additionalProperties": false,
    });

    let turn = thread
        .turn("What is in this folder?")
        // From this turn on. What is not set stays as it is for the thread.
        .model(model.model)
        .effort(model.default_reasoning_effort)
        .summary(ReasoningSummary::Concise)
        .personality(Personality::Pragmatic)
        .cwd(folder.to_string_lossy())
        // What the sandbox does not allow is refused, and nobody is asked.
        .sandbox_policy(SandboxPolicy::ReadOnly(ReadOnlySandboxPolicy::default()))
        .approval_policy(AskForApproval::Never)
        // Of this turn alone.
        .output_schema(schema)
        .client_user_message_id("message-1")
        // Not sent to the server: how long this client is willing to wait, and what a wait that is given up means.
        .idle_timeout(Duration::from_secs(60))
        .deadline(Duration::from_secs(600))
        .interrupt_on_drop(true)
        .send()?;
    let result = turn.run()?.error_for_status()?;

    for item in &result.items {
        match &**item {
            ThreadItem::Reasoning(reasoning) => {
                println!("thought: {}", reasoning.summary.join(" "));
            }
            ThreadItem::CommandExecution(command) => {
                println!("ran in that folder: {}", *command.cwd == *folder.to_string_lossy());
            }
            _ => {}
        }
    }
    println!("{}", result.text);

    codex.close()?;
    Ok(())
}
