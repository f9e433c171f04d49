//! Finds fields whose prose tells an absent value from a null one.
//!
//! The structure of the schema does not say which optional fields mean
//! something else when they are null. The prose does, and only an import
//! sees it: every hit has to be classified in `overrides.toml`.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::Failure;
use crate::codegen::Overrides;

/// Fails on a field of the client's own types that nobody has classified.
pub(super) fn check(
    definitions: &Map<String, Value>,
    overrides: &Overrides,
) -> Result<(), Failure> {
    let mut unclassified = Vec::new();
    for name in outbound(definitions) {
        let Some(definition) = definitions.get(&name) else { continue };
        visit(&name, definition, &mut |field, prose| {
            if tells_null_apart(prose) && !overrides.classifies_null(field) {
                unclassified.push(format!("  {field}: {prose}"));
            }
        });
    }
    if unclassified.is_empty() {
        return Ok(());
    }
    unclassified.sort();
    unclassified.dedup();
    Err(format!(
        "list these under `double` or `not_double` in schema/overrides.toml:\n{}",
        unclassified.join("\n")
    )
    .into())
}

/// Whether the prose of an optional field gives null a meaning of its own.
fn tells_null_apart(prose: &str) -> bool {
    let prose = prose.to_lowercase();
    let leaves_out =
        ["omit", "omission", "absent", "unset"].iter().any(|word| prose.contains(word));
    let nulls = prose.contains("null");
    let changes = ["clear", "unchanged", "remove", "reset", "disable"];
    (leaves_out && nulls)
        || ((leaves_out || nulls) && changes.iter().any(|word| prose.contains(word)))
}

/// Calls `found` with `Type.field` and the prose of every nullable property.
fn visit(path: &str, schema: &Value, found: &mut dyn FnMut(&str, &str)) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Object(properties)) = map.get("properties") {
                for (name, property) in properties {
                    let prose = property.get("description").and_then(Value::as_str);
                    if let Some(prose) = prose.filter(|_| nullable(property)) {
                        found(&format!("{path}.{name}"), prose);
                    }
                }
            }
            map.values().for_each(|value| visit(path, value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| visit(path, item, found)),
        _ => {}
    }
}

fn nullable(property: &Value) -> bool {
    property.to_string().contains("\"null\"")
}

/// Every definition that the client's requests reach.
fn outbound(definitions: &Map<String, Value>) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut queue = vec!["ClientRequest".to_owned()];
    while let Some(name) = queue.pop() {
        if let Some(definition) = definitions.get(&name) {
            references(definition, &mut |target| {
                if seen.insert(target.to_owned()) {
                    queue.push(target.to_owned());
                }
            });
        }
    }
    seen
}

fn references(value: &Value, found: &mut dyn FnMut(&str)) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(target)) = map.get("$ref") {
                found(target.rsplit('/').next().unwrap_or_default());
            }
            map.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wording_that_gives_null_a_meaning() {
        for (prose, expected) in [
            ("Omit to keep it, use null to clear it.", true),
            ("Null clears the project.", true),
            ("Omission leaves it unchanged.", true),
            ("The model to use.", false),
            ("May be null.", false),
        ] {
            assert_eq!(tells_null_apart(prose), expected, "{prose}");
        }
    }
}
