//! The kinds of unions that the schema has.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::super::ir::{Field, Presence, Shape, Ty, Variant};
use super::super::name::pascal;
use super::{Lower, known, requires};

impl Lower<'_> {
    pub(super) fn union(
        &mut self,
        map: &Map<String, Value>,
        name: &str,
        pointer: &str,
    ) -> Result<Shape, String> {
        let (keyword, alternatives) = match (map.get("oneOf"), map.get("anyOf")) {
            (Some(Value::Array(one)), None) => ("oneOf", one),
            (None, Some(Value::Array(any))) => ("anyOf", any),
            _ => return Err(format!("{pointer}: neither oneOf nor anyOf alone")),
        };
        let pointer = format!("{pointer}/{keyword}");
        if alternatives.iter().all(is_strings) {
            let mut values = Vec::new();
            for alternative in alternatives {
                values.extend(self.strings(&alternative["enum"], name, &pointer)?);
            }
            return distinct(values, &pointer, keyword).map(Shape::Strings);
        }
        if let Some(tag) = common_tag(alternatives) {
            let mut variants = Vec::new();
            for (index, alternative) in alternatives.iter().enumerate() {
                let pointer = format!("{pointer}/{index}");
                variants.push(self.tagged(map, alternative, name, &tag, &pointer)?);
            }
            let variants = distinct(variants, &pointer, keyword)?;
            return Ok(Shape::Tagged { tag, variants });
        }
        if map.contains_key("properties") {
            return Err(format!("{pointer}: fields beside a union without a tag"));
        }
        if alternatives.iter().all(|a| is_strings(a) || sole_member(a).is_some() || is_open(a)) {
            let mut variants = Vec::new();
            for alternative in alternatives.iter().filter(|a| !is_open(a)) {
                if let Some((wire, body)) = sole_member(alternative) {
                    let hint = format!("{}{name}", pascal(wire));
                    let body = self.ty(body, &hint, &format!("{pointer}/{wire}"))?.ty;
                    self.mark_variant(&body, &hint, name, wire);
                    variants.push(self.variant(name, wire, Some(body)));
                } else {
                    variants.extend(self.strings(&alternative["enum"], name, &pointer)?);
                }
            }
            return distinct(variants, &pointer, keyword).map(Shape::External);
        }
        self.untagged(alternatives, name, &pointer)
    }

    fn tagged(
        &mut self,
        base: &Map<String, Value>,
        alternative: &Value,
        union: &str,
        tag: &str,
        pointer: &str,
    ) -> Result<Variant, String> {
        let map = alternative.as_object().ok_or_else(|| format!("{pointer}: not an object"))?;
        let wire = sole_value(map, tag).ok_or_else(|| format!("{pointer}: no {tag}"))?;
        let variant = self.variant(union, wire, None);
        let owner = format!("{}{union}", variant.rust);
        let (mut fields, rest) = self.fields(map, &owner, pointer, &[tag])?;
        let mut choices = Vec::new();
        for nested in ["anyOf", "oneOf"] {
            for choice in map.get(nested).and_then(Value::as_array).into_iter().flatten() {
                let choice = choice.as_object().ok_or_else(|| format!("{pointer}/{nested}"))?;
                let (more, _) = self.fields(choice, &owner, &format!("{pointer}/{nested}"), &[])?;
                choices.push(required(&more));
                fields.extend(more.into_iter().map(optional));
            }
        }
        let (shared, _) = self.fields(base, &owner, pointer, &[tag])?;
        fields.extend(shared);
        if fields.is_empty() && !rest {
            return Ok(variant);
        }
        let shape = Shape::Struct { fields, rest, closed: false, choices };
        let origin = Some((union.to_owned(), wire.to_owned()));
        let body = self.inline(&owner, shape, origin, pointer)?;
        Ok(Variant { body: Some(body), ..variant })
    }

    /// Notes that a struct just named `hint` is the body of a variant.
    fn mark_variant(&mut self, body: &Ty, hint: &str, union: &str, wire: &str) {
        if let (Ty::Ref(name), Some(def)) = (body, self.defs.get_mut(hint)) {
            if name == hint {
                def.variant_of = Some((union.to_owned(), wire.to_owned()));
            }
        }
    }

    fn untagged(
        &mut self,
        alternatives: &[Value],
        name: &str,
        pointer: &str,
    ) -> Result<Shape, String> {
        let names =
            self.overrides.untagged.get(name).ok_or_else(|| {
                format!("{pointer}: name its alternatives under `untagged.{name}`")
            })?;
        if names.len() != alternatives.len() {
            return Err(format!("{pointer}: `untagged.{name}` has {} names", names.len()));
        }
        let mut variants = Vec::new();
        for (index, (rust, alternative)) in names.iter().zip(alternatives).enumerate() {
            let pointer = format!("{pointer}/{index}");
            let hint = format!("{rust}{name}");
            let body = self.ty(alternative, &hint, &pointer)?.ty;
            self.mark_variant(&body, &hint, name, rust);
            let (wire, body) = (rust.clone(), Some(body));
            variants.push(Variant { wire, rust: rust.clone(), body, experimental: false });
        }
        Ok(Shape::Untagged(variants))
    }
}

