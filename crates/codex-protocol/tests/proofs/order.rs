//! The order of members changes nothing but the speed, at any depth.

use codex_protocol::{Incoming, Sample, ServerNotification, ServerRequest, decode_incoming};
use serde_json::{Value, json};

use crate::table::types;

/// The value with the members of every object by their names, in either direction.
fn ordered(value: &Value, backwards: bool) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            if backwards {
                members.reverse();
            }
            let members = members
                .iter()
                .map(|(name, value)| format!("{}:{}", json!(name), ordered(value, backwards)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(elements) => {
            let elements = elements.iter().map(|element| ordered(element, backwards));
            format!("[{}]", elements.collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

#[test]
fn every_type_in_three_orders() {
    for ty in types() {
        for sample in (ty.samples)() {
            let value: Value = serde_json::from_str(&sample).expect(ty.name);
            for text in [ordered(&value, false), ordered(&value, true)] {
                let again = (ty.again)(&text).unwrap_or_else(|e| panic!("{}: {e}", ty.name));
                assert_eq!(again.written, value, "{}", ty.name);
                assert!(again.known, "{}: {text}", ty.name);
            }
        }
    }
}

fn notification(frame: &str) -> ServerNotification {
    match decode_incoming(frame).expect(frame) {
        Incoming::Notification { notification, emitted_at_ms: Some(17) } => notification,
        other => panic!("{frame}: {other:?}"),
    }
}

#[test]
fn every_notification_in_one_pass_and_the_general_way() {
    for expected in ServerNotification::samples() {
        let mut value = serde_json::to_value(&expected).expect("models serialize");
        let params = value["params"].to_string();
        let method = json!(expected.method());
        value["emittedAtMs"] = json!(17);
        for frame in [
            format!(r#"{{"method":{method},"params":{params},"emittedAtMs":17}}"#),
            format!(r#"{{"params":{params},"method":{method},"emittedAtMs":17}}"#),
            format!(r#"{{"emittedAtMs":17,"new":[{{}}],"params":{params},"method":{method}}}"#),
            ordered(&value, false),
            ordered(&value, true),
        ] {
            assert_eq!(notification(&frame), expected, "{frame}");
        }
    }
}

#[test]
fn every_request_in_one_pass_and_the_general_way() {
    for expected in ServerRequest::samples() {
        let value = serde_json::to_value(&expected).expect("models serialize");
        let (method, params) = (json!(expected.method()), value["params"].to_string());
        for frame in [
            format!(r#"{{"method":{method},"id":3,"params":{params}}}"#),
            format!(r#"{{"method":{method},"params":{params},"id":3}}"#),
            format!(r#"{{"id":3,"params":{params},"method":{method}}}"#),
            format!(r#"{{"params":{params},"new":0,"method":{method},"id":3}}"#),
        ] {
            let Ok(Incoming::Request { id, request }) = decode_incoming(&frame) else {
                panic!("{frame}");
            };
            assert_eq!((json!(id), &request), (json!(3), &expected), "{frame}");
        }
    }
}
