//! One version's schemas, as `schema/VERSION/` holds them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::Failure;

/// The two bundles of a version; the experimental one contains the other.
pub(super) const CHANNELS: [&str; 2] = ["stable", "experimental"];

/// The text of both bundles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Snapshot {
    stable: String,
    experimental: String,
}

impl Snapshot {
    pub(super) fn read(schema: &Path, version: &str) -> Result<Self, Failure> {
        let mut snapshot = Self::default();
        for channel in CHANNELS {
            let path = path(schema, version, channel);
            let text = fs::read_to_string(&path);
            *snapshot.channel_mut(channel) =
                text.map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(snapshot)
    }

    pub(super) fn write(&self, schema: &Path, version: &str) -> Result<(), Failure> {
        fs::create_dir_all(schema.join(version))?;
        for channel in CHANNELS {
            let path = path(schema, version, channel);
            fs::write(&path, self.channel(channel))
                .map_err(|error| format!("{}: {error}", path.display()))?;
            println!("{}: {} definitions", path.display(), self.definitions(channel)?.len());
        }
        Ok(())
    }

    pub(super) fn definitions(&self, channel: &str) -> Result<Map<String, Value>, Failure> {
        let mut bundle: Value = serde_json::from_str(self.channel(channel))?;
        match bundle["definitions"].take() {
            Value::Object(definitions) => Ok(definitions),
            _ => Err(format!("the {channel} bundle has no `definitions`").into()),
        }
    }

    pub(super) fn channel_mut(&mut self, channel: &str) -> &mut String {
        if channel == "stable" { &mut self.stable } else { &mut self.experimental }
    }

    fn channel(&self, channel: &str) -> &str {
        if channel == "stable" { &self.stable } else { &self.experimental }
    }
}

fn path(schema: &Path, version: &str, channel: &str) -> PathBuf {
    schema.join(version).join(format!("{channel}.json"))
}
