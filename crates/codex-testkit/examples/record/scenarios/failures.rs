//! Turns in which the model fails.

use std::time::Duration;

use codex_testkit::{CodexHomeBuilder, Gate, Reply};

use super::Played;
use crate::player::Player;

pub(super) async fn http_400() -> Played {
    played([Reply::http_error(400, "no such thing")], |home| home).await
}

pub(super) async fn http_429() -> Played {
    played([Reply::http_error(429, "not so fast").always()], |home| home.retries(1, 1)).await
}

pub(super) async fn http_500_then_ok() -> Played {
    let replies = [Reply::http_error(500, "not now"), Reply::text("Now.")];
    played(replies, |home| home.retries(1, 0)).await
}

pub(super) async fn overloaded() -> Played {
    played([Reply::overloaded()], |home| home).await
}

pub(super) async fn context_exceeded() -> Played {
    played([Reply::sse_error("context_length_exceeded")], |home| home).await
}

pub(super) async fn cut() -> Played {
    played([Reply::cut_after(["half ", "a "])], |home| home).await
}

pub(super) async fn cut_then_ok() -> Played {
    let replies = [Reply::cut_after(["half "]), Reply::text("half a loaf")];
    played(replies, |home| home.retries(0, 1)).await
}

pub(super) async fn incomplete() -> Played {
    played([Reply::incomplete("So far", "max_output_tokens")], |home| home).await
}

pub(super) async fn idle() -> Played {
    let silent = Reply::deltas(["Well, "]).hold(&Gate::new());
    played([silent], |home| home.stream_idle_timeout(Duration::from_millis(500))).await
}

/// One turn in which the model answers with these.
async fn played(
    replies: impl IntoIterator<Item = Reply>,
    home: impl FnOnce(CodexHomeBuilder) -> CodexHomeBuilder,
) -> Played {
    let mut player = Player::start_with(home).await?;
    for reply in replies {
        player.model.reply(reply);
    }
    player.turn("Go.").await?;
    player.end().await
}
