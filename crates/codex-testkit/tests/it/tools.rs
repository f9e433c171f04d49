//! Tools of others: dynamic ones, which the client runs, and those of an MCP server.

use codex_testkit::{CodexHome, Reply, ScriptedModel};
use serde_json::json;

use crate::raw_client::RawClient;

const CALL: &str = "item/tool/call";
const ELICITATION: &str = "mcpServer/elicitation/request";

#[tokio::test]
async fn a_dynamic_tool_is_called_with_its_arguments() {
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::tool("find", json!({ "name": "Ada" }))).reply(Reply::text("Found."));
    let home = CodexHome::new(&model).unwrap();
    let mut codex = RawClient::start(&home).await;
    let schema = json!({ "type": "object", "properties": { "name": { "type": "string" } } });
    let tool = json!({ "type": "function", "name": "find", "description": "Finds people",
                       "inputSchema": schema });
    let params = json!({ "cwd": home.work_dir(), "dynamicTools": [tool] });
    let started = codex.ask("thread/start", params).await;
    let thread = started["thread"]["id"].as_str().unwrap().to_owned();
    codex.say(&thread, "Find Ada.").await;
    let call = codex.until(|message| message["method"] == CALL).await;
    assert_eq!(
        (&call["params"]["tool"], &call["params"]["arguments"]),
        (&json!("find"), &json!({ "name": "Ada" }))
    );
    let content = json!([{ "type": "inputText", "text": "room 7" }]);
    codex.answer(&call["id"], json!({ "contentItems": content, "success": true })).await;
    assert_eq!(codex.ended(&thread).await.texts(), ["Found."]);
    assert!(model.requests()[0].tools().contains(&"find".to_owned()));
    assert_eq!(model.requests()[1].tool_outputs()[0].text, "room 7");
}

#[tokio::test]
async fn a_plain_mcp_tool_is_called_unasked() {
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::tool("mcp__testkit/add", json!({ "a": 2, "b": 40 })));
    model.reply(Reply::text("Done."));
    let home = CodexHome::builder(&model).mcp_server().build().unwrap();
    let mut codex = RawClient::start(&home).await;
    let thread = codex.thread(&home).await;
    let ended = codex.turn(&thread, "Use it.").await;
    assert_eq!(ended.texts(), ["Done."]);
    let call = ended.items("mcpToolCall")[0];
    assert_eq!((&call["server"], &call["tool"]), (&json!("testkit"), &json!("add")));
    let output = &model.requests()[1].tool_outputs()[0].text;
    assert!(output.contains("42"), "{output}");
    model.check().unwrap();
}

#[tokio::test]
async fn a_destructive_mcp_tool_is_asked_about_first() {
    for (action, output) in [("accept", "wiped"), ("decline", "rejected")] {
        let model = ScriptedModel::start().await.unwrap();
        model.reply(Reply::tool("mcp__testkit/wipe", json!({}))).reply(Reply::text("Done."));
        let home = CodexHome::builder(&model).mcp_server().build().unwrap();
        let mut codex = RawClient::start(&home).await;
        let params = json!({ "cwd": home.work_dir(), "approvalPolicy": "on-request" });
        let started = codex.ask("thread/start", params).await;
        let thread = started["thread"]["id"].as_str().unwrap().to_owned();
        codex.say(&thread, "Wipe.").await;
        let asked = codex.until(|message| message["method"] == ELICITATION).await;
        assert_eq!(asked["params"]["serverName"], "testkit");
        assert_eq!(asked["params"]["_meta"]["codex_approval_kind"], "mcp_tool_call");
        codex.answer(&asked["id"], json!({ "action": action, "content": {} })).await;
        assert_eq!(codex.ended(&thread).await.texts(), ["Done."]);
        let said = &model.requests()[1].tool_outputs()[0].text;
        assert!(said.contains(output), "{action}: {said}");
    }
}

#[tokio::test]
async fn an_mcp_tool_asks_the_user() {
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::tool("mcp__testkit/ask", json!({}))).reply(Reply::text("Done."));
    let home = CodexHome::builder(&model).mcp_server().build().unwrap();
    let mut codex = RawClient::start(&home).await;
    let params = json!({ "cwd": home.work_dir(), "approvalPolicy": "on-request" });
    let started = codex.ask("thread/start", params).await;
    let thread = started["thread"]["id"].as_str().unwrap().to_owned();
    codex.say(&thread, "Ask.").await;
    let asked = codex.until(|message| message["method"] == ELICITATION).await;
    assert_eq!(asked["params"]["message"], "What is your name?");
    assert_eq!(asked["params"]["requestedSchema"]["required"], json!(["name"]));
    let answer = json!({ "action": "accept", "content": { "name": "Ada" } });
    codex.answer(&asked["id"], answer).await;
    assert_eq!(codex.ended(&thread).await.texts(), ["Done."]);
    let said = &model.requests()[1].tool_outputs()[0].text;
    assert!(said.contains("accept Ada"), "{said}");
}

/// The longest that codex waits for a server that it may do without is a second.
#[cfg(unix)]
#[tokio::test]
async fn an_mcp_server_is_waited_for_that_takes_its_time_to_start() {
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::tool("mcp__testkit/add", json!({ "a": 2, "b": 40 })));
    model.reply(Reply::text("Done."));
    let folder = tempfile::tempdir().unwrap();
    let slow = folder.path().join("slow");
    let program = env!("CARGO_BIN_EXE_codex-testkit-mcp");
    // Written by another process: what this one has open for writing, a program that another test starts at the same
    // time has open as well for a moment, and nobody can run it then.
    let write = r#"printf '#!/bin/sh\nsleep 3\nexec "%s"\n' "$1" > "$0" && chmod 700 "$0""#;
    let mut shell = std::process::Command::new("sh");
    assert!(shell.arg("-c").arg(write).arg(&slow).arg(program).status().unwrap().success());
    let home = CodexHome::builder(&model).mcp_server_at(slow).build().unwrap();
    let mut codex = RawClient::start(&home).await;
    let thread = codex.thread(&home).await;
    assert_eq!(codex.turn(&thread, "Use it.").await.texts(), ["Done."]);
    let output = &model.requests()[1].tool_outputs()[0].text;
    assert!(output.contains("42"), "{output}");
}
