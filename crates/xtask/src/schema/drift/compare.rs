//! Two bundles, definition by definition.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::export::METHOD_UNIONS;
use super::view::{self, Definitions, Property, View};
use super::{Change, Kind};

/// Everything that differs between two bundles.
pub(super) fn changes(old: &Definitions, new: &Definitions) -> BTreeSet<Change> {
    let mut compare = Compare { old, new, found: BTreeSet::new() };
    for (name, schema) in old {
        match new.get(name) {
            None => compare.found(Kind::TypeGone, name),
            Some(now) if METHOD_UNIONS.contains(&name.as_str()) => {
                compare.methods(name, schema, now);
            }
            Some(now) => compare.schemas(name, schema, now),
        }
    }
    for name in new.keys().filter(|name| !old.contains_key(*name)) {
        compare.found(Kind::TypeNew, name);
    }
    compare.found
}

struct Compare<'a> {
    old: &'a Definitions,
    new: &'a Definitions,
    found: BTreeSet<Change>,
}

impl Compare<'_> {
    fn found(&mut self, kind: Kind, place: impl Into<String>) {
        self.found.insert(Change { kind, place: place.into() });
    }

    fn methods(&mut self, union: &str, old: &Value, new: &Value) {
        let (View::Union(before), View::Union(now)) =
            (view::view(old, self.old), view::view(new, self.new))
        else {
            return self.schemas(union, old, new);
        };
        for (method, entry) in &before {
            match now.get(method) {
                None => self.found(Kind::MethodGone, format!("{method} ({union})")),
                Some(known) => self.params(method, *entry, *known),
            }
        }
        for method in now.keys().filter(|method| !before.contains_key(*method)) {
            self.found(Kind::MethodNew, format!("{method} ({union})"));
        }
    }

    fn params(&mut self, method: &str, old: Option<&Value>, new: Option<&Value>) {
        let say = |entry: Option<&Value>, all| match entry.map(|entry| &entry["properties"]) {
            None => Params { ty: "none".to_owned(), optional: true },
            Some(members) => Params::of(&members["params"], all),
        };
        let (before, now) = (say(old, self.old), say(new, self.new));
        if before == now {
            return;
        }
        let compatible = now.optional && (before.ty == now.ty || before.ty == "none");
        let kind = if compatible { Kind::ParamsOptional } else { Kind::ParamsChanged };
        self.found(kind, format!("{method}: {before} -> {now}"));
    }

    /// Two schemas of one name.
    fn schemas(&mut self, path: &str, old: &Value, new: &Value) {
        match (view::view(old, self.old), view::view(new, self.new)) {
            (View::Strings(before), View::Strings(now)) => {
                for gone in before.difference(&now) {
                    self.found(Kind::ValueGone, format!("{path}: {gone}"));
                }
                for added in now.difference(&before) {
                    self.found(Kind::ValueNew, format!("{path}: {added}"));
                }
            }
            (View::Object, View::Object) => self.members(path, old, new),
            (View::Union(before), View::Union(now)) => {
                self.members(path, old, new);
                for (kind, body) in &before {
                    match (body, now.get(kind)) {
                        (_, None) => self.found(Kind::VariantGone, format!("{path}: {kind}")),
                        (Some(body), Some(Some(now))) => {
                            self.field(&format!("{path}.{kind}"), body, now);
                        }
                        (None, Some(None)) => {}
                        _ => self.found(Kind::TypeChanged, format!("{path}: body of {kind}")),
                    }
                }
                for kind in now.keys().filter(|kind| !before.contains_key(*kind)) {
                    self.found(Kind::VariantNew, format!("{path}: {kind}"));
                }
            }
            (View::Plain(before), View::Plain(now)) if before == now => {}
            (before, now) => {
                self.found(Kind::TypeChanged, format!("{path}: {before} -> {now}"));
            }
        }
    }

    fn members(&mut self, path: &str, old: &Value, new: &Value) {
        let (before, now) = (view::properties(old), view::properties(new));
        for (name, was) in &before {
            let path = format!("{path}.{name}");
            match now.get(name) {
                None if was.required => self.found(Kind::RequiredGone, path),
                None => self.found(Kind::OptionalGone, path),
                Some(is) => self.member(&path, was, is),
            }
        }
        for (name, is) in now.iter().filter(|(name, _)| !before.contains_key(*name)) {
            let kind = if is.required { Kind::RequiredNew } else { Kind::OptionalNew };
            self.found(kind, format!("{path}.{name}"));
        }
    }

    fn member(&mut self, path: &str, was: &Property<'_>, is: &Property<'_>) {
        match (was.required, is.required) {
            (false, true) => self.found(Kind::BecameRequired, path),
            (true, false) => self.found(Kind::BecameOptional, path),
            (true, true) => match (view::nullable(was.schema), view::nullable(is.schema)) {
                (false, true) => self.found(Kind::BecameNullable, path),
                (true, false) => self.found(Kind::NeverNull, path),
                _ => {}
            },
            (false, false) => {}
        }
        if was.default != is.default {
            self.found(Kind::DefaultChanged, path);
        }
        self.field(path, was.schema, is.schema);
    }

    /// Two types in one place: compared in depth if they are declared there, else by name.
    fn field(&mut self, path: &str, old: &Value, new: &Value) {
        if view::is_inline(old) && view::is_inline(new) {
            return self.schemas(path, old, new);
        }
        let (before, now) = (view::line(old, self.old), view::line(new, self.new));
        if before != now {
            self.found(Kind::TypeChanged, format!("{path}: {before} -> {now}"));
        }
    }
}

/// The params of a method.
#[derive(PartialEq, Eq)]
struct Params {
    ty: String,
    optional: bool,
}

impl Params {
    fn of(schema: &Value, all: &Definitions) -> Self {
        if schema.is_null() || schema["type"] == "null" {
            return Self { ty: "none".to_owned(), optional: true };
        }
        Self { ty: view::line(schema, all), optional: view::nullable(schema) }
    }
}

impl std::fmt::Display for Params {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.ty)?;
        f.write_str(if self.optional && self.ty != "none" { " or none" } else { "" })
    }
}

impl std::fmt::Display for View<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Object => "an object",
            Self::Strings(_) => "fixed strings",
            Self::Union(_) => "a union",
            Self::Plain(line) => line,
        })
    }
}
