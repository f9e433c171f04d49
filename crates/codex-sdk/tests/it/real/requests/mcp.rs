//! What MCP servers ask, and whether their tools may be called.

use super::{Stage, outcome, run, told};
use crate::guard::within;
use codex_sdk::ask::{Elicitation, McpToolApproval};
use codex_sdk::{AskForApproval, Codex, PendingRequest, Thread};
use codex_testkit::Reply;
use serde_json::json;

fn mcp_tool(request: PendingRequest) -> McpToolApproval {
    match request {
        PendingRequest::McpTool(request) => request,
        other => panic!("{other:?}"),
    }
}

fn elicitation(request: PendingRequest) -> Elicitation {
    match request {
        PendingRequest::Elicitation(request) => request,
        other => panic!("{other:?}"),
    }
}

async fn stage() -> Stage {
    Stage::set_with(|home| home.mcp_server()).await
}

async fn thread(codex: &Codex) -> Thread {
    codex.thread_start().approval_policy(AskForApproval::OnRequest).await.unwrap()
}

fn wipe() -> Reply {
    Reply::tool("mcp__testkit/wipe", json!({ "all": true }))
}

#[tokio::test]
async fn an_accepted_tool_is_called() {
    within(async {
        let stage = stage().await;
        stage.model.reply(wipe()).reply(Reply::text("done"));
        let codex = stage.codex().await;
        let thread = thread(&codex).await;
        let result = run(&thread, |request| {
            let request = mcp_tool(request);
            assert_eq!(request.server_name(), "testkit");
            assert_eq!(request.tool_name(), Some("wipe"));
            assert_eq!(request.arguments(), Some(&json!({ "all": true })));
            let message = "Allow the testkit MCP server to run tool \"wipe\"?";
            assert_eq!(request.message(), message);
            assert!(request.accept());
        })
        .await;
        assert_eq!(outcome(&result), ("completed", "done", vec!["completed"]));
        assert!(told(&stage)[0].contains("wiped"), "{:?}", told(&stage));
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_tool_accepted_for_the_session_is_not_asked_for_again() {
    within(async {
        let stage = stage().await;
        stage.model.reply(wipe()).reply(wipe()).reply(Reply::text("done"));
        let codex = stage.codex().await;
        let thread = thread(&codex).await;
        let mut asked = 0;
        let result = run(&thread, |request| {
            asked += 1;
            assert!(mcp_tool(request).accept_for_session());
        })
        .await;
        assert_eq!(outcome(&result), ("completed", "done", vec!["completed", "completed"]));
        assert_eq!(asked, 1);
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_tool_accepted_for_ever_is_not_asked_for_by_a_later_server() {
    within(async {
        let stage = stage().await;
        let mut asked = 0;
        for _ in 0..2 {
            stage.model.reply(wipe()).reply(Reply::text("done"));
            let codex = stage.codex().await;
            let thread = thread(&codex).await;
            let result = run(&thread, |request| {
                asked += 1;
                assert!(mcp_tool(request).accept_always());
            })
            .await;
            assert_eq!(outcome(&result), ("completed", "done", vec!["completed"]));
            codex.close().await.unwrap();
        }
        assert_eq!(asked, 1);
    })
    .await;
}

#[tokio::test]
async fn an_mcp_server_that_asks_in_the_guise_of_codex_is_told_the_answer_and_no_more() {
    within(async {
        let stage = stage().await;
        stage.model.reply(Reply::tool("mcp__testkit/pretend", json!({})));
        stage.model.reply(Reply::text("done"));
        let codex = stage.codex().await;
        let thread = thread(&codex).await;
        let mut asked = 0;
        let result = run(&thread, |request| {
            asked += 1;
            let request = mcp_tool(request);
            assert_eq!(request.tool_name(), Some("add"));
            assert!(request.accept_always());
        })
        .await;
        // One call, of the tool that pretends.
        assert_eq!((asked, outcome(&result)), (1, ("completed", "done", vec!["completed"])));
        assert!(told(&stage)[0].ends_with("accept"), "{:?}", told(&stage));
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_declined_tool_is_not_called_and_the_turn_goes_on() {
    within(async {
        for dropped in [false, true] {
            let stage = stage().await;
            stage.model.reply(wipe()).reply(Reply::text("then not"));
            let codex = stage.codex().await;
            let thread = thread(&codex).await;
            let result = run(&thread, |request| {
                let request = mcp_tool(request);
                if !dropped {
                    assert!(request.decline());
                }
            })
            .await;
            assert_eq!(outcome(&result), ("completed", "then not", vec!["failed"]));
            assert!(told(&stage)[0].contains("rejected"), "{:?}", told(&stage));
            codex.close().await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_tool_is_not_called_and_the_turn_goes_on() {
    within(async {
        let stage = stage().await;
        stage.model.reply(wipe()).reply(Reply::text("then not"));
        let codex = stage.codex().await;
        let thread = thread(&codex).await;
        let result = run(&thread, |request| assert!(mcp_tool(request).cancel())).await;
        assert_eq!(outcome(&result), ("completed", "then not", vec!["failed"]));
        assert!(told(&stage)[0].ends_with("user cancelled MCP tool call"), "{:?}", told(&stage));
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_form_is_filled_in() {
    within(async {
        let stage = stage().await;
        stage.model.reply(Reply::tool("mcp__testkit/ask", json!({}))).reply(Reply::text("done"));
        let codex = stage.codex().await;
        let thread = thread(&codex).await;
        let result = run(&thread, |request| {
            let request = elicitation(request);
            assert_eq!(request.server_name(), "testkit");
            assert_eq!(request.message(), "What is your name?");
            // What does not fit is not sent, and the request is still there.
            let error = request.accept(json!({ "nom": "Ada" })).unwrap_err();
            let request = error.into_request();
            assert!(request.accept(json!({ "name": "Ada" })).unwrap());
        })
        .await;
        assert_eq!(outcome(&result), ("completed", "done", vec!["completed"]));
        assert!(told(&stage)[0].contains("accept Ada"), "{:?}", told(&stage));
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_form_is_declined_or_dismissed() {
    within(async {
        for (word, answer) in [
            ("decline", Elicitation::decline as fn(Elicitation) -> bool),
            ("cancel", Elicitation::cancel),
        ] {
            let stage = stage().await;
            stage.model.reply(Reply::tool("mcp__testkit/ask", json!({})));
            stage.model.reply(Reply::text("done"));
            let codex = stage.codex().await;
            let thread = thread(&codex).await;
            let result = run(&thread, |request| assert!(answer(elicitation(request)))).await;
            assert_eq!(outcome(&result), ("completed", "done", vec!["completed"]), "{word}");
            assert!(told(&stage)[0].contains(word), "{:?}", told(&stage));
            codex.close().await.unwrap();
        }
    })
    .await;
}
