//! What the model was asked.

use codex_testkit::{CodexHome, Reply, ScriptedModel};
use serde_json::json;

use crate::raw_client::RawClient;

#[tokio::test]
async fn a_conversation_is_recorded() {
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::text("One.")).reply(Reply::text("Two."));

    let home = CodexHome::builder(&model).model("other").build().unwrap();
    let mut codex = RawClient::start(&home).await;
    let thread = codex.thread(&home).await;
    codex.turn(&thread, "First?").await;
    let image = "data:image/png;base64,\
        iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let input = json!([{ "type": "text", "text": "Second?" }, { "type": "image", "url": image }]);
    codex.ask("turn/start", json!({ "threadId": thread, "input": input, "model": "other" })).await;

    let requests = model.wait_for_requests(2).await.unwrap();
    let asked: Vec<_> =
        requests.iter().map(|request| (request.model(), request.user_texts())).collect();
    assert_eq!(asked, [("scripted", vec!["First?"]), ("other", vec!["First?", "Second?"])]);
    let images: Vec<_> = requests.iter().map(|request| request.images().len()).collect();
    assert_eq!(images, [0, 1]);
    assert!(requests[1].images()[0].starts_with("data:image/png;base64,"));

    let input = requests[1].body()["input"].as_array().unwrap();
    let answer = input.iter().find(|item| item["role"] == "assistant").unwrap();
    assert_eq!(answer["content"][0]["text"], "One.");
    assert_eq!(requests[0].body()["prompt_cache_key"], thread);
    assert_eq!(requests[0].header("content-type"), Some("application/json"));
    assert!(requests[0].tools().contains(&"apply_patch".to_owned()), "{:?}", requests[0].tools());
}
