//! Decoding never panics, whatever comes: recorded messages and samples, spoilt.
//!
//! The cases are the same in each run. `CODEX_MUTATED_CASES` sets how many each test has, and `CODEX_MUTATED_SEED` where
//! they start, so that another run has others; a failure prints its seed.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;

use codex_protocol::{
    ClientRequest, Incoming, Sample, ServerNotification, ServerRequest, ThreadItem,
    TurnStartParams, decode_incoming,
};
use fastrand::Rng;
use serde_json::Value;

use crate::mutation::mutate;
use crate::table::{client_requests, types};

// What the fuzz targets do, which `cargo fuzz` alone would run otherwise.
#[allow(unreachable_pub)]
#[path = "../../fuzz/src/lib.rs"]
mod bodies;

const CASES: u64 = 4000;

fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|error| panic!("{name}={text}: {error}")))
}

/// Makes an input of each seed and checks it, and says which one failed.
fn for_each_case<T>(make: impl Fn(&mut Rng) -> (T, Vec<u8>), check: impl Fn(T, &[u8])) {
    let cases = variable("CODEX_MUTATED_CASES").unwrap_or(CASES);
    let first = variable("CODEX_MUTATED_SEED").unwrap_or(1);
    for seed in first..first.saturating_add(cases) {
        let (what, input) = make(&mut Rng::with_seed(seed));
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(what, &input))) {
            eprintln!("run it again: CODEX_MUTATED_SEED={seed} CODEX_MUTATED_CASES=1");
            eprintln!("the input was {}", String::from_utf8_lossy(&input));
            resume_unwind(panic);
        }
    }
}

/// The frames of all recordings, of both sides.
fn recorded() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../codex-testkit/recordings");
    let mut frames = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of recordings") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a recording");
        // The first line is about the recording.
        for line in text.lines().skip(1) {
            let mut line: Value = serde_json::from_str(line).expect("a line");
            frames.push(line["frame"].take().to_string());
        }
    }
    assert!(frames.len() > 500, "only {} frames", frames.len());
    frames
}

