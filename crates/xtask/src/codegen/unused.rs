//! Overrides that nothing needs any more.

use std::collections::BTreeSet;

use super::Overrides;
use super::ir::{Presence, Protocol, Shape};

/// Fails on the first override that the schema gives no occasion for.
///
/// `not_double` is not looked at: its occasion is in prose, which only an
/// import sees.
pub(super) fn check(
    all: &Protocol,
    overrides: &Overrides,
    changed: &BTreeSet<String>,
) -> Result<(), String> {
    let mut known = Known::default();
    for (name, def) in &all.defs {
        known.types.insert(name.clone());
        match &def.shape {
            Shape::Struct { fields, .. } => {
                for field in fields {
                    known.wires.insert(field.wire.clone());
                    let path = format!("{name}.{}", field.wire);
                    if field.presence == Presence::Double {
                        known.double.insert(path.clone());
                    }
                    known.fields.insert(path);
                }
            }
            Shape::Untagged(_) => {
                known.untagged.insert(name.clone());
            }
            Shape::Strings(variants)
            | Shape::External(variants)
            | Shape::Tagged { variants, .. } => {
                known.variants.extend(variants.iter().map(|v| format!("{name}.{}", v.wire)));
            }
            Shape::Alias(_) => {}
        }
    }
    for method in &all.server_notifications {
        known.notifications.insert(method.wire.clone());
    }
    all_in("double", overrides.double.iter(), &known.double)?;
    all_in("shared", overrides.shared.iter(), &known.fields)?;
    all_in("secret", overrides.secret.iter(), &known.fields)?;
    all_in("inline", overrides.inline.iter(), &known.notifications)?;
    all_in("roots", overrides.roots.iter(), &known.types)?;
    all_in("changed", overrides.changed.iter(), changed)?;
    all_in("responses", overrides.responses.keys(), &all.paired_by_hand)?;
    all_in("ids.names", overrides.ids.names.iter(), &known.wires)?;
    all_in("ids.types", overrides.ids.types.iter(), &known.types)?;
    all_in("ids.aliases", overrides.ids.aliases.iter(), &known.types)?;
    all_in("untagged", overrides.untagged.keys(), &known.untagged)?;
    all_in("variants", overrides.variants.keys(), &known.variants)?;
    all_in("names", overrides.names.values(), &known.types)
}

/// What an override may speak of.
#[derive(Default)]
struct Known {
    types: BTreeSet<String>,
    fields: BTreeSet<String>,
    wires: BTreeSet<String>,
    double: BTreeSet<String>,
    untagged: BTreeSet<String>,
    variants: BTreeSet<String>,
    notifications: BTreeSet<String>,
}

fn all_in<'a>(
    list: &str,
    mut entries: impl Iterator<Item = &'a String>,
    known: &BTreeSet<String>,
) -> Result<(), String> {
    match entries.find(|entry| !known.contains(*entry)) {
        Some(entry) => Err(format!("schema/overrides.toml: {list}: nothing needs `{entry}`")),
        None => Ok(()),
    }
}
