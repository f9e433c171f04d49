//! Tools of the client's own.

use super::{Stage, outcome, run, told};
use crate::guard::within;
use codex_sdk::protocol::{DynamicToolSpec, FunctionDynamicToolSpec};
use codex_sdk::{PendingRequest, Tool, ToolError, ToolNamespace, ToolOutput, TurnStatus};
use codex_testkit::Reply;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::{Barrier, mpsc};

fn schema() -> Value {
    json!({ "type": "object", "properties": { "name": { "type": "string" } } })
}

/// A tool that greets once `together` lets it.
fn greet(name: &str, together: &Arc<Barrier>) -> Tool {
    let together = Arc::clone(together);
    Tool::with_schema(name, "Greets", schema(), move |arguments, _| {
        let together = Arc::clone(&together);
        async move {
            together.wait().await;
            let name = arguments["name"].as_str().ok_or_else(|| ToolError::new("no name"))?;
            Ok(ToolOutput::text(format!("hello {name}")))
        }
    })
}

#[tokio::test]
async fn two_tools_are_called_in_one_turn_at_once() {
    within(async {
        let stage = Stage::set().await;
        let calls = Reply::tool("greet", json!({ "name": "Ada" }));
        stage.model.reply(calls.and(Reply::tool("people/greet", json!({}))));
        stage.model.reply(Reply::text("greeted"));
        let codex = stage.codex().await;
        let together = Arc::new(Barrier::new(2));
        let start = codex.thread_start().tool(greet("greet", &together));
        let people = ToolNamespace::new("people", "People").tool(greet("greet", &together));
        let thread = start.tool_namespace(people).await.unwrap();
        let result = run(&thread, |request| panic!("{request:?}")).await;
        let (status, text, mut statuses) = outcome(&result);
        statuses.sort_unstable();
        assert_eq!((status, text), ("completed", "greeted"));
        assert_eq!(statuses, ["completed", "failed"]);
        assert_eq!(told(&stage), ["hello Ada", "The tool failed: no name"]);
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_call_that_is_declined_has_failed_and_the_turn_goes_on() {
    within(async {
        let stage = Stage::set().await;
        stage.model.reply(Reply::tool("greet", json!({}))).reply(Reply::text("then not"));
        let codex = stage.codex().await;
        let greet = FunctionDynamicToolSpec::new("Greets", schema(), "greet");
        let start = codex.thread_start().dynamic_tools(vec![DynamicToolSpec::Function(greet)]);
        let thread = start.await.unwrap();
        let mut asked = 0;
        let result = run(&thread, |request| {
            asked += 1;
            assert!(matches!(request, PendingRequest::ToolCall(_)), "{request:?}");
        })
        .await;
        assert_eq!((asked, outcome(&result)), (1, ("completed", "then not", vec!["failed"])));
        assert_eq!(told(&stage), ["The client has no tool greet that it lets be called."]);
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_model_sees_the_image_of_a_result() {
    within(async {
        const DOT: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
        let stage = Stage::set().await;
        stage.model.reply(Reply::tool("draw", json!({}))).reply(Reply::text("drawn"));
        let codex = stage.codex().await;
        let draw = Tool::with_schema("draw", "Draws", schema(), |_, _| async {
            Ok(ToolOutput::text("A dot:").and_image(DOT))
        });
        let thread = codex.thread_start().tool(draw).await.unwrap();
        let result = run(&thread, |request| panic!("{request:?}")).await;
        assert_eq!(outcome(&result), ("completed", "drawn", vec!["completed"]));
        let last = stage.model.requests().pop().unwrap().body().to_string();
        assert!(last.contains("A dot:") && last.contains(DOT), "{last}");
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_call_is_cancelled_when_its_turn_is_interrupted() {
    within(async {
        let stage = Stage::set().await;
        stage.model.reply(Reply::tool("wait", json!({})));
        let codex = stage.codex().await;
        let (told, mut heard) = mpsc::unbounded_channel();
        let wait = Tool::with_schema("wait", "Waits", schema(), move |_, context| {
            let told = told.clone();
            async move {
                let call = context.clone();
                let ended = told.clone();
                tokio::spawn(async move {
                    call.cancelled().await;
                    ended.send("cancelled")
                });
                told.send("called")?;
                std::future::pending::<()>().await;
                Ok("never".into())
            }
        });
        let thread = codex.thread_start().tool(wait).await.unwrap();
        let turn = thread.turn("Wait.").await.unwrap();
        assert_eq!(heard.recv().await, Some("called"));
        turn.interrupt().await.unwrap();
        assert_eq!(heard.recv().await, Some("cancelled"));
        assert_eq!(turn.run().await.unwrap().status, TurnStatus::Interrupted);
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_resumed_thread_has_its_tools_still() {
    within(async {
        let stage = Stage::set().await;
        stage.model.reply(Reply::text("hello"));
        let codex = stage.codex().await;
        let alone = Arc::new(Barrier::new(1));
        let thread = codex.thread_start().tool(greet("greet", &alone)).await.unwrap();
        thread.run("Hello.").await.unwrap();
        codex.close().await.unwrap();

        let codex = stage.codex().await;
        stage.model.reply(Reply::tool("greet", json!({ "name": "Ada" })));
        stage.model.reply(Reply::text("greeted"));
        let resume = codex.thread_resume(thread.id().clone()).tool(greet("greet", &alone));
        let thread = resume.await.unwrap();
        let result = run(&thread, |request| panic!("{request:?}")).await;
        assert_eq!(outcome(&result), ("completed", "greeted", vec!["completed"]));
        assert_eq!(told(&stage), ["hello Ada"]);
        assert!(stage.model.requests()[1].tools().contains(&"greet".to_owned()));
        codex.close().await.unwrap();
    })
    .await;
}
