//! Every event of a turn as it comes; saying more meanwhile, and stopping it.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 03_stream_events`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::{Codex, Event, ServerNotification, ThreadItem, TurnStream};
use codex_testkit::{Gate, Reply};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    // The scripted model stops there until it is steered, and later until it is interrupted.
    let steered = Gate::new();
    let stage = Stage::from_args([
        Reply::deltas(["One, "]).hold(&steered),
        Reply::deltas(["Ten, "]).and(Reply::silence()),
    ])?;
    let codex = Codex::builder().config(stage.config()).start().await?;
    let thread = codex.thread_start().await?;

    let turn = thread.turn("Count to a hundred, in words.").await?;
    let mut events = turn.stream()?;
    show_until(&mut events, |event| event.text_delta().is_some()).await?;

    // It is taken up within the same turn, as an item of the user's.
    turn.steer("Count down from ten instead.").await?;
    steered.open();
    show_until(&mut events, is_user_message).await?;
    show_until(&mut events, |event| event.text_delta().is_some()).await?;

    // The end comes as an event, too.
    turn.interrupt().await?;
    show_until(&mut events, is_end).await?;

    // Whole, whatever was streamed.
    let result = events.result().await?;
    println!("status: {}", result.status);
    println!("text: {}", result.text);

    codex.close().await?;
    Ok(())
}

/// Shows the events up to one that is wanted.
async fn show_until(events: &mut TurnStream, wanted: fn(&Event) -> bool) -> Result<(), Failure> {
    while let Some(event) = events.next().await {
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
