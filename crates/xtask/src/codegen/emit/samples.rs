//! Values of every type, as JSON, and the types that have them.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::super::Overrides;
use super::super::direction::Directions;
use super::super::ir::{Def, Field, Presence, Protocol, Shape, Ty};
use super::PREAMBLE;
use super::declare::presences;

/// `samples.json`: the name of each type to its samples, the smallest first.
pub(super) fn table(all: &Protocol, overrides: &Overrides, directions: &Directions) -> String {
    let mut sampler = Sampler { all, overrides, directions, known: BTreeMap::new() };
    let mut out = String::from("{");
    for name in types_of(all) {
        let gap = if out.len() == 1 { "" } else { "," };
        let samples = sampler.samples(name).join(",\n    ");
        let _ = write!(out, "{gap}\n  \"{name}\": [\n    {samples}\n  ]");
    }
    out.push_str("\n}\n");
    out
}

/// `samples.rs`: the types that have samples, by how they look on the wire, and the requests.
pub(super) fn types(all: &Protocol) -> String {
    let mut groups: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for name in types_of(all) {
        let (group, entry) = match &all.defs[name].shape {
            Shape::Struct { rest: false, .. } => ("objects", name.to_owned()),
            Shape::Struct { rest: true, .. } => ("open_objects", name.to_owned()),
            Shape::Strings(_) => ("strings", name.to_owned()),
            Shape::Tagged { tag, .. } => ("tagged", format!("{name} = {tag:?}")),
            Shape::External(_) => ("external", name.to_owned()),
            Shape::Untagged(_) => ("untagged", name.to_owned()),
            Shape::Alias(_) => continue,
        };
        groups.entry(group).or_default().push(entry);
    }
    let requests = all.client_requests.iter().map(|method| method.params.clone());
    groups.insert("client_requests", requests.collect());
    let requests = all.server_requests.iter().map(|method| method.params.clone());
    groups.insert("server_requests", requests.collect());
    // Tests include this file with a macro of their own: no inner comment of the module.
    let mut out = format!("{PREAMBLE}// The types that have samples.\n\nsamples! {{\n");
    for (group, entries) in groups {
        let _ = writeln!(out, "    {group} {{");
        for entry in entries {
            let _ = writeln!(out, "        {entry},");
        }
        out.push_str("    }\n");
    }
    out.push_str("}\n");
    out
}

/// An alias is another name of a type that is not ours.
fn types_of(all: &Protocol) -> impl Iterator<Item = &str> {
    let types = all.defs.iter().filter(|(_, def)| !matches!(def.shape, Shape::Alias(_)));
    types.map(|(name, _)| name.as_str())
}

/// How much of a value is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Size {
    /// What is always written, and nothing more.
    Minimal,
    /// As the first, with null wherever null says something of its own.
    Nulls,
    /// Every field, and one element in every list and map.
    Maximal,
}

/// Strings say which field they stand in, integers are 1.
struct Sampler<'a> {
    all: &'a Protocol,
    overrides: &'a Overrides,
    directions: &'a Directions,
    known: BTreeMap<String, Vec<String>>,
}

