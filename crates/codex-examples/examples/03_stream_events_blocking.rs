//! Every event of a turn as it comes; saying more meanwhile, and stopping it. Without async.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 03_stream_events_blocking`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::blocking::{Codex, TurnStream};
use codex_sdk::{Event, ServerNotification, ThreadItem};
use codex_testkit::{Gate, Reply};

fn main() -> Result<(), Failure> {
    // The scripted model stops there until it is steered, and later until it is interrupted.
    let steered = Gate::new();
    let stage = Stage::from_args([
        Reply::deltas(["One, "]).hold(&steered),
        Reply::deltas(["Ten, "]).and(Reply::silence()),
    ])?;
    let codex = Codex::builder().config(stage.config()).start()?;
    let thread = codex.thread_start().send()?;

    let turn = thread.turn("Count to a hundred, in words.").send()?;
    let mut events = turn.stream()?;
    show_until(&mut events, |event| event.text_delta().is_some())?;

    // It is taken up within the same turn, as an item of the user's.
    turn.steer("Count down from ten instead.").send()?;
    steered.open();
    show_until(&mut events, is_user_message)?;
    show_until(&mut events, |event| event.text_delta().is_some())?;

    // The end comes as an event, too.
    turn.interrupt()?;
    show_until(&mut events, is_end)?;

    // Whole, whatever was streamed.
    let result = events.result()?;
    println!("status: {}", result.status);
    println!("text: {}", result.text);

    codex.close()?;
    Ok(())
}

/// Shows the events up to one that is wanted.
fn show_until(events: &mut TurnStream, wanted: fn(&Event) -> bool) -> Result<(), Failure> {
    for event in &mut *events {
        let event = event?;
        let method = event.method();
        if let Some(text) = event.text_delta() {
            println!("{method}: {text:?}");
        } else if let Some(item) = event.started_item().or(event.completed_item()) {
            println!("{method}: {}", item.kind());
        } else {
            println!("{method}");
        }
        if wanted(&event) {
            return Ok(());
        }
    }
    // It failed before, or had nothing more to say.
    events.turn().snapshot().error_for_status()?;
    Err("the turn ended before what was waited for".into())
}

fn is_end(event: &Event) -> bool {
    matches!(event, Event::Notification(ServerNotification::TurnCompleted(_)))
}

fn is_user_message(event: &Event) -> bool {
    event.completed_item().is_some_and(|item| matches!(**item, ThreadItem::UserMessage(_)))
}
