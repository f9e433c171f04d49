//! A chat in the terminal: text as it comes, approvals asked, Ctrl-C stops an answer.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 11_chat`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{CtrlC, Failure, Lines, Stage, dim, plain, plain_lines};
use codex_sdk::{
    Codex, Event, PendingRequest, ServerNotification, Thread, ThreadItem, Turn, TurnResult,
    TurnStatus,
};
use codex_testkit::Reply;
use std::io::Write;
use std::time::{Duration, Instant};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let stage = Stage::from_args([
        Reply::deltas(["Hello! ", "What ", "can ", "I ", "do?"]).delay(Duration::from_millis(40)),
        Reply::shell_escalated("touch marker", "to leave a mark"),
        Reply::text("There is a mark now."),
        Reply::deltas(["Once upon a time, "]).and(Reply::silence()),
        Reply::text("Here I am."),
    ])?;
    let codex = Codex::builder().config(stage.config()).start().await?;
    // Where nothing may be written, everything that writes is asked for.
    let thread = codex.thread_start().read_only().await?;
    let mut lines = Lines::of_stdin();
    let mut ctrl_c = CtrlC::listen()?;
    println!("{}", dim("Ctrl-C stops an answer. An empty line ends the chat."));
    loop {
        say("you: ");
        let line = tokio::select! {
            line = lines.next() => line,
            () = ctrl_c.pressed() => None,
        };
        let Some(line) = line else {
            println!();
            break;
        };
        if line.trim().is_empty() {
            break;
        }
        answer(&thread, &line, &mut lines, &mut ctrl_c).await?;
    }
    println!("{}", dim("Goodbye."));
    codex.close().await?;
    Ok(())
}

/// One turn: what is said, as it is said. What the person types meanwhile is told to the model, too.
async fn answer(
    thread: &Thread,
    text: &str,
    lines: &mut Lines,
    ctrl_c: &mut CtrlC,
) -> Result<(), Failure> {
    let turn = thread.turn(text).await?;
    let mut events = turn.stream_with_requests()?;
    loop {
        tokio::select! {
            event = events.next() => match event.transpose()? {
                Some(Event::Request(request)) => decide(request, &turn, lines, ctrl_c).await?,
                Some(event) => show(&event),
                None => break,
            },
            Some(line) = lines.next() => {
                // Most likely it came too late: the answer was just complete.
                if let Err(error) = turn.steer(line).await {
                    println!("{}", dim(&format!("[{error}]")));
                }
            }
            () = ctrl_c.pressed() => turn.interrupt().await?,
        }
    }
    let result = events.result().await?;
    println!("{}", dim(&summary(&result)));
    Ok(())
}

/// Asks the person. All but a clear yes is a no, and so is silence: nobody is there.
async fn decide(
    request: PendingRequest,
    turn: &Turn,
    lines: &mut Lines,
    ctrl_c: &mut CtrlC,
) -> Result<(), Failure> {
    let asked = Instant::now();
    println!("Codex wants to {}. Allow it? [y/n]", wish(&request));
    let line = tokio::select! {
        line = lines.next_since(asked) => line,
        // Its turn has ended, or it was answered elsewhere.
        () = request.withdrawn() => return Ok(()),
        // Dropped, the request is declined.
        () = ctrl_c.pressed() => return Ok(turn.interrupt().await?),
    };
    let yes = matches!(line.as_deref().map(str::trim), Some("y" | "yes"));
    match request {
        PendingRequest::Command(request) if yes => request.accept(),
        PendingRequest::FileChange(request) if yes => request.accept(),
        other => other.decline(),
    };
    Ok(())
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
