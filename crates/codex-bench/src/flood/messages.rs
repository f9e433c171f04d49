//! Single messages of the server, a line each, as the real one of version 0.169.0 writes them.

use std::fmt::Write;

/// What each piece of the assistant's answer says.
pub const DELTA_TEXT: &str = "twenty bytes of text";

/// The thread and the turn that all messages are written for, until they are addressed to others.
pub(super) const THREAD: &str = "019a0000-0000-7000-8000-000000000000";
pub(super) const TURN: &str = "019a0000-0000-7000-9000-000000000000";

const ADDRESS: &str = r#""threadId":"019a0000-0000-7000-8000-000000000000","turnId":"019a0000-0000-7000-9000-000000000000""#;
const COMMAND: &str = "call_000000000000000000d";
const TIMES: &str = r#""startedAtMs":1795407428000,"completedAtMs":1795407428935"#;

pub(super) fn turn_started() -> String {
    turn_note("turn/started", "inProgress")
}

pub(super) fn turn_completed(status: &str) -> String {
    turn_note("turn/completed", status)
}

/// The turn as answers and notifications show it.
pub(super) fn turn(id: &str, status: &str) -> String {
    format!(
        r#"{{"id":"{id}","rootTurnId":"{id}","items":[],"itemsView":"notLoaded","status":"{status}","error":null,"startedAt":1795407428,"completedAt":null,"durationMs":null}}"#
    )
}

/// A piece of a message of the assistant.
pub(super) fn delta(message: usize) -> String {
    let id = message_id(message);
    let params = format!(r#"{ADDRESS},"itemId":"{id}","delta":"{DELTA_TEXT}""#);
    note("item/agentMessage/delta", &params)
}

/// A piece of a command's output, of 200 to 2,000 bytes.
pub(super) fn output_delta(number: usize) -> String {
    let output = lines_of_output(200 + number * 379 % 1740);
    let params = format!(r#"{ADDRESS},"itemId":"{COMMAND}","delta":"{output}""#);
    note("item/commandExecution/outputDelta", &params)
}

/// A message of the assistant, begun.
pub(super) fn message_started(number: usize) -> String {
    let item = message(number, "");
    note("item/started", &format!(r#""item":{item},{ADDRESS},"startedAtMs":1795407428000"#))
}

/// A message of the assistant, finished.
pub(super) fn message_completed(number: usize, text: &str) -> String {
    item_completed(&message(number, text))
}

/// A finished item of 3 to 6 KB: in turn a command, a change of files, thoughts, and a message.
pub(super) fn item(number: usize) -> String {
    item_completed(&match number % 4 {
        0 => format!(
            r#"{{"type":"commandExecution","id":"call_{number:020}","pluginId":null,"scriptPath":null,"command":"/bin/sh -lc 'cargo test -p router'","cwd":"/project","processId":"7","source":"unifiedExecStartup","status":"completed","commandActions":[{{"type":"unknown","command":"cargo test -p router"}}],"aggregatedOutput":"{}","exitCode":0,"durationMs":935,{TIMES}}}"#,
            lines_of_output(5000),
        ),
        1 => format!(
            r#"{{"type":"fileChange","id":"call_{number:020}","changes":[{}],"status":"completed",{TIMES}}}"#,
            ["router", "queue", "stream"].map(change).join(","),
        ),
        2 => {
            let thought = "The reader takes the lock once a read, so the queue need not be split. ";
            format!(
                r#"{{"type":"reasoning","id":"rs_{number:020}","summary":["{thought}"],"content":["{}"],{TIMES}}}"#,
                thought.repeat(40),
            )
        }
        _ => message(number, &"A sentence of the answer, and its end.\\n".repeat(100)),
    })
}

/// What the turn has used so far.
pub(super) fn usage(number: usize) -> String {
    let tokens = |count: usize| {
        format!(
            r#"{{"totalTokens":{},"inputTokens":{count},"cachedInputTokens":40,"cacheWriteInputTokens":0,"outputTokens":20,"reasoningOutputTokens":5}}"#,
            count + 20
        )
    };
    let (total, last) = (tokens(12_000 + number), tokens(120));
    let usage = format!(r#"{{"total":{total},"last":{last},"modelContextWindow":258400}}"#);
    note("thread/tokenUsage/updated", &format!(r#"{ADDRESS},"tokenUsage":{usage}"#))
}

fn note(method: &str, params: &str) -> String {
    format!("{{\"method\":\"{method}\",\"params\":{{{params}}},\"emittedAtMs\":1795407428935}}\n")
}

fn turn_note(method: &str, status: &str) -> String {
    note(method, &format!(r#""threadId":"{THREAD}","turn":{}"#, turn(TURN, status)))
}

fn item_completed(item: &str) -> String {
    let params = format!(
        r#""item":{item},{ADDRESS},"contentTokenCount":null,"completedAtMs":1795407428935"#
    );
    note("item/completed", &params)
}

fn message_id(number: usize) -> String {
    format!("msg_{number:020}")
}

fn message(number: usize, text: &str) -> String {
    let id = message_id(number);
    format!(
        r#"{{"type":"agentMessage","moderation":null,"id":"{id}","text":"{text}","phase":null,"memoryCitation":null,"delivery":null,"questions":null,{TIMES}}}"#
    )
}

fn change(file: &str) -> String {
    let hunk = r"@@ -10,3 +10,3 @@\n fn next(&mut self) {\n-    self.place += 1;\n+    self.place += self.step;\n }\n";
    let diff = hunk.repeat(12);
    format!(
        r#"{{"path":"/project/src/{file}.rs","kind":{{"type":"update","move_path":null}},"diff":"{diff}"}}"#
    )
}

/// So many bytes of JSON text and up to a line more: lines as a run of tests prints them.
fn lines_of_output(bytes: usize) -> String {
    let mut text = String::new();
    let mut line = 0;
    while text.len() < bytes {
        line += 1;
        let _ = write!(text, r"test router::tests::case_{line} ... ok\n");
    }
    text
}
