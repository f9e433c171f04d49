//! JSON laid out for reviewing: sorted keys, and short values on one line.

use serde_json::Value;

/// Up to this many characters a value stays on its line.
const LINE: usize = 100;

/// The text of a schema file, with a newline at its end.
pub(super) fn pretty(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, &sorted(value), 0);
    out.push('\n');
    out
}

/// Sorts keys whatever map `serde_json` was built with.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_str());
            Value::Object(entries.into_iter().map(|(k, v)| (k.clone(), sorted(v))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

fn write(out: &mut String, value: &Value, depth: usize) {
    let line = value.to_string();
    if depth > 1 && line.len() + 2 * depth <= LINE {
        out.push_str(&line);
        return;
    }
    match value {
        Value::Object(map) if !map.is_empty() => {
            let entries = map.iter().map(|(key, value)| (Some(key.as_str()), value));
            block(out, ('{', '}'), entries, depth);
        }
        Value::Array(items) if !items.is_empty() => {
            block(out, ('[', ']'), items.iter().map(|item| (None, item)), depth);
        }
        _ => out.push_str(&line),
    }
}

fn block<'a>(
    out: &mut String,
    (open, close): (char, char),
    entries: impl Iterator<Item = (Option<&'a str>, &'a Value)>,
    depth: usize,
) {
    out.push(open);
    for (index, (key, value)) in entries.enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(depth + 1));
        if let Some(key) = key {
            out.push_str(&Value::from(key).to_string());
            out.push_str(": ");
        }
        write(out, value, depth + 1);
    }
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
    out.push(close);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_values_share_a_line_and_keys_are_sorted() {
        let long = "x".repeat(100);
        let value =
            serde_json::json!({ "definitions": { "B": { "type": "string" }, "A": [long] } });
        let expected = format!(
            "{{\n  \"definitions\": {{\n    \"A\": [\n      \"{long}\"\n    ],\n    \"B\": {{\"type\":\"string\"}}\n  }}\n}}\n"
        );
        assert_eq!(pretty(&value), expected);
    }
}
