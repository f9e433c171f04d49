//! What is done to the server from outside, and by its model: each call ends, says what happened, and no process is left.

mod disk;
mod models;
mod signals;

use super::Stage;
use codex_sdk::{Codex, Error, Thread, TurnResult};
use std::time::Duration;

/// Runs `work`; panics with `what` if it takes two minutes.
async fn ends<T>(what: &str, work: impl Future<Output = T>) -> T {
    let patience = Duration::from_secs(120);
    let outcome = tokio::time::timeout(patience, work).await;
    outcome.unwrap_or_else(|_| panic!("{what} hangs"))
}

/// A turn from its start to its result.
async fn turn(thread: &Thread, input: &str) -> Result<TurnResult, Error> {
    thread.turn(input).await?.run().await
}

/// A start and a thread.
async fn start(builder: codex_sdk::CodexBuilder) -> Result<(Codex, Thread), Error> {
    let codex = builder.start().await?;
    let thread = codex.thread_start().await?;
    Ok((codex, thread))
}
