//! What happens to threads.

use std::path::Path;

use codex_testkit::Reply;
use serde_json::json;

use super::Played;
use crate::player::Player;

pub(super) async fn compact(codex: &Path) -> Played {
    let mut player = Player::start(codex).await?;
    for text in ["Hello.", "We said hello.", "Still here."] {
        player.model.reply(Reply::text(text));
    }
    player.turn("Say hello.").await?;
    player.ask("thread/compact/start", json!({ "threadId": player.thread })).await?;
    player.ended().await?;
    player.turn("Are you there?").await?;
    player.end().await
}

pub(super) async fn review(codex: &Path) -> Played {
    let mut player = Player::start(codex).await?;
    let location = json!({
        "absolute_file_path": player.home.work_dir().join("list.txt"),
        "line_range": { "start": 1, "end": 2 },
    });
    let finding = json!({
        "title": "Off by one",
        "body": "The list starts at zero.",
        "confidence_score": 0.5,
        "priority": 1,
        "code_location": location,
    });
    let findings = json!({
        "findings": [finding],
        "overall_correctness": "patch is incorrect",
        "overall_explanation": "One thing to mend.",
        "overall_confidence_score": 0.5,
    });
    player.model.reply(Reply::text(findings.to_string()));
    let target = json!({ "type": "custom", "instructions": "Look at the list." });
    player.ask("review/start", json!({ "threadId": player.thread, "target": target })).await?;
    player.ended().await?;
    player.end().await
}

pub(super) async fn fork(codex: &Path) -> Played {
    let mut player = Player::start(codex).await?;
    player.model.reply(Reply::text("Here is the road.")).reply(Reply::text("To the left."));
    player.turn("Where is the road?").await?;
    let forked = player.ask("thread/fork", json!({ "threadId": player.thread })).await?;
    player.thread = forked["thread"]["id"].as_str().ok_or("a fork without an id")?.to_owned();
    player.until("thread/started", |_| true).await?;
    player.turn("And now?").await?;
    player.end().await
}

pub(super) async fn resume(codex: &Path) -> Played {
    let mut player = Player::start(codex).await?;
    player.model.reply(Reply::text("Hello.")).reply(Reply::text("Hello again."));
    player.turn("Say hello.").await?;
    player.restart().await?;
    let params = json!({ "threadId": player.thread, "excludeTurns": true });
    player.ask("thread/resume", params).await?;
    player.until("thread/tokenUsage/updated", |_| true).await?;
    player.turn("Once more.").await?;
    player.end().await
}
