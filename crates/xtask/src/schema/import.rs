//! One flat, prose-free bundle from the files of an export.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::{print, wording};
use crate::Failure;
use crate::codegen::Overrides;

/// The unions that name every method; they close each bundle.
pub(crate) const METHOD_UNIONS: [&str; 4] =
    ["ClientNotification", "ClientRequest", "ServerNotification", "ServerRequest"];

const BUNDLE: &str = "codex_app_server_protocol.schemas.json";

/// Writes `schema/VERSION/{stable,experimental}.json` from the export in `dir`.
pub(super) fn run(schema: &Path, version: &str, dir: &Path) -> Result<(), Failure> {
    let overrides = Overrides::load(schema)?;
    for channel in ["stable", "experimental"] {
        let mut definitions = flatten(&dir.join(channel))?;
        wording::check(&definitions, &overrides)?;
        definitions.values_mut().for_each(strip_prose);
        let target = schema.join(version).join(format!("{channel}.json"));
        fs::create_dir_all(schema.join(version))?;
        let text = print::pretty(&json!({ "definitions": definitions }));
        fs::write(&target, text).map_err(|e| format!("{}: {e}", target.display()))?;
        println!("{}: {} definitions", target.display(), definitions.len());
    }
    Ok(())
}

/// All definitions of an export in one namespace, with their prose.
fn flatten(dir: &Path) -> Result<Map<String, Value>, Failure> {
    let Value::Object(mut bundle) = read(&dir.join(BUNDLE))? else {
        return Err(format!("{BUNDLE}: not an object").into());
    };
    let Some(Value::Object(mut root)) = bundle.remove("definitions") else {
        return Err(format!("{BUNDLE}: no `definitions`").into());
    };
    let Some(Value::Object(v2)) = root.remove("v2") else {
        return Err(format!("{BUNDLE}: no `definitions/v2`").into());
    };
    let mut all = Map::new();
    for (name, definition) in root.into_iter().chain(v2) {
        add(&mut all, name, definition, BUNDLE)?;
    }
    for union in METHOD_UNIONS {
        let file = format!("{union}.json");
        let Value::Object(mut definition) = read(&dir.join(&file))? else {
            return Err(format!("{file}: not an object").into());
        };
        if let Some(Value::Object(inner)) = definition.remove("definitions") {
            for (name, definition) in inner {
                add(&mut all, name, definition, &file)?;
            }
        }
        add(&mut all, union.to_owned(), Value::Object(definition), &file)?;
    }
    Ok(all)
}

/// Adds a definition; one that is there already has to say the same.
fn add(
    all: &mut Map<String, Value>,
    name: String,
    mut definition: Value,
    file: &str,
) -> Result<(), Failure> {
    shorten_refs(&mut definition);
    if let Some(known) = all.get(&name) {
        let (mut left, mut right) = (known.clone(), definition);
        strip_prose(&mut left);
        strip_prose(&mut right);
        if left != right {
            return Err(format!("{file}: `{name}` differs from its other definition").into());
        }
    } else {
        all.insert(name, definition);
    }
    Ok(())
}

/// `#/definitions/v2/X` and `#/definitions/X` mean the same in one namespace.
fn shorten_refs(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(target)) = map.get_mut("$ref") {
                let name = target.rsplit('/').next().unwrap_or_default();
                *target = format!("#/definitions/{name}");
            }
            map.values_mut().for_each(shorten_refs);
        }
        Value::Array(items) => items.iter_mut().for_each(shorten_refs),
        _ => {}
    }
}

/// Removes what is not structure. Property maps are walked by value, since a
/// property may well be called `title`.
fn strip_prose(schema: &mut Value) {
    let Value::Object(map) = schema else { return };
    for prose in ["$schema", "description", "title"] {
        map.remove(prose);
    }
    for (keyword, value) in map {
        match keyword.as_str() {
            "properties" | "definitions" => {
                if let Value::Object(properties) = value {
                    properties.values_mut().for_each(strip_prose);
                }
            }
            "oneOf" | "anyOf" | "allOf" => {
                if let Value::Array(schemas) = value {
                    schemas.iter_mut().for_each(strip_prose);
                }
            }
            "items" | "additionalProperties" => strip_prose(value),
            _ => {}
        }
    }
}

fn read(path: &Path) -> Result<Value, Failure> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_goes_but_properties_of_that_name_stay() {
        let mut schema = json!({
            "title": "T", "description": "words", "type": "object",
            "properties": { "title": { "type": "string", "description": "words" } },
            "required": ["title"],
        });
        strip_prose(&mut schema);
        let expected = json!({
            "type": "object",
            "properties": { "title": { "type": "string" } },
            "required": ["title"],
        });
        assert_eq!(schema, expected);
    }

    #[test]
    fn a_name_with_two_meanings_is_refused() {
        let mut all = Map::new();
        let first = json!({ "$ref": "#/definitions/v2/X", "description": "one" });
        let same = json!({ "$ref": "#/definitions/X", "description": "two" });
        add(&mut all, "A".into(), first, "f").expect("the first is taken");
        add(&mut all, "A".into(), same, "f").expect("the same, in other words");
        let error = add(&mut all, "A".into(), json!(true), "f").expect_err("differs");
        assert_eq!(error.to_string(), "f: `A` differs from its other definition");
    }
}
