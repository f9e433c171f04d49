//! What the server said, read by the models and written back.

use std::collections::HashMap;
use std::fmt::Debug;

use codex_protocol::{
    ClientRequest, DecodeError, Incoming, InitializeParams, RequestId, ReviewStartParams,
    ThreadCompactStartParams, ThreadForkParams, ThreadResumeParams, ThreadStartParams,
    TurnInterruptParams, TurnStartParams, TurnSteerParams, decode_envelope, decode_incoming,
};
use serde::Serialize;
use serde_json::Value;

use crate::recording::Frame;

/// Fails if anything is not known to the models, or comes out of them otherwise than it came.
pub(crate) fn check(place: &str, frames: &[Frame]) {
    let mut asked = HashMap::new();
    for frame in frames {
        if !frame.is_in() {
            let text = frame.message.to_string();
            let envelope = decode_envelope(&text).expect(place);
            if let (Some(Some(id)), Some(method)) = (envelope.id, envelope.method) {
                asked.insert(id, method.into_owned());
            }
            continue;
        }
        // With the values that the server sent, then with its order of members.
        for text in [frame.message.to_string(), serde_json::to_string(&frame.kept).expect(place)] {
            incoming(place, &text, &asked);
        }
    }
}

fn incoming(place: &str, text: &str, asked: &HashMap<RequestId, String>) {
    let mut wire: Value = serde_json::from_str(text).expect(place);
    let members = wire.as_object_mut().expect(place);
    match decode_incoming(text).unwrap_or_else(|error| panic!("{place}: {error}: {text}")) {
        Incoming::Notification { notification, .. } => {
            members.remove("emittedAtMs");
            same(place, &notification, wire);
        }
        Incoming::Request { request, .. } => {
            members.remove("id");
            same(place, &request, wire);
        }
        Incoming::Response { id, result } => {
            let read = answer(place, &asked[&id], result.get());
            read.unwrap_or_else(|error| panic!("{place}: {error}: {text}"));
        }
        Incoming::Error { error, .. } => same(place, &error, wire["error"].take()),
        other => panic!("{place}: {other:?}"),
    }
}

/// Reads the answer to a request, by its method.
macro_rules! answers {
    ($($params:ident)+) => {
        fn answer(place: &str, method: &str, raw: &str) -> Result<(), DecodeError> {
            let wire = serde_json::from_str(raw).expect(place);
            match method {
                $( $params::METHOD => same(place, &$params::decode_response(raw)?, wire), )+
                other => panic!("{place}: this test has no line for {other}"),
            }
            Ok(())
        }
    };
}

answers! {
    InitializeParams
    ReviewStartParams
    ThreadCompactStartParams
    ThreadForkParams
    ThreadResumeParams
    ThreadStartParams
    TurnInterruptParams
    TurnStartParams
    TurnSteerParams
}

#[track_caller]
fn same(place: &str, read: &(impl Serialize + Debug), wire: Value) {
    let debug = format!("{read:?}");
    assert!(!debug.contains("Unrecognized"), "{place}: {debug}");
    let written = serde_json::to_value(read).expect("models serialize");
    assert_eq!(without_nulls(written), without_nulls(wire), "{place}");
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
