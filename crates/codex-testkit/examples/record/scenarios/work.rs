//! Turns in which the model uses tools.

use std::path::Path;

use codex_testkit::Reply;
use serde_json::json;

use super::Played;
use crate::player::Player;

// The commands pause before and after they print: codex streams no output of a command that has
// ended before it looks.

pub(super) async fn command(codex: &Path) -> Played {
    let mut player = Player::start(codex).await?;
    player.model.reply(Reply::shell("sleep 0.3; echo 42; sleep 0.3"));
    player.model.reply(Reply::text("It is 42."));
    player.turn("Work it out.").await?;
    player.end().await
}

pub(super) async fn commands_at_once(codex: &Path) -> Played {
    let mut player = Player::start(codex).await?;
    let (fast, slow) = ("sleep 0.3; exit 3", "sleep 0.8; exit 4");
    player.model.reply(Reply::shell(fast).and(Reply::shell(slow)));
    player.model.reply(Reply::text("Both failed."));
    player.turn("Try both.").await?;
    player.end().await
}

pub(super) async fn background_command(codex: &Path) -> Played {
    let mut player = Player::start(codex).await?;
    let command = "while [ ! -e stop ]; do sleep 0.1; done";
    let arguments = json!({ "cmd": command, "yield_time_ms": 250 });
    player.model.reply(Reply::tool("exec_command", arguments));
    player.model.reply(Reply::text("It runs."));
    player.turn("Start it.").await?;
    std::fs::write(player.home.work_dir().join("stop"), "")?;
    player.until("item/completed", |params| params["item"]["type"] == "commandExecution").await?;
    player.end().await
}

pub(super) async fn patch(codex: &Path) -> Played {
    let mut player = Player::start(codex).await?;
    let work = player.home.work_dir();
    std::fs::write(work.join("list.txt"), "one\ntwo\nthree\n")?;
    std::fs::write(work.join("old.txt"), "old\n")?;
    player.model.reply(Reply::patch(
        "*** Add File: new.txt\n+new\n\
         *** Update File: list.txt\n@@\n one\n-two\n+2\n three\n\
         *** Delete File: old.txt",
    ));
    player.model.reply(Reply::text("Changed."));
    player.turn("Change the files.").await?;
    player.end().await
}
