//! What the real server said, as `cargo xtask record` keeps it.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use codex_protocol::{
    ClientRequest, DecodeError, Incoming, InitializeParams, RequestId, ReviewStartParams,
    ThreadCompactStartParams, ThreadForkParams, ThreadResumeParams, ThreadStartParams,
    TurnInterruptParams, TurnStartParams, TurnSteerParams, decode_envelope, decode_incoming,
};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// How many recordings there are at least, so that an empty folder is no success.
const AT_LEAST: usize = 15;

struct Recording {
    name: String,
    lines: Vec<HashMap<String, Box<RawValue>>>,
}

fn recordings() -> Vec<Recording> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../codex-testkit/recordings");
    let mut recordings = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("a folder of recordings") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("a recording");
        // The first line is about the recording.
        let lines = text.lines().skip(1).map(|line| serde_json::from_str(line).expect("a line"));
        recordings.push(Recording { name, lines: lines.collect() });
    }
    assert!(recordings.len() >= AT_LEAST, "only {} recordings", recordings.len());
    recordings
}

/// The frames of one side, as text with the members in their order, with where they stand.
fn frames(recording: &Recording, side: &str) -> Vec<(String, String)> {
    let mut frames = Vec::new();
    for (number, line) in recording.lines.iter().enumerate() {
        if line["from"].get() == format!("{side:?}") {
            let place = format!("{}, line {}", recording.name, number + 2);
            frames.push((place, line["frame"].get().to_owned()));
        }
    }
    frames
}

/// Without members that are null: the models do not write what is absent or null alike.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(members.map(|(name, value)| (name, without_nulls(value))).collect())
        }
        Value::Array(elements) => elements.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

/// What a model read, written back: nothing of it may be missing or unknown.
#[track_caller]
fn check(place: &str, read: &(impl Serialize + std::fmt::Debug), wire: Value) {
    let debug = format!("{read:?}");
    assert!(!debug.contains("Unrecognized"), "{place}: {debug}");
    let written = serde_json::to_value(read).expect("models serialize");
    assert_eq!(without_nulls(written), without_nulls(wire), "{place}");
}

/// Reads and checks the answer to a request of type `R`.
fn answer<R: ClientRequest>(place: &str, raw: &str) -> Result<(), DecodeError>
where
    R::Response: Serialize + std::fmt::Debug,
{
    let wire = serde_json::from_str(raw).expect("it is a part of JSON");
    check(place, &R::decode_response(raw)?, wire);
    Ok(())
}

fn check_answer(place: &str, method: &str, raw: &str) {
    let read = match method {
        InitializeParams::METHOD => answer::<InitializeParams>(place, raw),
        ReviewStartParams::METHOD => answer::<ReviewStartParams>(place, raw),
        ThreadCompactStartParams::METHOD => answer::<ThreadCompactStartParams>(place, raw),
        ThreadForkParams::METHOD => answer::<ThreadForkParams>(place, raw),
        ThreadResumeParams::METHOD => answer::<ThreadResumeParams>(place, raw),
        ThreadStartParams::METHOD => answer::<ThreadStartParams>(place, raw),
        TurnInterruptParams::METHOD => answer::<TurnInterruptParams>(place, raw),
        TurnStartParams::METHOD => answer::<TurnStartParams>(place, raw),
        TurnSteerParams::METHOD => answer::<TurnSteerParams>(place, raw),
        other => panic!("{place}: this test has no line for {other}"),
    };
    read.unwrap_or_else(|error| panic!("{place}: {error}"));
}

#[test]
fn all_that_the_server_said_is_read_and_written_back() {
    let mut kinds = BTreeSet::new();
    for recording in recordings() {
        let mut asked = HashMap::new();
        for (place, frame) in frames(&recording, "client") {
            let envelope = decode_envelope(&frame).expect(&place);
            if let (Some(Some(id)), Some(method)) = (envelope.id, envelope.method) {
                asked.insert(id, method.into_owned());
            }
        }
        for (place, frame) in frames(&recording, "server") {
            let mut wire: Value = serde_json::from_str(&frame).expect(&place);
            match decode_incoming(&frame).expect(&place) {
                Incoming::Notification { notification, emitted_at_ms } => {
                    kinds.insert("notification");
                    assert!(emitted_at_ms.is_some(), "{place}");
                    wire.as_object_mut().expect(&place).remove("emittedAtMs");
                    check(&place, &notification, wire);
                }
                Incoming::Request { id, request } => {
                    kinds.insert("request");
                    assert_eq!(json!(id), wire["id"], "{place}");
                    wire.as_object_mut().expect(&place).remove("id");
                    check(&place, &request, wire);
                }
                Incoming::Response { id, result } => {
                    kinds.insert("response");
                    check_answer(&place, &asked[&id], result.get());
                }
                Incoming::Error { id, error } => {
                    assert!(id.is_some_and(|id: RequestId| asked.contains_key(&id)), "{place}");
                    check(&place, &error, wire["error"].take());
                }
                other => panic!("{place}: {other:?}"),
            }
        }
    }
    assert!(["notification", "request", "response"].iter().all(|k| kinds.contains(k)), "{kinds:?}");
}