/// `[one or more fixed strings]`.
fn is_strings(schema: &Value) -> bool {
    schema.get("enum").is_some() && schema.get("type").is_some_and(|kind| kind == "string")
}

/// The server's own way to say that a union is open.
fn is_open(schema: &Value) -> bool {
    *schema == serde_json::json!({ "type": ["string", "object"] })
}

/// The one member of a closed object that has one and needs it.
fn sole_member(schema: &Value) -> Option<(&str, &Value)> {
    let map = schema.as_object()?;
    known(map, &["additionalProperties", "properties", "required", "type"], "").ok()?;
    let properties = map.get("properties")?.as_object()?;
    let (wire, body) = properties.iter().next().filter(|_| properties.len() == 1)?;
    let closed = map.get("additionalProperties") == Some(&Value::Bool(false));
    (closed && requires(map, wire)).then_some((wire, body))
}

/// The required property that has one fixed value in every alternative, each another.
fn common_tag(alternatives: &[Value]) -> Option<String> {
    let first = alternatives.first()?.get("properties")?.as_object()?;
    let mut tags: Vec<_> = first.keys().filter(|tag| is_tag(alternatives, tag)).collect();
    tags.sort_by_key(|tag| (*tag != "type", tag.as_str()));
    tags.first().map(|tag| (*tag).clone())
}

fn is_tag(alternatives: &[Value], tag: &str) -> bool {
    let value = |alternative: &Value| {
        let map = alternative.as_object()?;
        sole_value(map, tag).filter(|_| requires(map, tag)).map(str::to_owned)
    };
    let values: Option<BTreeSet<_>> = alternatives.iter().map(value).collect();
    values.is_some_and(|values| values.len() == alternatives.len())
}

fn sole_value<'a>(map: &'a Map<String, Value>, tag: &str) -> Option<&'a str> {
    match map.get("properties")?.get(tag)?.get("enum")?.as_array()?.as_slice() {
        [Value::String(value)] => Some(value),
        _ => None,
    }
}

/// What one of several choices consists of.
fn required(fields: &[Field]) -> Vec<String> {
    let required =
        fields.iter().filter(|f| matches!(f.presence, Presence::Required | Presence::Nullable));
    required.map(|field| field.wire.clone()).collect()
}

/// A field of one of several choices may be absent as a whole.
fn optional(field: Field) -> Field {
    let presence = match field.presence {
        Presence::Required | Presence::Nullable => Presence::Optional,
        other => other,
    };
    Field { presence, ..field }
}

fn distinct(variants: Vec<Variant>, pointer: &str, keyword: &str) -> Result<Vec<Variant>, String> {
    let pointer = pointer.trim_end_matches(keyword).trim_end_matches('/');
    super::distinct(variants, pointer)
}
