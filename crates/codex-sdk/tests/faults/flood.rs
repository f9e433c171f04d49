//! A turn that says more than its consumer reads.

use serde_json::{Value, json};
use std::io::Write;

/// How many pieces of text a turn has.
pub(crate) const DELTAS: usize = 500_000;
/// How many events of 100 kB a turn has.
pub(crate) const CHUNKS: usize = 1000;

/// The text of all pieces.
pub(crate) fn text() -> String {
    (0..DELTAS).map(piece).collect()
}

fn piece(number: usize) -> String {
    format!("w{number} ")
}

/// Writes all pieces of text, and the turn's end.
pub(crate) fn deltas(output: &mut impl Write) {
    for number in 0..DELTAS {
        let params =
            json!({ "threadId": "t", "turnId": "u", "itemId": "m", "delta": piece(number) });
        notify(output, "item/agentMessage/delta", &params);
    }
    end(output);
}

/// Writes 100 MB of output of a command, in items that nothing can be merged of, and the turn's end.
pub(crate) fn megabytes(output: &mut impl Write) {
    let delta = "x".repeat(100_000);
    for number in 0..CHUNKS {
        let item = format!("i{number}");
        let params = json!({ "threadId": "t", "turnId": "u", "itemId": item, "delta": delta });
        notify(output, "item/commandExecution/outputDelta", &params);
    }
    end(output);
}

fn end(output: &mut impl Write) {
    let params = json!({ "threadId": "t", "turn": turn("interrupted") });
    notify(output, "turn/completed", &params);
}

fn notify(output: &mut impl Write, method: &str, params: &Value) {
    // As the server writes it: the method first.
    writeln!(output, r#"{{"method":"{method}","params":{params},"emittedAtMs":1}}"#).unwrap();
}

/// The turn with this status.
pub(crate) fn turn(status: &str) -> Value {
    json!({ "id": "u", "items": [], "itemsView": "notLoaded", "status": status, "error": null })
}

/// The answer to `thread/start`.
pub(crate) fn thread() -> Value {
    json!({
        "thread": {
            "id": "t",
            "sessionId": "t",
            "preview": "",
            "ephemeral": false,
            "historyMode": "paginated",
            "modelProvider": "fault",
            "createdAt": 1,
            "updatedAt": 1,
            "status": { "type": "idle" },
            "cwd": "/",
            "cliVersion": "0.169.0",
            "source": "appServer",
            "turns": [],
        },
        "model": "fault",
        "modelProvider": "fault",
        "cwd": "/",
        "approvalPolicy": "never",
        "approvalsReviewer": "user",
        "sandbox": { "type": "readOnly" },
    })
}
