//! The examples of turns and threads.

use crate::demo::{both, demo};

const VERSION: &str = codex_runtime::PINNED_VERSION;

#[test]
fn quickstart() {
    assert_eq!(
        both("01_quickstart"),
        format!(
            "server: codex_rust_sdk {VERSION}\nstatus: completed\ntext: Hello from the scripted model!\n"
        )
    );
}

#[test]
fn turn_result() {
    assert_eq!(
        both("02_turn_result"),
        r#"thread: <id>
turn: <id>
status: completed
error: none
text: Let me ask the shell. It is 42.
final response: It is 42.
item: userMessage
item: said "Let me ask the shell. "
item: ran a command, completed, printed "42\n"
item: said "It is 42."
read: 200 tokens, 80 from the cache
wrote: 40 tokens
thread so far: 240 tokens
context window: 258400 tokens
"#
    );
}

#[test]
fn stream_events() {
    // The server tells of the thread's own state when it likes, and does not always let a message end that is steered.
    let certain = |output: String| {
        let lines = output
            .lines()
            .filter(|line| !line.starts_with("thread/") && *line != "item/completed: agentMessage");
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let expected = [
        "turn/started",
        "item/started: userMessage",
        "item/completed: userMessage",
        "item/started: agentMessage",
        "item/agentMessage/delta: \"One, \"",
        "item/started: userMessage",
        "item/completed: userMessage",
        "item/started: agentMessage",
        "item/agentMessage/delta: \"Ten, \"",
        "turn/completed",
        "status: interrupted",
        "text: One, Ten, ",
    ];
    for example in ["03_stream_events", "03_stream_events_blocking"] {
        assert_eq!(certain(demo(example)), expected, "{example}");
    }
}

#[test]
fn models_and_metadata() {
    let output = both("04_models_and_metadata");
    let (os, lines) = (std::env::consts::OS, output.lines().collect::<Vec<_>>());
    assert_eq!(lines[0], format!("server: codex_rust_sdk {VERSION}"));
    let agent = format!("user agent: codex_rust_sdk/{VERSION} (");
    assert!(lines[1].starts_with(&agent), "{}", lines[1]);
    let rest = [
        &*format!("platform: {}, {os}", std::env::consts::FAMILY),
        "compatibility: Tested",
        "model: scripted (low, medium, high), the default",
        "model: scripted-mini (low, medium, high)",
    ];
    assert_eq!(lines[2..], rest);
}

#[test]
fn resume_thread() {
    assert_eq!(
        both("05_resume_thread"),
        "first client: I will remember the number 7.
resumed: \"Remember the number 7.\", 1 turn
second client: It was 7.
"
    );
}