#[test]
fn spoilt_frames_are_read_or_refused() {
    let mut frames = recorded();
    frames.extend(ServerNotification::json_samples());
    for request in ServerRequest::json_samples() {
        frames.push(request.replacen('{', r#"{"id":1,"#, 1));
    }
    for_each_case(
        |rng| ((), mutate(rng.choice(&frames).expect("not empty"), rng)),
        |(), frame| bodies::envelope(frame),
    );
}

/// Notifications as the server writes them are read in a way of their own, which a space in front is enough to avoid.
#[test]
fn spoilt_notifications_are_read_alike_in_both_ways() {
    let mut notifications = ServerNotification::json_samples();
    notifications.extend(recorded().into_iter().filter(|frame| frame.contains("\"method\":")));
    let read = std::cell::Cell::new(0);
    for_each_case(
        |rng| {
            let value: Value =
                serde_json::from_str(rng.choice(&notifications).expect("not empty")).expect("JSON");
            let params =
                String::from_utf8_lossy(&mutate(&value["params"].to_string(), rng)).into_owned();
            let tail = rng.choice(["", ",\"emittedAtMs\":17", ",\"emittedAtMs\":", ",\"id\":1"]);
            let frame = format!(
                "{{\"method\":{},\"params\":{params}{}}}",
                value["method"],
                tail.unwrap_or_default()
            );
            ((), spoil(frame, rng).into_bytes())
        },
        |(), frame| {
            if let Some(Incoming::Notification { .. }) = read_both_ways(frame) {
                read.set(read.get() + 1);
            }
        },
    );
    assert!(read.get() > 0 || variable("CODEX_MUTATED_CASES").is_some());
}

/// And so are replies.
#[test]
fn spoilt_replies_are_read_alike_in_both_ways() {
    let replies = recorded().into_iter().filter(|frame| frame.contains("\"result\":"));
    let replies: Vec<Value> =
        replies.map(|frame| serde_json::from_str(&frame).expect("JSON")).collect();
    let read = std::cell::Cell::new(0);
    for_each_case(
        |rng| {
            let result = &rng.choice(&replies).expect("not empty")["result"];
            let result = String::from_utf8_lossy(&mutate(&result.to_string(), rng)).into_owned();
            let id = rng.choice(["1", "9223372036854775807", "0", "-1", "01", "1e1", "\"1\"", ""]);
            let tail = rng.choice(["", "", ",\"new\":1", ",\"error\":{}", ",\"id\":2"]);
            let frame = format!(
                "{{\"id\":{},\"result\":{result}{}}}",
                id.unwrap_or_default(),
                tail.unwrap_or_default()
            );
            ((), spoil(frame, rng).into_bytes())
        },
        |(), frame| {
            if let Some(Incoming::Response { .. }) = read_both_ways(frame) {
                read.set(read.get() + 1);
            }
        },
    );
    assert!(read.get() > 0 || variable("CODEX_MUTATED_CASES").is_some());
}

/// A letter too many in every third frame.
fn spoil(mut frame: String, rng: &mut Rng) -> String {
    if rng.u8(..3) == 0 {
        let places: Vec<_> = frame.char_indices().map(|(place, _)| place).collect();
        let place = *rng.choice(&places).expect("not empty");
        let spoilt = rng.choice(["{", "}", "\"", ",", ":", " ", "0", "-", "\\", "\u{e9}"]);
        frame.insert_str(place, spoilt.unwrap_or_default());
    }
    frame
}

/// Reads a frame as it is and with a space in front, and asserts that they say the same.
fn read_both_ways(frame: &[u8]) -> Option<Incoming<'_>> {
    let frame = std::str::from_utf8(frame).expect("it was spoilt as text");
    let plain = frame.replacen('{', "{ ", 1);
    match (decode_incoming(frame), decode_incoming(&plain)) {
        (
            Ok(Incoming::Notification { notification, emitted_at_ms }),
            Ok(Incoming::Notification { notification: other, emitted_at_ms: at }),
        ) => {
            assert_eq!((&notification, emitted_at_ms), (&other, at));
            Some(Incoming::Notification { notification, emitted_at_ms })
        }
        (Ok(one), Ok(other)) => {
            assert_eq!(format!("{one:?}"), format!("{other:?}"));
            Some(one)
        }
        (Err(_), Err(_)) => None,
        (one, other) => panic!("{one:?} {other:?}"),
    }
}

/// A stack that overflows is no panic that a caller could catch.
#[test]
fn messages_nested_without_end_are_refused_or_left_as_text() {
    const DEPTH: usize = 100_000;
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}"), (r#"{"type":"#, "}")] {
        let deep = format!("{}1{}", open.repeat(DEPTH), close.repeat(DEPTH));
        for (frame, left_as_text) in [
            (format!(r#"{{"id":1,"result":{deep}}}"#), true),
            (format!(r#"{{"method":"turn/completed","params":{deep}}}"#), true),
            (format!(r#"{{"params":{deep},"method":"turn/completed"}}"#), true),
            (format!(r#"{{"method":"item/tool/call","id":1,"params":{deep}}}"#), true),
            (format!(r#"{{"method":"brand/new","params":{deep}}}"#), false),
            (format!(r#"{{"id":1,"error":{{"code":1,"message":"m","data":{deep}}}}}"#), false),
        ] {
            let incoming = decode_incoming(&frame);
            assert_eq!(incoming.is_ok(), left_as_text, "{}", &frame[..60]);
            if let Ok(Incoming::Notification { .. } | Incoming::Request { .. }) = incoming {
                panic!("{} was read", &frame[..60]);
            }
            if let Ok(Incoming::Response { result, .. }) = incoming {
                assert!(TurnStartParams::decode_response(result.get()).is_err());
            }
        }
        let members = format!(r#"{{"id":{deep},"type":"plan"}}"#);
        assert!(serde_json::from_str::<ThreadItem>(&members).is_err());
    }
}

#[test]
fn spoilt_frames_come_to_every_end() {
    let frames = recorded();
    let mut ends = BTreeMap::<_, usize>::new();
    for seed in 0..3000 {
        let mut rng = Rng::with_seed(seed);
        let bytes = mutate(rng.choice(&frames).expect("not empty"), &mut rng);
        let end = match std::str::from_utf8(&bytes).map(decode_incoming) {
            Err(_) => "no text",
            Ok(Err(_)) => "no message",
            Ok(Ok(Incoming::UndecodedNotification { .. })) => "undecoded",
            Ok(Ok(Incoming::Notification { notification, .. })) => match notification {
                ServerNotification::Unrecognized { .. } => "unrecognized",
                _ => "notification",
            },
            Ok(Ok(Incoming::Request { .. })) => "request",
            Ok(Ok(Incoming::Response { .. })) => "response",
            Ok(Ok(_)) => "other",
        };
        *ends.entry(end).or_default() += 1;
    }
    // A generator that spoils too much or too little would prove nothing.
    let common = ["no text", "no message", "undecoded", "notification", "unrecognized", "request"];
    assert!(common.iter().all(|end| ends.get(end).is_some_and(|n| *n > 20)), "{ends:?}");
}

#[test]
fn spoilt_params_are_read_or_refused() {
    let methods = ServerNotification::METHODS;
    let samples = ServerNotification::samples();
    for_each_case(
        |rng| {
            let sample = rng.choice(&samples).expect("not empty");
            let method = methods.iter().position(|method| *method == sample.method());
            let first = u8::try_from(method.expect("it is in the table")).expect("few methods");
            let message = serde_json::to_value(sample).expect("models serialize");
            let mut bytes = vec![first];
            bytes.extend(mutate(&message["params"].to_string(), rng));
            ((), bytes)
        },
        |(), bytes| bodies::notification(bytes),
    );
}

#[test]
fn spoilt_responses_are_read_or_refused() {
    let requests = client_requests();
    for_each_case(
        |rng| {
            let request = rng.choice(&requests).expect("not empty");
            let responses = (request.responses)();
            (request, mutate(rng.choice(&responses).expect("not empty"), rng))
        },
        |request, bytes| {
            let Ok(text) = std::str::from_utf8(bytes) else { return };
            if let Err(error) = (request.answer)(text) {
                assert!(error.to_string().starts_with(request.method), "{error}");
            }
        },
    );
}

#[test]
fn spoilt_values_of_every_type_are_read_or_refused() {
    let types = types();
    for_each_case(
        |rng| {
            let ty = rng.choice(&types).expect("not empty");
            let samples = (ty.samples)();
            (ty, mutate(rng.choice(&samples).expect("not empty"), rng))
        },
        |ty, bytes| {
            let Ok(text) = std::str::from_utf8(bytes) else { return };
            let Ok(once) = (ty.again)(text) else { return };
            let twice = (ty.again)(&once.written.to_string()).expect(ty.name);
            assert_eq!(once.known, twice.known, "{}", ty.name);
        },
    );
}