impl Sampler<'_> {
    fn samples(&mut self, name: &str) -> Vec<String> {
        if let Some(samples) = self.known.get(name) {
            return samples.clone();
        }
        let Some(def) = self.all.defs.get(name) else {
            return vec!["1".to_owned(), quoted("requestId")];
        };
        let mut samples = Vec::new();
        match &def.shape {
            Shape::Struct { fields, choices, .. } => {
                let direction = self.directions.word(name).unwrap_or_default();
                let fields = presences(fields, direction);
                let own_id = self.own_id(name, def);
                let mut sizes = vec![Size::Minimal, Size::Maximal];
                if fields.iter().any(|field| field.presence == Presence::Double) {
                    sizes.insert(1, Size::Nulls);
                }
                for size in sizes {
                    let members = self.members(&fields, choices, own_id.as_deref(), size);
                    samples.push(format!("{{{}}}", members.join(",")));
                }
                samples.dedup();
            }
            Shape::Strings(variants) => samples.extend(variants.iter().map(|v| quoted(&v.wire))),
            Shape::Tagged { tag, variants } => {
                samples = by_size(variants.iter().map(|variant| {
                    let tagged = format!("{}:{}", quoted(tag), quoted(&variant.wire));
                    let bodies = variant.body.as_ref().map(|body| self.of(body, tag));
                    let bodies = bodies.unwrap_or_else(|| vec!["{}".to_owned()]);
                    bodies.iter().map(|body| with_tag(&tagged, body)).collect()
                }));
            }
            Shape::External(variants) => {
                samples = by_size(variants.iter().map(|variant| {
                    let wire = quoted(&variant.wire);
                    let Some(body) = &variant.body else { return vec![wire] };
                    let bodies = self.of(body, &variant.wire);
                    bodies.iter().map(|body| format!("{{{wire}:{body}}}")).collect()
                }));
            }
            Shape::Untagged(variants) => {
                let bodies = variants.iter().filter_map(|variant| variant.body.as_ref());
                samples = by_size(bodies.map(|body| self.of(body, "text")));
            }
            Shape::Alias(ty) => samples.extend(self.of(ty, name)),
        }
        self.known.insert(name.to_owned(), samples.clone());
        samples
    }

    fn members(
        &mut self,
        fields: &[Field],
        choices: &[Vec<String>],
        own_id: Option<&str>,
        size: Size,
    ) -> Vec<String> {
        let mut members = Vec::new();
        for field in fields {
            let chosen = choices.first().is_some_and(|choice| choice.contains(&field.wire));
            let own_id = own_id.filter(|_| field.wire == "id");
            let mut samples = self.of(&field.ty, own_id.unwrap_or(&field.wire));
            let largest = samples.pop().unwrap_or_default();
            let smallest = samples.into_iter().next().unwrap_or_else(|| largest.clone());
            let value = match (field.presence, size) {
                (_, Size::Maximal) => largest,
                (Presence::Required, _) => smallest,
                (Presence::Nullable, _) | (Presence::Double, Size::Nulls) => "null".to_owned(),
                (Presence::Default, _) => default(&field.ty).to_owned(),
                (Presence::Optional, _) if chosen => smallest,
                (Presence::Optional | Presence::Double, _) => continue,
            };
            members.push(format!("{}:{value}", quoted(&field.wire)));
        }
        members
    }

    /// Values of a type where it is used, from the smallest to the largest: of
    /// an enum the first alone, since the last may be one of an older version.
    fn of(&mut self, ty: &Ty, hint: &str) -> Vec<String> {
        match ty {
            Ty::Any => vec!["{}".to_owned(), r#"{"key":"value"}"#.to_owned()],
            Ty::Bool => vec!["false".to_owned(), "true".to_owned()],
            Ty::Str | Ty::Id | Ty::Secret => vec![quoted(hint)],
            Ty::Float => vec!["1.5".to_owned()],
            Ty::Int(_) => vec!["1".to_owned()],
            Ty::List(inner) => {
                let element = self.of(inner, hint).pop().unwrap_or_default();
                vec!["[]".to_owned(), format!("[{element}]")]
            }
            Ty::Map(inner) => {
                let element = self.of(inner, hint).pop().unwrap_or_default();
                vec!["{}".to_owned(), format!("{{\"key\":{element}}}")]
            }
            Ty::Nullable(inner) => {
                let mut samples = vec!["null".to_owned()];
                samples.extend(self.of(inner, hint));
                samples
            }
            Ty::Ref(name) => match self.all.defs.get(name).map(|def| &def.shape) {
                Some(Shape::Strings(variants)) => {
                    variants.first().iter().map(|variant| quoted(&variant.wire)).collect()
                }
                Some(Shape::Alias(ty)) => self.of(ty, hint),
                _ => self.samples(name),
            },
        }
    }

    /// What the `id` of a thread, a turn or an item is called elsewhere, so
    /// that samples speak of the same one.
    fn own_id(&self, name: &str, def: &Def) -> Option<String> {
        let family = def.variant_of.as_ref().map_or(name, |(union, _)| union);
        self.overrides.ids.types.contains(family).then(|| {
            let last = family.rfind(|c: char| c.is_ascii_uppercase()).unwrap_or_default();
            format!("{}Id", family[last..].to_ascii_lowercase())
        })
    }
}

