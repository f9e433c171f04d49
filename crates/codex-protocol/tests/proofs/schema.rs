//! The schemas that the binaries export, by version.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// One version's own words, with experimental methods.
pub(crate) struct Version {
    pub(crate) name: String,
    pub(crate) definitions: Value,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema")
}

/// All versions that the models are made from, the newest first.
pub(crate) fn versions() -> Vec<Version> {
    let newest = fs::read_to_string(folder().join("VERSION")).expect("a version");
    let mut versions = Vec::new();
    for entry in fs::read_dir(folder()).expect("a folder of schemas") {
        let path = entry.expect("an entry").path();
        let Ok(text) = fs::read_to_string(path.join("experimental.json")) else { continue };
        let mut bundle: Value = serde_json::from_str(&text).expect("a bundle");
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        versions.push(Version { name, definitions: bundle["definitions"].take() });
    }
    versions.sort_by_key(|version| version.name != newest.trim());
    assert!(versions.len() >= 2, "the oldest and the newest version");
    assert_eq!(versions[0].name, newest.trim());
    versions
}

/// Judges values by the definition of a name, in one version.
pub(crate) struct Judge {
    version: Version,
    validator: jsonschema::Validator,
}

impl Judge {
    /// The schema is compiled once: an object whose members have the names of the definitions.
    pub(crate) fn new(version: Version) -> Self {
        let names = version.definitions.as_object().expect("definitions").keys();
        let members =
            names.map(|name| (name.clone(), json!({ "$ref": format!("#/definitions/{name}") })));
        let schema = json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "definitions": version.definitions,
            "properties": Value::Object(members.collect()),
        });
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        Self { version, validator }
    }

    pub(crate) fn of_all_versions() -> Vec<Self> {
        versions().into_iter().map(Self::new).collect()
    }

    pub(crate) fn version(&self) -> &str {
        &self.version.name
    }

    /// Whether the version has a definition of that name.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.version.definitions.get(name).is_some()
    }

    /// What is wrong with `value` as a `name`.
    pub(crate) fn verdict(&self, name: &str, value: &Value) -> Result<(), String> {
        assert!(self.knows(name), "{} has no {name}", self.version.name);
        let instance = json!({ (name): value });
        let errors: Vec<_> = self.validator.iter_errors(&instance).map(|e| e.to_string()).collect();
        if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) }
    }
}
