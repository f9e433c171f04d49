//! Turns in which the server asks its client.

use std::path::Path;

use codex_testkit::Reply;
use serde_json::{Value, json};

use super::Played;
use crate::Failure;
use crate::player::Player;

const COMMAND: &str = "item/commandExecution/requestApproval";
const FILES: &str = "item/fileChange/requestApproval";
const PERMISSIONS: &str = "item/permissions/requestApproval";
const QUESTIONS: &str = "item/tool/requestUserInput";
const ELICITATION: &str = "mcpServer/elicitation/request";
const TOOL: &str = "item/tool/call";

/// A client that is asked before every command.
async fn wary(codex: &Path) -> Result<Player, Failure> {
    let mut player = Player::connect(codex, |home| home).await?;
    player.start_thread(json!({ "approvalPolicy": "untrusted" })).await?;
    Ok(player)
}

/// A turn with one command, to whose request this is answered.
async fn decided(codex: &Path, decision: &str) -> Played {
    let mut player = wary(codex).await?;
    player.model.reply(Reply::shell("touch marker")).reply(Reply::text("So be it."));
    player.say("Leave a mark.").await?;
    player.answer(COMMAND, json!({ "decision": decision })).await?;
    player.ended().await?;
    player.end().await
}

pub(super) async fn command_accepted(codex: &Path) -> Played {
    decided(codex, "accept").await
}

pub(super) async fn command_cancelled(codex: &Path) -> Played {
    decided(codex, "cancel").await
}

pub(super) async fn command_declined(codex: &Path) -> Played {
    let mut player = wary(codex).await?;
    player.model.reply(Reply::shell("touch marker"));
    player.model.reply(Reply::text("Then I leave it."));
    player.say("Leave a mark.").await?;
    player.answer(COMMAND, json!({ "decision": "decline" })).await?;
    player.ended().await?;
    player.end().await
}

pub(super) async fn command_accepted_for_session(codex: &Path) -> Played {
    let mut player = wary(codex).await?;
    player.model.reply(Reply::shell("touch marker")).reply(Reply::shell("touch marker"));
    player.model.reply(Reply::text("Marked twice."));
    player.say("Leave a mark, twice.").await?;
    player.answer(COMMAND, json!({ "decision": "acceptForSession" })).await?;
    player.ended().await?;
    player.end().await
}

pub(super) async fn command_amended(codex: &Path) -> Played {
    let mut player = wary(codex).await?;
    player.model.reply(Reply::shell("mkdir one")).reply(Reply::shell("mkdir two"));
    player.model.reply(Reply::text("Made both."));
    player.say("Make two folders.").await?;
    let amendment = json!({ "execpolicy_amendment": ["mkdir"] });
    let decision = json!({ "acceptWithExecpolicyAmendment": amendment });
    player.answer(COMMAND, json!({ "decision": decision })).await?;
    player.ended().await?;
    player.end().await
}

pub(super) async fn command_unanswered(codex: &Path) -> Played {
    let mut player = wary(codex).await?;
    player.model.reply(Reply::shell("touch marker"));
    let turn = player.say("Leave a mark.").await?;
    player.until(COMMAND, |_| true).await?;
    player.ask("turn/interrupt", json!({ "threadId": player.thread, "turnId": turn })).await?;
    player.ended().await?;
    player.end().await
}

pub(super) async fn commands_out_of_order(codex: &Path) -> Played {
    let mut player = wary(codex).await?;
    let calls = Reply::shell("touch one").and(Reply::shell("touch two"));
    player.model.reply(calls.and(Reply::shell("touch three"))).reply(Reply::text("Two of three."));
    player.say("Make three files.").await?;
    let mut open = Vec::new();
    for _ in 0..3 {
        let asked = player.asked(COMMAND).await?;
        open.push((asked.params["command"].to_string(), asked.id));
    }
    // No item completes before all three are decided about.
    for (name, decision) in [("three", "accept"), ("two", "decline"), ("one", "accept")] {
        let place = open.iter().position(|(command, ..)| command.contains(name));
        let (_, id) = open.swap_remove(place.ok_or("a command was not asked about")?);
        player.respond(id, json!({ "decision": decision })).await?;
    }
    player.ended().await?;
    player.end().await
}

