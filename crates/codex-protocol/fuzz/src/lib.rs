//! What the fuzz targets do with their bytes: nothing may panic, and what is read is written back.
//!
//! A test on stable Rust drives the same functions with mutated recordings.

use codex_protocol::{Incoming, ServerNotification, decode_envelope, decode_incoming};
use serde_json::Value;
use serde_json::value::RawValue;

/// Takes the bytes for a frame.
pub fn envelope(data: &[u8]) {
    let Ok(frame) = std::str::from_utf8(data) else { return };
    let envelope = decode_envelope(frame);
    match decode_incoming(frame) {
        Ok(incoming) => {
            assert!(envelope.is_ok(), "a message without an envelope");
            written_back(&incoming);
        }
        Err(error) => drop(error.to_string()),
    }
}

/// Takes the first byte for a method, and the others for its params.
pub fn notification(data: &[u8]) {
    let Some((first, params)) = data.split_first() else { return };
    let Ok(params) = std::str::from_utf8(params) else { return };
    let methods = ServerNotification::METHODS;
    let method = methods[usize::from(*first) % methods.len()];
    let one_pass = format!(r#"{{"method":"{method}","params":{params}}}"#);
    let incoming = decode_incoming(&one_pass);
    if let Ok(incoming) = &incoming {
        written_back(incoming);
    }
    // Bytes that end the params early may say another method after them.
    if serde_json::from_str::<&RawValue>(params).is_ok() {
        let general = format!(r#"{{"params":{params},"method":"{method}"}}"#);
        match (incoming, decode_incoming(&general)) {
            (Ok(incoming), Ok(other)) => assert_eq!(told(&incoming), told(&other)),
            (incoming, other) => panic!("{incoming:?} and {other:?}"),
        }
    }
}

/// Reads again what a message is written as, and finds the same.
fn written_back(incoming: &Incoming<'_>) {
    let frame = match incoming {
        Incoming::Notification { notification, .. } => serde_json::to_value(notification),
        Incoming::Request { id, request } => serde_json::to_value(request).map(|mut frame| {
            frame["id"] = serde_json::json!(id);
            frame
        }),
        other => return drop(told(other)),
    };
    let frame = frame.expect("models serialize");
    let text = frame.to_string();
    let again = match decode_incoming(&text).expect("what is written can be read") {
        Incoming::Notification { notification, .. } => serde_json::to_value(notification),
        Incoming::Request { id, request } => serde_json::to_value(request).map(|mut frame| {
            frame["id"] = serde_json::json!(id);
            frame
        }),
        other => panic!("{text} became {other:?}"),
    };
    assert!(same(&again.expect("models serialize"), &frame), "{text}");
}

/// Equal, but for the last digit of a fraction: `serde_json` reads those fast rather than exactly.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && same(a.1, b.1))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Number(x), Value::Number(y)) if x.is_f64() && y.is_f64() => {
            let (x, y) = (x.as_f64().unwrap_or_default(), y.as_f64().unwrap_or_default());
            (x - y).abs() <= x.abs() * 1e-12
        }
        (a, b) => a == b,
    }
}

/// All that a message says, without the positions of errors.
fn told(incoming: &Incoming<'_>) -> String {
    match incoming {
        Incoming::UndecodedNotification { method, params, error } => {
            let text = error.to_string();
            assert!(text.starts_with(method.as_str()), "{text}");
            let text = text.split(" at line ").next().unwrap_or_default();
            format!("{method} {params} {text}")
        }
        other => format!("{other:?}"),
    }
}
