//! The examples of threads, input and errors.

use crate::demo::{both, demo};

#[test]
fn thread_lifecycle() {
    assert_eq!(
        both("06_thread_lifecycle"),
        r#"you: My name is Ada.
codex: Hello, Ada.
you: What is my name?
codex: It is Ada.
kept: "About names", 2 turns
newest: "My name is Ada."
you: And in a fork?
codex: Forked or not, it is Ada.
archived: true
archived: false
resumed: sandbox readOnly
compacted: contextCompaction
"#
    );
}

#[test]
fn images() {
    assert_eq!(both("07_image_and_text"), "sent: text, image\ntext: It is red.\n");
    let local = both("08_local_image_and_text");
    assert_eq!(local, "sent: text, localImage\ntext: A blue square on white.\n");
}

#[test]
fn async_parity() {
    let output = demo("09_async_parity");
    let of = |client: &str| -> Vec<&str> {
        let lines = output.lines().filter_map(|line| line.strip_prefix(client)?.strip_prefix(": "));
        // The server tells of the thread's own state when it likes.
        lines.filter(|line| !line.starts_with("thread/")).collect()
    };
    let expected = [
        "turn/started",
        "item/started",
        "item/completed",
        "item/started",
        "item/agentMessage/delta",
        "item/agentMessage/delta",
        "item/completed",
        "turn/completed",
        "completed, 2 items, The same in both.",
    ];
    assert_eq!(of("async"), expected);
    assert_eq!(of("blocking"), expected);
}

#[test]
fn errors_and_retry() {
    assert_eq!(
        both("10_errors_and_retry"),
        r#"models: some
thread/resume was refused: -32600
the turn failed
turn <id> ended as failed: {"error":{"code":null,"message":"there is no such model","type":"scripted"}}
completed: Here I am again.
"#
    );
}
