//! The stream that the flood server writes: one turn with many deltas, as the real server would write it.

use std::io::{self, BufRead, Write};

/// The environment variable that says how many deltas a turn has.
pub const DELTAS: &str = "FLOOD_DELTAS";

/// What each delta says.
pub const DELTA_TEXT: &str = "twenty bytes of text";

const THREAD: &str = "019a0000-0000-7000-8000-00000000000a";
const TURN: &str = "019a0000-0000-7000-8000-00000000000b";
const ITEM: &str = "msg_0000000000000000000c";

/// How much is written at once: large writes, so that the client's side is what is measured.
const WRITE_BYTES: usize = 256 * 1024;

/// Answers requests line by line until the input ends; each `turn/start` is answered with a whole turn.
///
/// # Errors
/// Those of reading and writing.
pub fn serve(input: impl BufRead, mut output: impl Write, deltas: usize) -> io::Result<()> {
    let turn = turn(deltas);
    for line in input.lines() {
        let request: serde_json::Value = serde_json::from_str(&line?)?;
        let id = &request["id"];
        match request["method"].as_str() {
            Some("initialize") => writeln!(output, "{}", initialized(id))?,
            Some("thread/start") => writeln!(output, "{}", thread_started(id))?,
            Some("thread/loaded/list") => {
                writeln!(output, r#"{{"id":{id},"result":{{"data":[]}}}}"#)?;
            }
            Some("turn/start") => {
                writeln!(
                    output,
                    r#"{{"id":{id},"result":{{"turn":{}}}}}"#,
                    turn_object("inProgress")
                )?;
                for piece in turn.chunks(WRITE_BYTES) {
                    output.write_all(piece)?;
                }
            }
            _ => {}
        }
        output.flush()?;
    }
    Ok(())
}

/// The notifications of one turn, a line each.
pub fn turn(deltas: usize) -> Vec<u8> {
    let address = format!(r#""threadId":"{THREAD}","turnId":"{TURN}""#);
    let item = |text: &str| format!(r#"{{"type":"agentMessage","id":"{ITEM}","text":"{text}"}}"#);
    let turn_note = |method: &str, status: &str| {
        let turn = turn_object(status);
        note(method, &format!(r#""threadId":"{THREAD}","turn":{turn}"#))
    };
    let mut lines = turn_note("turn/started", "inProgress");
    let started = item("");
    lines += &note("item/started", &format!(r#""item":{started},{address},"startedAtMs":1"#));
    let delta = format!(r#"{address},"itemId":"{ITEM}","delta":"{DELTA_TEXT}""#);
    lines += &note("item/agentMessage/delta", &delta).repeat(deltas);
    let completed = item(&DELTA_TEXT.repeat(deltas));
    lines += &note("item/completed", &format!(r#""item":{completed},{address},"completedAtMs":2"#));
    lines += &turn_note("turn/completed", "completed");
    lines.into_bytes()
}

fn note(method: &str, params: &str) -> String {
    format!("{{\"method\":\"{method}\",\"params\":{{{params}}},\"emittedAtMs\":1795407428935}}\n")
}

fn turn_object(status: &str) -> String {
    format!(
        r#"{{"id":"{TURN}","items":[],"itemsView":"notLoaded","status":"{status}","error":null}}"#
    )
}

fn initialized(id: &serde_json::Value) -> String {
    format!(
        r#"{{"id":{id},"result":{{"userAgent":"flood/0.169.0 (bench)","codexHome":"/","platformFamily":"unix","platformOs":"linux"}}}}"#
    )
}

fn thread_started(id: &serde_json::Value) -> String {
    let thread = format!(
        r#"{{"id":"{THREAD}","sessionId":"{THREAD}","preview":"","ephemeral":true,"historyMode":"paginated","modelProvider":"flood","createdAt":1,"updatedAt":1,"status":{{"type":"idle"}},"cwd":"/","cliVersion":"0.169.0","source":"appServer","turns":[]}}"#
    );
    format!(
        r#"{{"id":{id},"result":{{"thread":{thread},"model":"flood","modelProvider":"flood","cwd":"/","approvalPolicy":"never","approvalsReviewer":"user","sandbox":{{"type":"readOnly"}}}}}}"#
    )
}
