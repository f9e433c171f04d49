//! What the model says comes out of the turn.

use std::time::Duration;

use codex_testkit::{CodexHome, Reply, ScriptedModel, Usage};
use serde_json::json;

use crate::raw_client::RawClient;

#[tokio::test]
async fn a_turn_says_what_the_script_says() {
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::text("Hello from the model."));

    let home = CodexHome::new(&model).unwrap();
    let mut codex = RawClient::start(&home).await;
    let thread = codex.thread(&home).await;
    let ended = codex.turn(&thread, "Say hello.").await;

    assert_eq!(ended.turn["status"], "completed");
    assert_eq!(ended.deltas(), ["Hello from the model."]);
    assert_eq!(ended.texts(), ["Hello from the model."]);
    model.check().unwrap();
}

#[tokio::test]
async fn two_hundred_deltas_arrive_in_order() {
    let words: Vec<_> = (0..200).map(|n| format!("w{n} ")).collect();
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::deltas(&words).delay(Duration::from_micros(100)));

    let home = CodexHome::new(&model).unwrap();
    let mut codex = RawClient::start(&home).await;
    let thread = codex.thread(&home).await;
    let ended = codex.turn(&thread, "Count.").await;

    assert_eq!(ended.deltas(), words);
    assert_eq!(ended.texts(), [words.concat()]);
}

#[tokio::test]
async fn reasoning_commentary_and_usage_are_shown() {
    let model = ScriptedModel::start().await.unwrap();
    model.reply(
        Reply::reasoning("Let me see.")
            .and(Reply::commentary("Nearly there."))
            .and(Reply::text("Done."))
            .usage(Usage::new(1000, 30).cached(600).reasoning(7)),
    );

    let home = CodexHome::new(&model).unwrap();
    let mut codex = RawClient::start(&home).await;
    let thread = codex.thread(&home).await;
    let ended = codex.turn(&thread, "Think.").await;

    assert_eq!(ended.items("reasoning")[0]["summary"], json!(["Let me see."]));
    let messages = ended.items("agentMessage");
    let said: Vec<_> = messages.iter().map(|item| (&item["text"], &item["phase"])).collect();
    let (nothing, commentary) = (json!(null), json!("commentary"));
    assert_eq!(said, [(&json!("Nearly there."), &commentary), (&json!("Done."), &nothing)]);
    let usage = &ended.params("thread/tokenUsage/updated")[0]["tokenUsage"];
    let mut last = usage["last"].clone();
    last.as_object_mut().unwrap().retain(|_, count| count != 0);
    assert_eq!(
        last,
        json!({ "inputTokens": 1000, "cachedInputTokens": 600, "outputTokens": 30,
                "reasoningOutputTokens": 7, "totalTokens": 1030 })
    );
}

#[tokio::test]
async fn reasoning_is_shown_by_part_and_raw() {
    let model = ScriptedModel::start().await.unwrap();
    model.reply(
        Reply::reasoning_parts(["First this.", "Then that."])
            .and(Reply::raw_reasoning("In short.", "At full length."))
            .and(Reply::text("So.")),
    );
    let home = CodexHome::builder(&model).config("show_raw_agent_reasoning = true");
    let home = home.build().unwrap();
    let mut codex = RawClient::start(&home).await;
    let thread = codex.thread(&home).await;
    let ended = codex.turn(&thread, "Think.").await;

    let items = ended.items("reasoning");
    assert_eq!(items[0]["summary"], json!(["First this.", "Then that."]));
    assert_eq!(items[1]["content"], json!(["At full length."]));
    let summary: Vec<_> = ended
        .params("item/reasoning/summaryTextDelta")
        .into_iter()
        .map(|params| (params["summaryIndex"].as_i64().unwrap(), params["delta"].as_str().unwrap()))
        .collect();
    let deltas =
        [(0, "First "), (0, "this."), (1, "Then "), (1, "that."), (0, "In "), (0, "short.")];
    assert_eq!(summary, deltas);
    let raw: Vec<_> = ended
        .params("item/reasoning/textDelta")
        .into_iter()
        .map(|params| params["delta"].as_str().unwrap())
        .collect();
    assert_eq!(raw, ["At ", "full ", "length."]);
}

#[tokio::test]
async fn a_web_search_is_shown() {
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::web_search("weather in Bern").and(Reply::text("Sunny.")));
    let home = CodexHome::new(&model).unwrap();
    let mut codex = RawClient::start(&home).await;
    let thread = codex.thread(&home).await;
    let ended = codex.turn(&thread, "How is the weather?").await;
    assert_eq!(ended.items("webSearch")[0]["query"], "weather in Bern");
    assert_eq!(ended.texts(), ["Sunny."]);
}

#[tokio::test]
async fn two_threads_at_once_each_get_their_own_words() {
    let model = ScriptedModel::start().await.unwrap();
    model.on("Alpha").reply(Reply::text("alpha 1")).reply(Reply::text("alpha 2"));
    model.on("Beta").reply(Reply::text("beta 1")).reply(Reply::text("beta 2"));

    let home = CodexHome::new(&model).unwrap();
    let mut codex = RawClient::start(&home).await;
    let (alpha, beta) = (codex.thread(&home).await, codex.thread(&home).await);
    for round in ["1", "2"] {
        codex.say(&beta, "Beta speaks.").await;
        codex.say(&alpha, "Alpha speaks.").await;
        for (thread, name) in [(&alpha, "alpha"), (&beta, "beta")] {
            let text = json!(format!("{name} {round}"));
            codex
                .until(|event| {
                    let params = &event["params"];
                    event["method"] == "turn/completed"
                        && params["threadId"] == *thread
                        && params["turn"]["items"][0]["text"] == text
                })
                .await;
        }
    }
    model.check().unwrap();
}
