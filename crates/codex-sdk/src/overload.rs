//! How the server says that it has too much to do.

use codex_protocol::RpcError;
use serde_json::Value;

/// The server's "overloaded, retry later".
const OVERLOADED: i64 = -32001;

/// The codes that JSON-RPC leaves to servers.
const SERVER_ERRORS: std::ops::RangeInclusive<i64> = -32099..=-32000;

/// Whether the server refused a request because it is overloaded: by its code, or, under another code of its own, by
/// `serverOverloaded` anywhere in the data, in any casing.
#[inline]
pub(crate) fn is_overload(error: &RpcError) -> bool {
    error.code == OVERLOADED
        || SERVER_ERRORS.contains(&error.code) && error.data.as_ref().is_some_and(names_overload)
}

#[inline]
fn names_overload(data: &Value) -> bool {
    match data {
        Value::String(text) => is_server_overloaded(text),
        Value::Array(items) => items.iter().any(names_overload),
        Value::Object(members) => {
            members.iter().any(|(key, value)| is_server_overloaded(key) || names_overload(value))
        }
        _ => false,
    }
}

/// `serverOverloaded`, `server_overloaded`, `SERVER-OVERLOADED` and the like.
#[inline]
fn is_server_overloaded(text: &str) -> bool {
    let letters = text.chars().filter(|letter| !matches!(letter, '_' | '-' | ' '));
    letters.map(|letter| letter.to_ascii_lowercase()).eq("serveroverloaded".chars())
}

#[cfg(test)]
mod tests {
    use super::is_overload;
    use codex_protocol::RpcError;
    use serde_json::{Value, json};

    #[test]
    fn overload_is_seen_in_every_spelling() {
        let table = [
            (-32001, Value::Null, true),
            (-32001, json!({ "codexErrorInfo": "serverOverloaded" }), true),
            (-32000, Value::Null, false),
            (-32000, json!("server_overloaded"), true),
            (-32000, json!("SERVER_OVERLOADED"), true),
            (-32000, json!({ "codex_error_info": "Server-Overloaded" }), true),
            (-32050, json!({ "errorInfo": { "serverOverloaded": { "status": 503 } } }), true),
            (-32099, json!([1, { "a": [{ "b": "ServerOverloaded" }] }]), true),
            (-32000, json!({ "codexErrorInfo": "usageLimitExceeded" }), false),
            (-32000, json!("the server overloaded me with questions"), false),
            // A refusal that only speaks of it.
            (-32600, json!({ "codexErrorInfo": "serverOverloaded" }), false),
            (-32100, json!("serverOverloaded"), false),
        ];
        for (code, data, expected) in table {
            let mut error = RpcError::new(code, "text");
            error.data = Some(data).filter(|data| !data.is_null());
            assert_eq!(is_overload(&error), expected, "{error:?}");
        }
    }
}
