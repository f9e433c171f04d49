//! Asks the person at the terminal what the server asks, while the turn's events go on streaming.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 18_approvals_streaming`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Lines, Stage, plain};
use codex_sdk::{AskForApproval, Codex, Event, PendingRequest, ServerNotification, ThreadItem};
use codex_testkit::Reply;
use std::collections::VecDeque;
use std::io::Write;
use std::time::{Duration, Instant};

/// So long the scripted model thinks between words.
const PAUSE: Duration = Duration::from_millis(300);

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let stage = Stage::from_args([
        Reply::shell_escalated("touch marker", "to leave a mark")
            .and(Reply::deltas(["Meanwhile, ", "the text ", "goes on."]).delay(PAUSE)),
        Reply::patch("*** Add File: hello.txt\n+Hello!"),
        Reply::text("Both were asked for."),
    ])?;

    let codex = Codex::builder().config(stage.config()).start().await?;
    // Where nothing may be written, everything that writes is asked for.
    let start = codex.thread_start().approval_policy(AskForApproval::OnRequest);
    let thread = start.read_only().await?;
    let turn = thread.turn("Run `touch marker`, then write a greeting into hello.txt.").await?;

    let mut events = turn.stream_with_requests()?;
    let mut lines = Lines::of_stdin();
    let mut somebody_is_there = true;
    let mut waiting = VecDeque::new();
    // A yes that was typed before the question was there must not count for it.
    let mut asked = Instant::now();
    loop {
        tokio::select! {
            // A line that was typed before something is asked is looked at before it.
            biased;
            line = lines.next_since(asked), if somebody_is_there => match line {
                Some(line) => {
                    match waiting.pop_front() {
                        Some(request) => answer(request, &line),
                        None => println!("[nothing is asked]"),
                    }
                    ask(waiting.front(), &mut asked);
                }
                None => somebody_is_there = false,
            },
            event = events.next() => match event.transpose()? {
                Some(Event::Request(request)) => {
                    waiting.push_back(request);
                    if waiting.len() == 1 {
                        ask(waiting.front(), &mut asked);
                    }
                }
                Some(event) => show(&event),
                None => break,
            },
            () = withdrawn(waiting.front()) => {
                waiting.pop_front();
                println!("[not asked any more]");
                ask(waiting.front(), &mut asked);
            }
        }
        // Nobody is there to say yes.
        if !somebody_is_there {
            for request in waiting.drain(..) {
                answer(request, "n");
            }
        }
    }
    let result = events.result().await?;
    println!("status: {}", result.status);

    codex.close().await?;
    Ok(())
}

async fn withdrawn(request: Option<&PendingRequest>) {
    match request {
        Some(request) => request.withdrawn().await,
        None => std::future::pending().await,
    }
}

/// Shows what is asked, if anything is, and notes when.
fn ask(request: Option<&PendingRequest>, asked: &mut Instant) {
    let Some(request) = request else { return };
    *asked = Instant::now();
    match request {
        PendingRequest::Command(request) => {
            println!("[run] {}", plain(request.command().unwrap_or("a command that is not shown")));
            println!("  in {}", plain(request.cwd().unwrap_or("a folder that is not shown")));
            if let Some(reason) = request.reason() {
                println!("  reason: {}", plain(reason));
            }
        }
        PendingRequest::FileChange(request) => match request.changes() {
            Some(changes) => {
                for change in changes {
                    println!("[change] {}", plain(&change.path));
                    for line in change.diff.lines() {
                        println!("  | {}", plain(line));
                    }
                }
            }
            None => println!("[change] files that are not shown"),
        },
        other => println!("[{}] this example can only decline it", plain(other.method())),
    }
    println!("Allow it? [y/n]");
}

/// Answers as the person says; all but a clear yes is a no.
fn answer(request: PendingRequest, line: &str) {
    let yes = matches!(line.trim(), "y" | "yes");
    let wanted = match request {
        PendingRequest::Command(request) if yes => request.accept(),
        PendingRequest::FileChange(request) if yes => request.accept(),
        other => other.decline(),
    };
    if !wanted {
        println!("[too late]");
    }
}

/// Shows what goes on.
fn show(event: &Event) {
    let Event::Notification(notification) = event else { return };
    match notification {
        ServerNotification::ItemAgentMessageDelta(delta) => {
            print!("{}", plain(&delta.delta));
            // The text is to be seen as it comes; a terminal that is gone is no reason to stop.
            let _ = std::io::stdout().flush();
        }
        ServerNotification::ItemCompleted(completed) => match &*completed.item {
            ThreadItem::AgentMessage(_) => println!(),
            ThreadItem::CommandExecution(item) => println!("[command {}]", item.status),
            ThreadItem::FileChange(item) => println!("[change {}]", item.status),
            _ => {}
        },
        _ => {}
    }
}
