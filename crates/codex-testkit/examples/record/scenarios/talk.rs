//! Turns in which the model only talks.

use std::path::Path;

use codex_testkit::{Gate, Reply, Usage};
use serde_json::json;

use super::Played;
use crate::player::{Player, said};

pub(super) async fn text(codex: &Path) -> Played {
    let mut player = Player::start(codex).await?;
    player.model.reply(Reply::text("Hello.")).reply(Reply::text("Hello again."));
    player.turn("Say hello.").await?;
    player.turn("Once more.").await?;
    player.end().await
}

pub(super) async fn deltas(codex: &Path) -> Played {
    let mut player = Player::start(codex).await?;
    let words = (1..=200).map(|number| format!("{number} "));
    player.model.reply(Reply::deltas(words));
    player.turn("Count to 200.").await?;
    player.end().await
}

pub(super) async fn reasoning(codex: &Path) -> Played {
    let mut player =
        Player::start_with(codex, |home| home.config("show_raw_agent_reasoning = true")).await?;
    player.model.reply(
        Reply::raw_reasoning("Two and two.", "Two and two is four.")
            .and(Reply::commentary("Nearly there."))
            .and(Reply::text("Four."))
            .usage(Usage::new(1000, 30).cached(600).reasoning(7)),
    );
    player.turn("What is two and two?").await?;
    player.end().await
}

pub(super) async fn structured_output(codex: &Path) -> Played {
    let mut player = Player::start(codex).await?;
    player.model.reply(Reply::deltas(["{\"files\"", ":3}"]));
    let schema = json!({
        "type": "object",
        "properties": { "files": { "type": "integer" } },
        "required": ["files"],
        "additionalProperties": false,
    });
    let input = json!([said("How many files?")]);
    player.say_with(input, json!({ "outputSchema": schema })).await?;
    player.ended().await?;
    player.end().await
}

pub(super) async fn image(codex: &Path) -> Played {
    /// One transparent pixel.
    const PIXEL: &str = "data:image/png;base64,\
        iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let mut player = Player::start(codex).await?;
    player.model.reply(Reply::text("A pixel."));
    let text = said("What is this?");
    player.say_with(json!([text, { "type": "image", "url": PIXEL }]), json!({})).await?;
    player.ended().await?;
    player.end().await
}

pub(super) async fn web_search(codex: &Path) -> Played {
    let mut player = Player::start(codex).await?;
    player.model.reply(Reply::web_search("weather in Bern").and(Reply::text("Sunny.")));
    player.turn("How is the weather?").await?;
    player.end().await
}

pub(super) async fn steer(codex: &Path) -> Played {
    let mut player = Player::start(codex).await?;
    let gate = Gate::new();
    player.model.reply(Reply::deltas(["First "]).hold(&gate).more(["thoughts."]));
    player.model.reply(Reply::text("In French, then."));
    let turn = player.say("Write a poem.").await?;
    player.until("item/agentMessage/delta", |_| true).await?;
    let input = json!([said("In French.")]);
    let params = json!({ "threadId": player.thread, "expectedTurnId": turn, "input": input });
    player.ask("turn/steer", params).await?;
    gate.open();
    player.ended().await?;
    player.end().await
}

pub(super) async fn interrupt(codex: &Path) -> Played {
    let mut player = Player::start(codex).await?;
    player.model.reply(Reply::deltas(["Never "]).hold(&Gate::new()).more(["ending."]));
    let turn = player.say("Tell a story.").await?;
    player.until("item/agentMessage/delta", |_| true).await?;
    player.ask("turn/interrupt", json!({ "threadId": player.thread, "turnId": turn })).await?;
    player.ended().await?;
    player.end().await
}
