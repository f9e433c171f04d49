//! The examples for those who test, and for those who take only a part.

use crate::demo::{self, demo};
use std::process::Command;

#[test]
fn record_and_replay() {
    assert_eq!(
        demo("19_record_and_replay"),
        "recorded: As it was said. (2 items)\nreplayed: As it was said. (2 items)\n"
    );
}

#[test]
fn many_turns() {
    let output = demo("20_many_turns");
    let mut lines: Vec<_> = output.lines().collect();
    assert_eq!(lines.pop(), Some("4 of 4 are right"));
    // As they come.
    lines.sort_unstable();
    assert_eq!(lines, ["France: Paris", "Japan: Tokyo", "Kenya: Nairobi", "Peru: Lima"]);
}

#[test]
fn types_alone() {
    assert_eq!(
        demo("21_types_alone"),
        r#"userMessage
codex ran /bin/sh -lc 'sleep 0.3; echo 42; sleep 0.3': completed
codex said "It is 42."
the turn ended as completed
account/rateLimits/updated: 2
item/agentMessage/delta: 1
item/commandExecution/outputDelta: 1
item/started: 3
remoteControl/status/changed: 1
thread/readState/changed: 1
thread/started: 1
thread/status/changed: 2
thread/tokenUsage/updated: 2
turn/started: 1
"#
    );
}

#[test]
fn types_alone_reads_any_file() {
    let output = Command::new(demo::path("21_types_alone")).arg("/no/such/file").output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(complaint.starts_with("Error: could not read /no/such/file: "), "{complaint}");
}

#[test]
fn testing_an_application() {
    assert_eq!(demo("22_testing_an_application"), "- Fixes a typo in the greeting.\n");
}