#[cfg(feature = "server-side")]
#[test]
fn all_that_the_client_said_is_read_and_written_back() {
    use codex_protocol::{
        CommandExecutionRequestApprovalParams, DynamicToolCallParams,
        FileChangeRequestApprovalParams, McpServerElicitationRequestParams,
        PermissionsRequestApprovalParams, ServerRequestParams, ToolRequestUserInputParams,
    };

    /// Reads an answer as that of the request of this method, which is one of these.
    macro_rules! check_answer_of {
        ($method:expr, $place:expr, $raw:expr; $($params:ident),+ $(,)?) => {
            match $method {
                $( $params::METHOD => check_answer::<$params>($place, $raw), )+
                other => panic!("{}: this test has no line for {other}", $place),
            }
        };
    }

    /// Whether `whole` says all that `part` does: what has a default is written though it was not.
    fn contains(whole: &Value, part: &Value) -> bool {
        match (whole, part) {
            (Value::Object(whole), Value::Object(part)) => part
                .iter()
                .all(|(name, value)| whole.get(name).is_some_and(|whole| contains(whole, value))),
            (Value::Array(whole), Value::Array(part)) => {
                whole.len() == part.len() && whole.iter().zip(part).all(|(a, b)| contains(a, b))
            }
            (whole, part) => whole == part,
        }
    }
    fn check_params<P: ClientRequest + serde::de::DeserializeOwned>(place: &str, raw: &str) {
        let params: P = serde_json::from_str(raw).unwrap_or_else(|e| panic!("{place}: {e}"));
        let mut written = Vec::new();
        params.write_params(&mut written);
        let written: Value = serde_json::from_slice(&written).expect("models serialize");
        let wire = serde_json::from_str(raw).expect(place);
        assert!(contains(&written, &wire), "{place}: {wire} became {written}");
    }
    fn check_answer<P: ServerRequestParams>(place: &str, raw: &str)
    where
        P::Response: serde::de::DeserializeOwned + std::fmt::Debug,
    {
        let read: P::Response =
            serde_json::from_str(raw).unwrap_or_else(|e| panic!("{place}: {e}"));
        check(place, &read, serde_json::from_str(raw).expect(place));
    }
    let mut answers = 0;
    for recording in recordings() {
        let mut asked = HashMap::new();
        for (place, frame) in frames(&recording, "server") {
            let envelope = decode_envelope(&frame).expect(&place);
            if let (Some(Some(id)), Some(method)) = (envelope.id, envelope.method) {
                asked.insert(id, method.into_owned());
            }
        }
        for (place, frame) in frames(&recording, "client") {
            let envelope = decode_envelope(&frame).expect(&place);
            if let (Some(Some(id)), Some(result)) = (envelope.id, envelope.result) {
                check_answer_of!(
                    &*asked[&id], &place, result.get();
                    CommandExecutionRequestApprovalParams,
                    DynamicToolCallParams,
                    FileChangeRequestApprovalParams,
                    McpServerElicitationRequestParams,
                    PermissionsRequestApprovalParams,
                    ToolRequestUserInputParams,
                );
                answers += 1;
                continue;
            }
            let method = envelope.method.expect(&place);
            let raw = envelope.params.map_or("null", |params| params.get());
            match &*method {
                "initialized" => {}
                InitializeParams::METHOD => check_params::<InitializeParams>(&place, raw),
                ReviewStartParams::METHOD => check_params::<ReviewStartParams>(&place, raw),
                ThreadCompactStartParams::METHOD => {
                    check_params::<ThreadCompactStartParams>(&place, raw);
                }
                ThreadForkParams::METHOD => check_params::<ThreadForkParams>(&place, raw),
                ThreadResumeParams::METHOD => check_params::<ThreadResumeParams>(&place, raw),
                ThreadStartParams::METHOD => check_params::<ThreadStartParams>(&place, raw),
                TurnInterruptParams::METHOD => check_params::<TurnInterruptParams>(&place, raw),
                TurnStartParams::METHOD => check_params::<TurnStartParams>(&place, raw),
                TurnSteerParams::METHOD => check_params::<TurnSteerParams>(&place, raw),
                other => panic!("{place}: this test has no line for {other}"),
            }
        }
    }
    assert!(answers >= 16, "only {answers} answers of the client");
}
