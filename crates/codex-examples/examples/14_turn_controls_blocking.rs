//! A turn that is told more, one that is stopped, and one that is too slow. Without async.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 14_turn_controls_blocking`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::blocking::{Codex, TurnStream};
use codex_testkit::{Gate, Reply};
use std::time::Duration;

fn main() -> Result<(), Failure> {
    // The scripted model waits there until it is steered.
    let steered = Gate::new();
    let stage = Stage::from_args([
        Reply::deltas(["The sea is wide. "]).hold(&steered),
        Reply::text("The desert is dry."),
        Reply::deltas(["Once upon a time, "]).and(Reply::silence()),
        Reply::silence(),
    ])?;
    let codex = Codex::builder().config(stage.config()).start()?;
    let thread = codex.thread_start().send()?;

    // Told more, while it runs.
    let turn = thread.turn("Tell me about the sea, at length.").send()?;
    let mut events = turn.stream()?;
    let begun = until_words(&mut events)?;
    turn.steer("No, about the desert.").send()?;
    steered.open();
    report("steered", begun, events)?;

    // Stopped. A command that it has started would go on in the background.
    let turn = thread.turn("Tell me a fairy tale.").send()?;
    let mut events = turn.stream()?;
    let begun = until_words(&mut events)?;
    turn.interrupt()?;
    report("interrupted", begun, events)?;

    // Stopped when it says nothing for so long. What came until then is in the error.
    let late = thread.run("And another one.").idle_timeout(Duration::from_secs(1)).send();
    match late {
        Ok(result) => println!("in time: {}", result.status),
        Err(error) => match error.turn_result() {
            Some(result) if error.is_timeout() => println!("too slow: said {:?}", result.text),
            _ => return Err(error.into()),
        },
    }

    codex.close()?;
    Ok(())
}

/// Reads until the assistant begins to speak; gives the number of events.
fn until_words(events: &mut TurnStream) -> Result<usize, Failure> {
    let mut count = 0;
    for event in &mut *events {
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
fn report(what: &str, mut count: usize, mut events: TurnStream) -> Result<(), Failure> {
    for event in &mut events {
        event?;
        count += 1;
    }
    let result = events.result()?;
    let preview: String = result.text.chars().take(40).collect();
    println!("{what}: {}, {count} events: {preview}", result.status);
    Ok(())
}
