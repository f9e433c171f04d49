//! A chat in the terminal: text as it comes, approvals asked, Ctrl-C stops an answer. Without async.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 11_chat_blocking`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Lines, Stage, dim, on_ctrl_c, plain, plain_lines};
use codex_sdk::blocking::{Codex, Thread, Turn};
use codex_sdk::{Event, PendingRequest, ServerNotification, ThreadItem, TurnResult, TurnStatus};
use codex_testkit::Reply;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The turn that Ctrl-C stops.
type Running = Arc<Mutex<Option<Turn>>>;

fn main() -> Result<(), Failure> {
    let stage = Stage::from_args([
        Reply::deltas(["Hello! ", "What ", "can ", "I ", "do?"]).delay(Duration::from_millis(40)),
        Reply::shell_escalated("touch marker", "to leave a mark"),
        Reply::text("There is a mark now."),
        Reply::deltas(["Once upon a time, "]).and(Reply::silence()),
        Reply::text("Here I am."),
    ])?;
    let codex = Codex::builder().config(stage.config()).start()?;
    // Where nothing may be written, everything that writes is asked for.
    let thread = codex.thread_start().read_only().send()?;

    // One thread waits for the turn, and another stops it.
    let running = Running::default();
    on_ctrl_c({
        let (codex, running) = (codex.clone(), Arc::clone(&running));
        move || {
            let turn = running.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(turn) = turn {
                if let Err(error) = turn.interrupt() {
                    eprintln!("{error}");
                }
                return;
            }
            // Nothing runs, and the prompt cannot be given up: this is the end, in order.
            println!("\n{}", dim("Goodbye."));
            let closed = codex.close();
            if let Err(error) = &closed {
                eprintln!("{error}");
            }
            std::process::exit(i32::from(closed.is_err()));
        }
    })?;

    let mut lines = Lines::of_stdin();
    println!("{}", dim("Ctrl-C stops an answer. An empty line ends the chat."));
    loop {
        say("you: ");
        let Some(line) = lines.blocking_next() else {
            println!();
            break;
        };
        if line.trim().is_empty() {
            break;
        }
        answer(&thread, &line, &mut lines, &running)?;
    }
    println!("{}", dim("Goodbye."));
    codex.close()?;
    Ok(())
}

/// One turn: what is said, as it is said.
fn answer(
    thread: &Thread,
    text: &str,
    lines: &mut Lines,
    running: &Running,
) -> Result<(), Failure> {
    // Locked until there is a turn to stop: Ctrl-C waits for it.
    let mut stoppable = running.lock().unwrap_or_else(PoisonError::into_inner);
    let turn = thread.turn(text).send()?;
    let mut events = turn.stream_with_requests()?;
    *stoppable = Some(turn);
    drop(stoppable);
    for event in &mut events {
        match event? {
            Event::Request(request) => decide(request, lines),
            event => show(&event),
        }
    }
    *running.lock().unwrap_or_else(PoisonError::into_inner) = None;
    let result = events.result()?;
    println!("{}", dim(&summary(&result)));
    Ok(())
}

/// Asks the person. All but a clear yes is a no, and so is silence: nobody is there.
fn decide(request: PendingRequest, lines: &mut Lines) {
    let asked = Instant::now();
    println!("Codex wants to {}. Allow it? [y/n]", wish(&request));
    // Not longer than it is wanted: Ctrl-C stops the turn, and it may be answered elsewhere.
    let line = lines.blocking_next_unless(asked, |pause| request.withdrawn_within(pause));
    let yes = matches!(line.as_deref().map(str::trim), Some("y" | "yes"));
    match request {
        PendingRequest::Command(request) if yes => request.accept(),
        PendingRequest::FileChange(request) if yes => request.accept(),
        other => other.decline(),
    };
}

/// What is asked, in the words of the one who has to decide.
fn wish(request: &PendingRequest) -> String {
    match request {
        PendingRequest::Command(request) => {
            let command = request.command().unwrap_or("a command that is not shown");
            format!("run {}", plain(command))
        }
        PendingRequest::FileChange(request) => {
            let changes = request.changes().unwrap_or_default();
            let shown = changes.iter().map(|it| plain(&it.path) + "\n" + &plain_lines(&it.diff));
            format!("change {}", shown.collect::<Vec<_>>().join("\n"))
        }
        other => format!("have {} answered, which this chat cannot do", plain(other.method())),
    }
}

fn show(event: &Event) {
    if let Some(text) = event.text_delta() {
        say(&plain_lines(text));
    }
    match event.completed_item().map(|item| &**item) {
        Some(ThreadItem::AgentMessage(_)) => println!(),
        Some(ThreadItem::CommandExecution(item)) => {
            println!("{}", dim(&format!("[{}: {}]", plain(&item.command), item.status)));
        }
        Some(ThreadItem::FileChange(item)) => {
            println!("{}", dim(&format!("[change: {}]", item.status)));
        }
        _ => {}
    }
    // The server tries again by itself, unless the turn has failed.
    if let Event::Notification(ServerNotification::Error(error)) = event {
        println!("{}", dim(&format!("[{}]", plain(&error.error.message))));
    }
}

fn summary(result: &TurnResult) -> String {
    let used = result.usage.as_ref().map_or(0, |usage| usage.total_tokens);
    let so_far = result.thread_usage.as_ref().map_or(0, |usage| usage.total.total_tokens);
    // What was cut off has no line's end of its own.
    let end = if result.status == TurnStatus::Completed { "" } else { "\n" };
    format!("{end}[{}, {used} tokens, {so_far} in this chat]", result.status)
}

/// Without a line's end, and seen at once. A terminal that is gone is no reason to stop.
fn say(text: &str) {
    print!("{text}");
    let _ = std::io::stdout().flush();
}
