//! Whether two JSON values have the same structure.

use serde_json::Value;

use crate::redaction::MARK;

/// The first place where `sent` differs from `recorded` and may not, such as `params.input[0].text`.
///
/// What was redacted fits anything.
pub(super) fn difference(recorded: &Value, sent: &Value, exact: bool) -> Option<String> {
    let mut path = String::new();
    differs(recorded, sent, exact, &mut path).then(|| path.trim_start_matches('.').to_owned())
}

/// Leaves the path at the difference if there is one, as it was if not.
fn differs(recorded: &Value, sent: &Value, exact: bool, path: &mut String) -> bool {
    let length = path.len();
    match (recorded, sent) {
        (Value::String(text), _) if text.contains(MARK) => false,
        (Value::Object(recorded), Value::Object(sent)) => {
            for name in recorded.keys().chain(sent.keys()) {
                path.push('.');
                path.push_str(name);
                let null = &Value::Null;
                let (a, b) = (recorded.get(name).unwrap_or(null), sent.get(name).unwrap_or(null));
                if differs(a, b, exact || name == "type", path) {
                    return true;
                }
                path.truncate(length);
            }
            false
        }
        (Value::Array(recorded), Value::Array(sent)) if recorded.len() == sent.len() => {
            for (index, (a, b)) in recorded.iter().zip(sent).enumerate() {
                path.push_str(&format!("[{index}]"));
                if differs(a, b, exact, path) {
                    return true;
                }
                path.truncate(length);
            }
            false
        }
        (Value::Null, Value::Null) => false,
        (Value::Bool(recorded), Value::Bool(sent)) => exact && recorded != sent,
        (Value::Number(recorded), Value::Number(sent)) => exact && recorded != sent,
        (Value::String(recorded), Value::String(sent)) => exact && recorded != sent,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn structure_is_members_kinds_lengths_and_types() {
        let recorded = json!({ "a": [{ "type": "x", "n": 1 }, "s"], "b": null, "k": MARK });
        for (sent, loose, exact) in [
            (json!({ "a": [{ "type": "x", "n": 1 }, "s"], "k": 1 }), None, None),
            (json!({ "a": [{ "type": "x", "n": 2 }, "t"], "c": null }), None, Some("a[0].n")),
            (json!({ "a": [{ "type": "y", "n": 1 }, "s"] }), Some("a[0].type"), Some("a[0].type")),
            (json!({ "a": [{ "type": "x", "n": "1" }, "s"] }), Some("a[0].n"), Some("a[0].n")),
            (json!({ "a": [{ "type": "x", "n": 1 }] }), Some("a"), Some("a")),
            (json!({ "a": [{ "type": "x" }, "s"] }), Some("a[0].n"), Some("a[0].n")),
            (json!({ "a": [{ "type": "x", "n": 1 }, "s"], "b": 0 }), Some("b"), Some("b")),
        ] {
            assert_eq!(difference(&recorded, &sent, false).as_deref(), loose, "{sent}");
            assert_eq!(difference(&recorded, &sent, true).as_deref(), exact, "{sent}");
        }
    }
}
