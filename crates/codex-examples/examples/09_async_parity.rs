//! The same steps with the async client and with the blocking one.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 09_async_parity`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::{CodexConfig, Result, TurnResult};
use codex_testkit::Reply;

#[tokio::main]
async fn main() -> std::result::Result<(), Failure> {
    let answer = || Reply::deltas(["The same ", "in both."]);
    let stage = Stage::from_args([answer(), answer()])?;

    let asynchronous = with_async(stage.config()).await?;
    let config = stage.config();
    // The blocking client waits on the calling thread: in an async program, that is one where waiting is fine.
    let blocking = tokio::task::spawn_blocking(|| without_async(config)).await??;

    for (name, result) in [("async", asynchronous), ("blocking", blocking)] {
        println!("{name}: {}, {} items, {}", result.status, result.items.len(), result.text);
    }
    Ok(())
}

async fn with_async(config: CodexConfig) -> Result<TurnResult> {
    use codex_sdk::Codex;

    let codex = Codex::builder().config(config).start().await?;
    let thread = codex.thread_start().read_only().await?;
    let turn = thread.turn("Are both clients the same?").await?;
    let mut events = turn.stream()?;
    while let Some(event) = events.next().await {
        println!("async: {}", event?.method());
    }
    let result = events.result().await?;
    codex.close().await?;
    result.error_for_status()
}

fn without_async(config: CodexConfig) -> Result<TurnResult> {
    use codex_sdk::blocking::Codex;

    let codex = Codex::builder().config(config).start()?;
    let thread = codex.thread_start().read_only().send()?;
    let turn = thread.turn("Are both clients the same?").send()?;
    let mut events = turn.stream()?;
    for event in &mut events {
        println!("blocking: {}", event?.method());
    }
    let result = events.result()?;
    codex.close()?;
    result.error_for_status()
}