/// A client that is asked before files are changed, and a turn that adds one.
async fn patch_decided(codex: &Path, decision: &str, last: &str) -> Played {
    let mut player = Player::connect(codex, |home| home).await?;
    player.start_thread(json!({ "approvalPolicy": "on-request", "sandbox": "read-only" })).await?;
    player.model.reply(Reply::patch("*** Add File: new.txt\n+new"));
    player.model.reply(Reply::text(last));
    player.say("Add a file.").await?;
    player.answer(FILES, json!({ "decision": decision })).await?;
    player.ended().await?;
    player.end().await
}

pub(super) async fn patch_accepted(codex: &Path) -> Played {
    patch_decided(codex, "accept", "Added.").await
}

pub(super) async fn patch_declined(codex: &Path) -> Played {
    patch_decided(codex, "decline", "Then I leave it.").await
}

/// A turn in which this tool is called and this is answered to the request that comes of it.
async fn tool_answered(
    mut player: Player,
    tool: &str,
    call: Value,
    answer: (&str, Value),
) -> Played {
    player.model.reply(Reply::tool(tool, call)).reply(Reply::text("Done."));
    player.say("Do it.").await?;
    player.answer(answer.0, answer.1).await?;
    player.ended().await?;
    player.end().await
}

async fn with_feature(codex: &Path, feature: &str) -> Result<Player, Failure> {
    let mut player = Player::connect(codex, |home| home.feature(feature, true)).await?;
    player.start_thread(json!({ "approvalPolicy": "on-request", "sandbox": "read-only" })).await?;
    // The server tells that the feature is not finished, whenever it comes to it.
    player.heard("warning", |_| true).await?;
    Ok(player)
}

pub(super) async fn permissions_granted(codex: &Path) -> Played {
    let player = with_feature(codex, "request_permissions_tool").await?;
    let permissions = json!({ "network": { "enabled": true } });
    let call = json!({ "reason": "to look it up", "permissions": permissions });
    let answer = json!({ "permissions": permissions, "scope": "turn" });
    tool_answered(player, "request_permissions", call, (PERMISSIONS, answer)).await
}

pub(super) async fn user_input(codex: &Path) -> Played {
    let player = with_feature(codex, "default_mode_request_user_input").await?;
    let option = |label: &str| json!({ "label": label, "description": label });
    let question = json!({ "id": "colour", "header": "Colour", "question": "Which colour?",
                           "options": [option("Red"), option("Blue")] });
    let call = json!({ "questions": [question] });
    let answer = json!({ "answers": { "colour": { "answers": ["Blue"] } } });
    tool_answered(player, "request_user_input", call, (QUESTIONS, answer)).await
}

/// A client of a server that has the testkit's MCP server.
async fn with_mcp(codex: &Path) -> Result<Player, Failure> {
    let mut player = Player::connect(codex, |home| home.mcp_server()).await?;
    player.start_thread(json!({ "approvalPolicy": "on-request" })).await?;
    // It starts beside the thread; a turn would not wait for it to tell.
    let ready = |params: &Value| params["status"] == "ready";
    player.heard("mcpServer/startupStatus/updated", ready).await?;
    Ok(player)
}

pub(super) async fn mcp_elicitation(codex: &Path) -> Played {
    let player = with_mcp(codex).await?;
    let answer = json!({ "action": "accept", "content": { "name": "Ada" } });
    tool_answered(player, "mcp__testkit/ask", json!({}), (ELICITATION, answer)).await
}

pub(super) async fn mcp_tool_accepted(codex: &Path) -> Played {
    let player = with_mcp(codex).await?;
    let answer = json!({ "action": "accept" });
    tool_answered(player, "mcp__testkit/wipe", json!({}), (ELICITATION, answer)).await
}

pub(super) async fn dynamic_tools(codex: &Path) -> Played {
    let mut player = Player::connect(codex, |home| home).await?;
    let tool = |name: &str| {
        json!({ "type": "function", "name": name, "description": "Finds people",
                "inputSchema": { "type": "object", "properties": {} } })
    };
    player.start_thread(json!({ "dynamicTools": [tool("find"), tool("call")] })).await?;
    player.model.reply(Reply::tool("find", json!({}))).reply(Reply::tool("call", json!({})));
    player.model.reply(Reply::text("Found and called."));
    player.say("Find Ada and call her.").await?;
    for (text, success) in [("room 7", true), ("no answer", false)] {
        let items = json!([{ "type": "inputText", "text": text }]);
        player.answer(TOOL, json!({ "contentItems": items, "success": success })).await?;
    }
    player.ended().await?;
    player.end().await
}
