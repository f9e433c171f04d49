//! `schema/overrides.toml`: what the schema does not say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::Failure;

/// Facts added to the schema by hand, each with its reason beside it in the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Overrides {
    /// Method to response type, where the names do not pair by themselves.
    pub(super) responses: BTreeMap<String, String>,
    /// `Type.field` whose null differs from its absence.
    pub(super) double: BTreeSet<String>,
    /// `Type.field` whose prose sounds like it, and which is not.
    pub(super) not_double: BTreeSet<String>,
    pub(super) ids: Ids,
    /// `Type.field` held in an `Arc`.
    pub(super) shared: BTreeSet<String>,
    /// `Type.field` that is never shown by `Debug`.
    pub(super) secret: BTreeSet<String>,
    /// Notification methods whose payload is in the enum itself.
    pub(super) inline: BTreeSet<String>,
    /// Names of the alternatives of unions without a tag, in schema order.
    pub(super) untagged: BTreeMap<String, Vec<String>>,
    /// `Union.wire value` to variant name, where the rule gives one name to two.
    pub(super) variants: BTreeMap<String, String>,
    /// Generated name to a better one, for types that the schema leaves nameless.
    pub(super) names: BTreeMap<String, String>,
    /// `Type` or `Type.field` that changed between versions; the newest one stands.
    pub(super) changed: BTreeSet<String>,
    /// Definitions that no method reaches and that are wanted all the same.
    pub(super) roots: BTreeSet<String>,
}

/// Which string fields are an `Id`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Ids {
    /// Wire names that are ids wherever they stand.
    pub(super) names: BTreeSet<String>,
    /// Definitions whose `id` is one, in all their variants.
    pub(super) types: BTreeSet<String>,
    /// String definitions that are ids themselves.
    pub(super) aliases: BTreeSet<String>,
}

impl Overrides {
    pub(crate) fn load(schema: &Path) -> Result<Self, Failure> {
        let path = schema.join("overrides.toml");
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()).into())
    }

    /// Whether somebody has decided what null means for `Type.field`.
    pub(crate) fn classifies_null(&self, field: &str) -> bool {
        self.double.contains(field) || self.not_double.contains(field)
    }
}
