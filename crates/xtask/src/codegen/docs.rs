//! What each type and field says of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::ir::{Method, Protocol, Shape, Ty, Variant};
use crate::Failure;

/// `schema/docs.toml`: our own words for what people meet first.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Docs {
    /// By the name of a type.
    types: BTreeMap<String, String>,
    /// By `Type.wireName`, of fields and of variants.
    members: BTreeMap<String, String>,
    /// By the wire name of fields that say the same wherever they are.
    names: BTreeMap<String, String>,
}

impl Docs {
    pub(super) fn load(schema: &Path) -> Result<Self, Failure> {
        let path = schema.join("docs.toml");
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()).into())
    }

    /// Fails on words for something that is not there any more.
    pub(super) fn check(&self, all: &Protocol) -> Result<(), String> {
        let mut members = BTreeSet::new();
        let mut fields = BTreeSet::new();
        for (name, def) in &all.defs {
            def.members(&mut |wire| {
                members.insert(format!("{name}.{wire}"));
            });
            if let Shape::Struct { fields: of_def, .. } = &def.shape {
                fields.extend(of_def.iter().map(|field| field.wire.as_str()));
            }
        }
        let types = self.types.keys().filter(|name| !all.defs.contains_key(*name));
        let members = self.members.keys().filter(|name| !members.contains(*name));
        let names = self.names.keys().filter(|name| !fields.contains(name.as_str()));
        match types.chain(members).chain(names).next() {
            Some(name) => Err(format!("schema/docs.toml: `{name}` is not in the schema")),
            None => Ok(()),
        }
    }

    /// The words for a type.
    pub(super) fn of_type(&self, name: &str) -> Option<&str> {
        self.types.get(name).map(String::as_str)
    }

    /// The words for a field.
    pub(super) fn of_field(&self, owner: &str, wire: &str) -> Option<&str> {
        let own = self.members.get(&format!("{owner}.{wire}"));
        own.or_else(|| self.names.get(wire)).map(String::as_str)
    }

    /// The words for a value or a kind, which may be those for its body.
    pub(super) fn of_variant(&self, owner: &str, variant: &Variant) -> Option<&str> {
        let own = self.members.get(&format!("{owner}.{}", variant.wire)).map(String::as_str);
        own.or_else(|| match &variant.body {
            Some(Ty::Ref(body)) => self.of_type(body),
            _ => None,
        })
    }
}

/// One line for every type, from where it is used, behind our own words if there are any.
pub(super) fn types(all: &Protocol, docs: &Docs) -> BTreeMap<String, String> {
    let mut lines = used_by(all);
    for (name, def) in &all.defs {
        if let Some((union, wire)) = &def.variant_of {
            lines.insert(name.clone(), format!("The body of `{wire}` in [`{union}`]."));
        }
    }
    roles(all, &mut lines);
    for (name, words) in &docs.types {
        let role = lines.get(name).filter(|_| is_role(name, all));
        let text = role.map_or_else(|| words.clone(), |role| format!("{words}\n\n{role}"));
        lines.insert(name.clone(), text);
    }
    lines
}

/// The first field that uses a type, for those that have no better origin.
fn used_by(all: &Protocol) -> BTreeMap<String, String> {
    let mut users: BTreeMap<&str, BTreeSet<(bool, &str, &str)>> = BTreeMap::new();
    for (owner, def) in &all.defs {
        def.uses(&mut |wire, ty| {
            ty.references(&mut |name| {
                users.entry(name).or_default().insert((def.variant_of.is_some(), owner, wire));
            });
        });
    }
    let line = |(name, users): (&str, BTreeSet<(bool, &str, &str)>)| {
        let (_, owner, wire) = users.first()?;
        let others = if users.len() > 1 { ", and of others" } else { "" };
        let line = if wire.is_empty() {
            format!("Another name of this is [`{owner}`].")
        } else {
            format!("`{wire}` of [`{owner}`]{others}.")
        };
        Some((name.to_owned(), line))
    };
    users.into_iter().filter_map(line).collect()
}

/// What a type is to a method.
fn roles(all: &Protocol, lines: &mut BTreeMap<String, String>) {
    let methods = |table: &[Method], pick: &dyn Fn(&Method) -> Option<String>| {
        let mut by_type: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for method in table {
            if let Some(name) = pick(method) {
                by_type.entry(name).or_default().push(format!("`{}`", method.wire));
            }
        }
        by_type.into_iter().map(|(name, wires)| (name, wires.join(" and "))).collect::<Vec<_>>()
    };
    let answered = |table: &[Method], name: &str| {
        let method = table.iter().find(|method| method.params == name);
        let response = method.and_then(|method| method.response.as_ref());
        response.map_or_else(String::new, |response| format!("; answered by [`{response}`]"))
    };
    for (name, wires) in methods(&all.client_requests, &|m| m.response.clone()) {
        lines.insert(name, format!("Response to {wires}."));
    }
    for (name, wires) in methods(&all.server_requests, &|m| m.response.clone()) {
        lines.insert(name, format!("The client's answer to {wires}."));
    }
    for (name, wires) in methods(&all.client_requests, &|m| Some(m.params.clone())) {
        let response = answered(&all.client_requests, &name);
        lines.insert(name, format!("Params of {wires}{response}."));
    }
    for (name, wires) in methods(&all.server_requests, &|m| Some(m.params.clone())) {
        let response = answered(&all.server_requests, &name);
        lines.insert(name, format!("Params of the server's request {wires}{response}."));
    }
    for (name, wires) in methods(&all.client_notifications, &|m| Some(m.params.clone())) {
        lines.insert(name, format!("Params of the client's notification {wires}."));
    }
    for (name, wires) in methods(&all.server_notifications, &|m| Some(m.params.clone())) {
        lines.insert(name, format!("Params of the notification {wires}."));
    }
}

/// Whether a type belongs to a method or a union, which its own words need not repeat.
fn is_role(name: &str, all: &Protocol) -> bool {
    let of = |table: &[Method]| {
        table.iter().any(|m| m.params == name || m.response.as_deref() == Some(name))
    };
    of(&all.client_requests)
        || of(&all.client_notifications)
        || of(&all.server_requests)
        || of(&all.server_notifications)
        || all.defs.get(name).is_some_and(|def| def.variant_of.is_some())
}

impl super::ir::Def {
    /// Calls `found` with the wire name of every field or variant.
    fn members(&self, found: &mut dyn FnMut(&str)) {
        match &self.shape {
            Shape::Struct { fields, .. } => fields.iter().for_each(|field| found(&field.wire)),
            Shape::Strings(variants)
            | Shape::Tagged { variants, .. }
            | Shape::External(variants)
            | Shape::Untagged(variants) => {
                variants.iter().for_each(|variant| found(&variant.wire));
            }
            Shape::Alias(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
