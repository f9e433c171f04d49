//! A recording read with the protocol's types alone: no SDK, no runtime, no process.
//!
//! On a recording of your own: `cargo run -p codex-examples --example 21_types_alone -- FILE`.
//! On one that comes with this repository: the same with `--demo` in place of the file.

use codex_examples::{Failure, parse, plain};
use codex_protocol::{Incoming, ServerNotification, ThreadItem, decode_incoming};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(clap::Parser)]
struct Args {
    /// The recording, such as `19_record_and_replay` leaves behind
    #[arg(required_unless_present = "demo")]
    file: Option<PathBuf>,
    /// Read a recording that comes with this repository
    #[arg(long, conflicts_with = "file")]
    demo: bool,
}

const RECORDING: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../codex-testkit/recordings/command.jsonl");

/// One line: who said something, and what. The first line of a recording has neither.
#[derive(Deserialize)]
struct Line<'a> {
    from: Option<&'a str>,
    #[serde(borrow)]
    frame: Option<&'a RawValue>,
}

fn main() -> Result<(), Failure> {
    let file = parse::<Args>().file.unwrap_or_else(|| RECORDING.into());
    let recording = std::fs::read_to_string(&file)
        .map_err(|error| format!("could not read {}: {error}", file.display()))?;

    let mut others = BTreeMap::<String, u32>::new();
    for line in recording.lines() {
        let line: Line<'_> = serde_json::from_str(line)?;
        let (Some("server"), Some(frame)) = (line.from, line.frame) else { continue };
        match decode_incoming(frame.get())? {
            Incoming::Notification { notification, .. } => match notification {
                ServerNotification::ItemCompleted(completed) => show(&completed.item),
                ServerNotification::TurnCompleted(completed) => {
                    println!("the turn ended as {}", completed.turn.status);
                }
                // Every method has its type; those of a newer server are kept as they came.
                other => *others.entry(other.method().to_owned()).or_default() += 1,
            },
            Incoming::Request { request, .. } => println!("the server asks {}", request.method()),
            // What an answer holds, only its request tells: see `ClientRequest::decode_response`.
            _ => {}
        }
    }
    for (method, count) in others {
        println!("{}: {count}", plain(&method));
    }
    Ok(())
}

fn show(item: &ThreadItem) {
    match item {
        ThreadItem::AgentMessage(message) => println!("codex said {:?}", message.text),
        ThreadItem::CommandExecution(command) => {
            println!("codex ran {}: {}", plain(&command.command), command.status);
        }
        other => println!("{}", other.kind()),
    }
}
