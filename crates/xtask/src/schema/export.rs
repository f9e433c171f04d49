//! What a codex binary exports, as one flat, prose-free bundle for each channel.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Map, Value, json};

use super::snapshot::{CHANNELS, Snapshot};
use super::{print, wording};
use crate::Failure;
use crate::codegen::Overrides;

/// The unions that name every method; they close each bundle.
pub(crate) const METHOD_UNIONS: [&str; 4] =
    ["ClientNotification", "ClientRequest", "ServerNotification", "ServerRequest"];

const BUNDLE: &str = "codex_app_server_protocol.schemas.json";

/// Has `binary` export its schemas, and fails on prose that nobody has classified.
pub(super) fn export(binary: &Path, overrides: &Overrides) -> Result<Snapshot, Failure> {
    let dir = tempfile::tempdir()?;
    let mut snapshot = Snapshot::default();
    for channel in CHANNELS {
        let target = dir.path().join(channel);
        let experimental = (channel == "experimental").then_some(OsStr::new("--experimental"));
        let args = ["app-server", "generate-json-schema", "--out"].map(OsStr::new);
        let args = args.into_iter().chain([target.as_os_str()]).chain(experimental);
        output(binary, args, dir.path())?;
        *snapshot.channel_mut(channel) = bundle(&target, overrides)?;
    }
    Ok(snapshot)
}

/// The version that `binary` says it has.
pub(crate) fn version_of(binary: &Path) -> Result<String, Failure> {
    let dir = tempfile::tempdir()?;
    let said = output(binary, [OsStr::new("--version")], dir.path())?;
    match said.split_whitespace().last() {
        Some(version) if version.starts_with(|c: char| c.is_ascii_digit()) => Ok(version.into()),
        _ => Err(format!("`{} --version` names no version: {said:?}", binary.display()).into()),
    }
}

/// What `binary` prints, in a home of its own that holds nobody's configuration.
fn output<'a>(
    binary: &Path,
    args: impl IntoIterator<Item = &'a OsStr>,
    home: &Path,
) -> Result<String, Failure> {
    let mut command = Command::new(binary);
    command.args(args).env("CODEX_HOME", home).current_dir(home).stdin(Stdio::null());
    let said = command.output().map_err(|error| format!("{}: {error}", binary.display()))?;
    if said.status.success() {
        return Ok(String::from_utf8_lossy(&said.stdout).into_owned());
    }
    let stderr = String::from_utf8_lossy(&said.stderr);
    Err(format!("{command:?} failed ({}): {}", said.status, stderr.trim()).into())
}

/// The text of one channel from its files in `dir`.
fn bundle(dir: &Path, overrides: &Overrides) -> Result<String, Failure> {
    let mut definitions = flatten(dir)?;
    wording::check(&definitions, overrides)?;
    definitions.values_mut().for_each(strip_prose);
    Ok(print::pretty(&json!({ "definitions": definitions })))
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