fn default(ty: &Ty) -> &'static str {
    match ty {
        Ty::Bool => "false",
        Ty::Int(_) => "0",
        Ty::List(_) => "[]",
        Ty::Map(_) => "{}",
        _ => "\"\"",
    }
}

/// The samples of all kinds of a union, so that the ends of the list are the extremes.
fn by_size(kinds: impl Iterator<Item = Vec<String>>) -> Vec<String> {
    let mut samples = Vec::new();
    let mut largest = Vec::new();
    for mut kind in kinds {
        if kind.len() > 1 {
            largest.extend(kind.pop());
        }
        samples.append(&mut kind);
    }
    samples.sort_by_key(String::len);
    largest.sort_by_key(String::len);
    samples.append(&mut largest);
    samples
}

fn with_tag(tagged: &str, body: &str) -> String {
    match body.strip_prefix('{') {
        Some("}") => format!("{{{tagged}}}"),
        Some(members) => format!("{{{tagged},{members}"),
        None => body.to_owned(),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::super::ir::{Method, Sent, Variant};
    use super::*;

    fn field(wire: &str, ty: Ty, presence: Presence) -> Field {
        Field { wire: wire.to_owned(), ty, presence, shared: false, experimental: false }
    }

    fn def(shape: Shape) -> Def {
        Def { shape, variant_of: None, experimental: false }
    }

    fn variant(wire: &str, body: Option<Ty>) -> Variant {
        Variant { wire: wire.to_owned(), rust: wire.to_owned(), body, experimental: false }
    }

    fn samples(defs: Vec<(&str, Shape)>, root: &str) -> Vec<String> {
        let method = Method {
            wire: "m".to_owned(),
            params: root.to_owned(),
            sent: Sent::Required,
            response: None,
            experimental: false,
        };
        let defs = defs.into_iter().map(|(name, shape)| (name.to_owned(), def(shape)));
        let all = Protocol {
            defs: defs.collect(),
            server_notifications: vec![method],
            ..Protocol::default()
        };
        let directions = Directions::of(&all, &BTreeSet::new());
        let overrides = &Overrides::default();
        let mut sampler =
            Sampler { all: &all, overrides, directions: &directions, known: BTreeMap::new() };
        sampler.samples(root)
    }

    #[test]
    fn fields_by_their_presence() {
        let list = Ty::List(Box::new(Ty::Str));
        let fields = vec![
            field("a", Ty::Str, Presence::Required),
            field("b", Ty::Bool, Presence::Nullable),
            field("c", Ty::Int("u8"), Presence::Optional),
            field("d", list, Presence::Default),
            field("e", Ty::Float, Presence::Double),
        ];
        let shape = Shape::Struct { fields, rest: false, closed: false, choices: Vec::new() };
        assert_eq!(
            samples(vec![("T", shape)], "T"),
            [
                r#"{"a":"a","b":null,"d":[]}"#,
                r#"{"a":"a","b":null,"d":[],"e":null}"#,
                r#"{"a":"a","b":true,"c":1,"d":["d"],"e":1.5}"#,
            ]
        );
    }

    #[test]
    fn one_list_of_a_choice_is_in_the_smallest() {
        let fields =
            vec![field("x", Ty::Str, Presence::Optional), field("y", Ty::Str, Presence::Optional)];
        let choices = vec![vec!["y".to_owned()], vec!["x".to_owned()]];
        let shape = Shape::Struct { fields, rest: false, closed: false, choices };
        assert_eq!(samples(vec![("T", shape)], "T"), [r#"{"y":"y"}"#, r#"{"x":"x","y":"y"}"#]);
    }

    #[test]
    fn kinds_of_a_union_end_with_the_largest() {
        let fields =
            vec![field("a", Ty::Str, Presence::Required), field("b", Ty::Str, Presence::Optional)];
        let body = Shape::Struct { fields, rest: false, closed: false, choices: Vec::new() };
        let variants =
            vec![variant("with", Some(Ty::Ref("Body".to_owned()))), variant("without", None)];
        let union = Shape::Tagged { tag: "type".to_owned(), variants };
        assert_eq!(
            samples(vec![("Body", body), ("U", union)], "U"),
            [
                r#"{"type":"without"}"#,
                r#"{"type":"with","a":"a"}"#,
                r#"{"type":"with","a":"a","b":"b"}"#,
            ]
        );
    }
}
