//! A turn that is told more, one that is stopped, and one that is too slow.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 14_turn_controls`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::{Codex, TurnStream};
use codex_testkit::{Gate, Reply};
use std::time::Duration;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    // The scripted model waits there until it is steered.
    let steered = Gate::new();
    let stage = Stage::from_args([
        Reply::deltas(["The sea is wide. "]).hold(&steered),
        Reply::text("The desert is dry."),
        Reply::deltas(["Once upon a time, "]).and(Reply::silence()),
        Reply::silence(),
    ])?;
    let codex = Codex::builder().config(stage.config()).start().await?;
    let thread = codex.thread_start().await?;

    // Told more, while it runs.
    let turn = thread.turn("Tell me about the sea, at length.").await?;
    let mut events = turn.stream()?;
    let begun = until_words(&mut events).await?;
    turn.steer("No, about the desert.").await?;
    steered.open();
    report("steered", begun, events).await?;

    // Stopped. A command that it has started would go on in the background.
    let turn = thread.turn("Tell me a fairy tale.").await?;
    let mut events = turn.stream()?;
    let begun = until_words(&mut events).await?;
    turn.interrupt().await?;
    report("interrupted", begun, events).await?;

    // Stopped when it says nothing for so long. What came until then is in the error.
    let late = thread.run("And another one.").idle_timeout(Duration::from_secs(1)).await;
    match late {
        Ok(result) => println!("in time: {}", result.status),
        Err(error) => match error.turn_result() {
            Some(result) if error.is_timeout() => println!("too slow: said {:?}", result.text),
            _ => return Err(error.into()),
        },
    }

    codex.close().await?;
    Ok(())
}

/// Reads until the assistant begins to speak; gives the number of events.
async fn until_words(events: &mut TurnStream) -> Result<usize, Failure> {
    let mut count = 0;
    while let Some(event) = events.next().await {
        count += 1;
        if event?.text_delta().is_some() {
            return Ok(count);
        }
    }
    // It failed, or had nothing to say.
    events.turn().snapshot().error_for_status()?;
    Err("the turn ended without a word".into())
}

/// Reads to the end, and tells what came of it.
async fn report(what: &str, mut count: usize, mut events: TurnStream) -> Result<(), Failure> {
    while let Some(event) = events.next().await {
        event?;
        count += 1;
    }
    let result = events.result().await?;
    let preview: String = result.text.chars().take(40).collect();
    println!("{what}: {}, {count} events: {preview}", result.status);
    Ok(())
}
