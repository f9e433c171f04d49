//! Acting in mid-turn without sleeping.

use codex_testkit::{CodexHome, Gate, Reply, ScriptedModel};
use serde_json::{Value, json};

use crate::raw_client::RawClient;

fn is_delta(event: &Value) -> bool {
    event["method"] == "item/agentMessage/delta"
}

#[tokio::test]
async fn a_held_reply_goes_on_when_the_gate_opens() {
    let gate = Gate::new();
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::deltas(["before "]).hold(&gate).more(["after"]));

    let home = CodexHome::new(&model).unwrap();
    let mut codex = RawClient::start(&home).await;
    let thread = codex.thread(&home).await;
    codex.say(&thread, "Begin.").await;
    gate.reached().await.unwrap();
    let delta = codex.until(is_delta).await;
    assert_eq!(delta["params"]["delta"], "before ");

    gate.open();
    let ended = codex.ended(&thread).await;
    assert_eq!(ended.deltas(), ["before ", "after"]);
    assert_eq!(ended.texts(), ["before after"]);
}

#[tokio::test]
async fn a_held_turn_is_interrupted() {
    let gate = Gate::new();
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::deltas(["never "]).hold(&gate).more(["finished"]));

    let home = CodexHome::new(&model).unwrap();
    let mut codex = RawClient::start(&home).await;
    let thread = codex.thread(&home).await;
    let turn = codex.say(&thread, "Begin.").await;
    codex.until(is_delta).await;
    codex.ask("turn/interrupt", json!({ "threadId": thread, "turnId": turn })).await;

    let ended = codex.ended(&thread).await;
    assert_eq!(ended.turn["status"], "interrupted");
    assert_eq!(ended.deltas(), ["never "]);
}

#[tokio::test]
async fn a_held_server_is_killed_in_mid_turn() {
    let gate = Gate::new();
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::silence().hold(&gate));

    let home = CodexHome::new(&model).unwrap();
    let mut codex = RawClient::start(&home).await;
    let thread = codex.thread(&home).await;
    codex.say(&thread, "Begin.").await;
    assert_eq!(model.wait_for_requests(1).await.unwrap()[0].last_user_text(), "Begin.");

    assert!(!codex.kill().await.success());
    assert!(!gate.is_reached());
}

#[tokio::test]
async fn a_model_is_dropped_in_mid_turn() {
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::deltas(["on and "]).hold(&Gate::new()));

    let home = CodexHome::new(&model).unwrap();
    let mut codex = RawClient::start(&home).await;
    let thread = codex.thread(&home).await;
    codex.say(&thread, "Begin.").await;
    codex.until(is_delta).await;
    drop(model);

    assert_eq!(codex.ended(&thread).await.turn["status"], "failed");
}
