//! Turns in which the model fails.

use std::path::Path;
use std::time::Duration;

use codex_testkit::{CodexHomeBuilder, Gate, Reply};

use super::Played;
use crate::player::Player;

pub(super) async fn http_400(codex: &Path) -> Played {
    played(codex, [Reply::http_error(400, "no such thing")], |home| home).await
}

pub(super) async fn http_429(codex: &Path) -> Played {
    played(codex, [Reply::http_error(429, "not so fast").always()], |home| home.retries(1, 1)).await
}

pub(super) async fn http_500_then_ok(codex: &Path) -> Played {
    let replies = [Reply::http_error(500, "not now"), Reply::text("Now.")];
    played(codex, replies, |home| home.retries(1, 0)).await
}

pub(super) async fn overloaded(codex: &Path) -> Played {
    played(codex, [Reply::overloaded()], |home| home).await
}

pub(super) async fn context_exceeded(codex: &Path) -> Played {
    played(codex, [Reply::sse_error("context_length_exceeded")], |home| home).await
}

pub(super) async fn cut(codex: &Path) -> Played {
    played(codex, [Reply::cut_after(["half ", "a "])], |home| home).await
}

pub(super) async fn cut_then_ok(codex: &Path) -> Played {
    let replies = [Reply::cut_after(["half "]), Reply::text("half a loaf")];
    played(codex, replies, |home| home.retries(0, 1)).await
}

pub(super) async fn incomplete(codex: &Path) -> Played {
    played(codex, [Reply::incomplete("So far", "max_output_tokens")], |home| home).await
}

pub(super) async fn idle(codex: &Path) -> Played {
    let silent = Reply::deltas(["Well, "]).hold(&Gate::new());
    played(codex, [silent], |home| home.stream_idle_timeout(Duration::from_millis(500))).await
}

/// One turn in which the model answers with these.
async fn played(
    codex: &Path,
    replies: impl IntoIterator<Item = Reply>,
    home: impl FnOnce(CodexHomeBuilder) -> CodexHomeBuilder,
) -> Played {
    let mut player = Player::start_with(codex, home).await?;
    for reply in replies {
        player.model.reply(reply);
    }
    player.turn("Go.").await?;
    player.end().await
}
