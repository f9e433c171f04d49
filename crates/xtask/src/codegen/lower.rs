//! From a bundle of schemas to types.
//!
//! A keyword that is not looked at is an error, with the place where it stands:
//! better no models than models that leave something out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::Overrides;
use super::ir::{Def, Field, Presence, Shape, Ty, Variant};
use super::name::pascal;

mod union;

/// Lowers definitions as they are asked for, so that what no method reaches is left alone.
pub(super) struct Lower<'a> {
    definitions: &'a Map<String, Value>,
    overrides: &'a Overrides,
    pub(super) defs: BTreeMap<String, Def>,
}

const HAND_WRITTEN: &str = "RequestId";

/// What a schema allows, where it is used.
struct Use {
    ty: Ty,
    /// How many times over it says that null is allowed.
    nulls: usize,
}

impl<'a> Lower<'a> {
    pub(super) fn new(definitions: &'a Map<String, Value>, overrides: &'a Overrides) -> Self {
        Self { definitions, overrides, defs: BTreeMap::new() }
    }

    /// Lowers a named definition and everything that it reaches.
    pub(super) fn reach(&mut self, name: &str) -> Result<(), String> {
        if name == HAND_WRITTEN || self.defs.contains_key(name) {
            return Ok(());
        }
        let pointer = format!("#/definitions/{name}");
        let schema = self.definitions.get(name).ok_or_else(|| format!("{pointer}: missing"))?;
        let placeholder = Shape::Alias(Ty::Any);
        self.define(name, placeholder, None);
        let shape = self.shape(schema, name, &pointer)?;
        self.define(name, shape, None);
        Ok(())
    }

    fn define(&mut self, name: &str, shape: Shape, variant_of: Option<(String, String)>) {
        self.defs.insert(name.to_owned(), Def { shape, variant_of, experimental: false });
    }

    /// Gives a name to a shape that the schema leaves nameless.
    fn inline(
        &mut self,
        name: &str,
        shape: Shape,
        variant_of: Option<(String, String)>,
        pointer: &str,
    ) -> Result<Ty, String> {
        let name = self.overrides.names.get(name).map_or(name, String::as_str).to_owned();
        if self.defs.contains_key(&name) || self.definitions.contains_key(&name) {
            return Err(format!("{pointer}: the name {name} is taken; give one under `names`"));
        }
        self.define(&name, shape, variant_of);
        Ok(Ty::Ref(name))
    }

    fn shape(&mut self, schema: &Value, name: &str, pointer: &str) -> Result<Shape, String> {
        let Value::Object(map) = schema else {
            return Ok(Shape::Alias(self.ty(schema, name, pointer)?.ty));
        };
        if map.contains_key("oneOf") || map.contains_key("anyOf") {
            return self.union(map, name, pointer);
        }
        if let Some(values) = map.get("enum") {
            known(map, &["enum", "type"], pointer)?;
            let values = self.strings(values, name, pointer)?;
            return distinct(values, pointer).map(Shape::Strings);
        }
        let object = map.get("type").and_then(Value::as_str) == Some("object");
        let is_map = map.get("additionalProperties").is_some_and(Value::is_object);
        if object && (map.contains_key("properties") || !is_map) {
            let (fields, rest) = self.fields(map, name, pointer, &[])?;
            let closed = map.get("additionalProperties") == Some(&Value::Bool(false));
            return Ok(Shape::Struct { fields, rest, closed, choices: Vec::new() });
        }
        let used = self.ty(schema, name, pointer)?;
        Ok(Shape::Alias(used.ty))
    }

    /// The properties of an object, less those in `without`; and whether it has others.
    fn fields(
        &mut self,
        map: &Map<String, Value>,
        owner: &str,
        pointer: &str,
        without: &[&str],
    ) -> Result<(Vec<Field>, bool), String> {
        const KNOWN: [&str; 7] =
            ["additionalProperties", "anyOf", "default", "oneOf", "properties", "required", "type"];
        known(map, &KNOWN, pointer)?;
        let mut fields = Vec::new();
        let properties = map.get("properties").and_then(Value::as_object);
        for (wire, schema) in properties.into_iter().flatten() {
            if !without.contains(&wire.as_str()) {
                let required = requires(map, wire);
                fields.push(self.field(wire, schema, required, owner, pointer)?);
            }
        }
        let rest = match map.get("additionalProperties") {
            None | Some(Value::Bool(false)) => false,
            Some(Value::Bool(true)) => true,
            Some(_) => return Err(format!("{pointer}/additionalProperties: a map beside fields")),
        };
        Ok((fields, rest))
    }

    fn field(
        &mut self,
        wire: &str,
        schema: &Value,
        required: bool,
        owner: &str,
        pointer: &str,
    ) -> Result<Field, String> {
        let pointer = format!("{pointer}/properties/{wire}");
        let Use { mut ty, nulls } =
            self.ty(schema, &format!("{owner}{}", pascal(wire)), &pointer)?;
        let path = format!("{owner}.{wire}");
        if self.is_id(wire, owner) {
            ty = id(ty);
        }
        if self.overrides.secret.contains(&path) {
            if ty != Ty::Str {
                return Err(format!("{pointer}: a secret that is no text"));
            }
            ty = Ty::Secret;
        }
        let default = schema.get("default").filter(|default| !default.is_null());
        let presence = if self.overrides.double.contains(&path) || nulls > 1 {
            Presence::Double
        } else if required {
            if nulls == 0 { Presence::Required } else { Presence::Nullable }
        } else if default.is_some_and(|default| rust_default(&ty, default)) {
            Presence::Default
        } else {
            Presence::Optional
        };
        let shared = self.overrides.shared.contains(&path);
        Ok(Field { wire: wire.to_owned(), ty, presence, shared, experimental: false })
    }

    fn is_id(&self, wire: &str, owner: &str) -> bool {
        let ids = &self.overrides.ids;
        let of_variant = || ids.types.iter().any(|union| self.is_variant(owner, union));
        ids.names.contains(wire) || wire == "id" && (ids.types.contains(owner) || of_variant())
    }

    /// Variant structs are named after their union, see `union.rs`.
    fn is_variant(&self, owner: &str, union: &str) -> bool {
        owner.ends_with(union) && !self.definitions.contains_key(owner)
    }

    fn ty(&mut self, schema: &Value, hint: &str, pointer: &str) -> Result<Use, String> {
        let map = match schema {
            Value::Bool(true) => return Ok(Use { ty: Ty::Any, nulls: 0 }),
            Value::Object(map) => map,
            _ => return Err(format!("{pointer}: neither an object nor `true`")),
        };
        let plain = |ty| Ok(Use { ty, nulls: 0 });
        if let Some(Value::String(target)) = map.get("$ref") {
            known(map, &["$ref", "default"], pointer)?;
            let name = target.rsplit('/').next().unwrap_or_default();
            self.reach(name)?;
            return plain(Ty::Ref(name.to_owned()));
        }
        if let Some(Value::Array(all)) = map.get("allOf") {
            known(map, &["allOf", "default"], pointer)?;
            let [only] = all.as_slice() else {
                return Err(format!("{pointer}/allOf: not exactly one"));
            };
            return self.ty(only, hint, &format!("{pointer}/allOf/0"));
        }
        if let Some(Value::Array(any)) = map.get("anyOf") {
            let (nulls, others): (Vec<_>, Vec<_>) = any.iter().partition(|s| is_null(s));
            if let ([_], [only]) = (nulls.as_slice(), others.as_slice()) {
                known(map, &["anyOf", "default"], pointer)?;
                let inner = self.ty(only, hint, &format!("{pointer}/anyOf"))?;
                return Ok(Use { ty: inner.ty, nulls: inner.nulls + 1 });
            }
        }
        if map.contains_key("anyOf") || map.contains_key("oneOf") || map.contains_key("enum") {
            let shape = self.shape(schema, hint, pointer)?;
            return plain(self.inline(hint, shape, None, pointer)?);
        }
        match map.get("type") {
            None => {
                known(map, &["default"], pointer)?;
                plain(Ty::Any)
            }
            Some(Value::String(kind)) => plain(self.kind(kind, map, hint, pointer)?),
            Some(Value::Array(kinds)) => match kinds.as_slice() {
                [Value::String(kind), Value::String(null)] if null == "null" => {
                    Ok(Use { ty: self.kind(kind, map, hint, pointer)?, nulls: 1 })
                }
                _ => Err(format!("{pointer}/type: more than a type and null")),
            },
            Some(_) => Err(format!("{pointer}/type: neither a text nor a list")),
        }
    }

    fn kind(
        &mut self,
        kind: &str,
        map: &Map<String, Value>,
        hint: &str,
        pointer: &str,
    ) -> Result<Ty, String> {
        match kind {
            "string" => {
                known(map, &["default", "minLength", "type"], pointer)?;
                Ok(if self.overrides.ids.aliases.contains(hint) { Ty::Id } else { Ty::Str })
            }
            "boolean" => {
                known(map, &["default", "type"], pointer)?;
                Ok(Ty::Bool)
            }
            "integer" | "number" => {
                known(map, &["default", "format", "minimum", "type"], pointer)?;
                number(map.get("format").and_then(Value::as_str), pointer)
            }
            "array" => {
                known(map, &["default", "items", "type"], pointer)?;
                let items = map.get("items").unwrap_or(&Value::Bool(true));
                Ok(Ty::List(Box::new(self.element(items, &format!("{hint}Item"), pointer)?)))
            }
            "object" if map.contains_key("properties") => {
                let shape = self.shape(&Value::Object(without_null(map)), hint, pointer)?;
                self.inline(hint, shape, None, pointer)
            }
            "object" => {
                known(map, &["additionalProperties", "default", "type"], pointer)?;
                let values = map.get("additionalProperties").unwrap_or(&Value::Bool(true));
                Ok(Ty::Map(Box::new(self.element(values, &format!("{hint}Value"), pointer)?)))
            }
            other => Err(format!("{pointer}/type: {other}")),
        }
    }

    /// The type of a list's or a map's elements, which may themselves be null.
    fn element(&mut self, schema: &Value, hint: &str, pointer: &str) -> Result<Ty, String> {
        let Use { ty, nulls } = self.ty(schema, hint, pointer)?;
        Ok(if nulls == 0 { ty } else { Ty::Nullable(Box::new(ty)) })
    }

    fn strings(&self, values: &Value, owner: &str, pointer: &str) -> Result<Vec<Variant>, String> {
        let values = values.as_array().ok_or_else(|| format!("{pointer}/enum: not a list"))?;
        let names = values.iter().map(|value| match value {
            Value::String(wire) => Ok(self.variant(owner, wire, None)),
            _ => Err(format!("{pointer}/enum: not a text")),
        });
        names.collect()
    }

    fn variant(&self, owner: &str, wire: &str, body: Option<Ty>) -> Variant {
        let given = self.overrides.variants.get(&format!("{owner}.{wire}"));
        let rust = given.cloned().unwrap_or_else(|| pascal(wire));
        Variant { wire: wire.to_owned(), rust, body, experimental: false }
    }
}

/// Fails on two variants of one name.
fn distinct(variants: Vec<Variant>, pointer: &str) -> Result<Vec<Variant>, String> {
    let mut names = BTreeSet::new();
    match variants.iter().find(|variant| !names.insert(variant.rust.clone())) {
        Some(twice) => {
            let name = &twice.rust;
            Err(format!("{pointer}: two variants named {name}; name one under `variants`"))
        }
        None => Ok(variants),
    }
}

/// Fails on a keyword that the caller does not look at.
fn known(map: &Map<String, Value>, keywords: &[&str], pointer: &str) -> Result<(), String> {
    match map.keys().find(|key| !keywords.contains(&key.as_str())) {
        Some(key) => Err(format!("{pointer}/{key}: unknown keyword here")),
        None => Ok(()),
    }
}

fn requires(map: &Map<String, Value>, wire: &str) -> bool {
    let required = map.get("required").and_then(Value::as_array);
    required.is_some_and(|names| names.iter().any(|name| name == wire))
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "null")
}

fn without_null(map: &Map<String, Value>) -> Map<String, Value> {
    let mut map = map.clone();
    map.insert("type".to_owned(), Value::from("object"));
    map
}

fn number(format: Option<&str>, pointer: &str) -> Result<Ty, String> {
    Ok(match format {
        Some("double" | "float") => Ty::Float,
        Some("int32") => Ty::Int("i32"),
        Some("int64") => Ty::Int("i64"),
        Some("uint8") => Ty::Int("u8"),
        Some("uint16") => Ty::Int("u16"),
        Some("uint32") => Ty::Int("u32"),
        Some("uint" | "uint64") => Ty::Int("u64"),
        other => return Err(format!("{pointer}/format: {other:?}")),
    })
}

/// Whether the schema's default is the one that Rust gives the type.
fn rust_default(ty: &Ty, default: &Value) -> bool {
    match ty {
        Ty::Bool => default == false,
        Ty::Int(_) => default == 0,
        Ty::Str => default == "",
        Ty::List(_) => default.as_array().is_some_and(Vec::is_empty),
        Ty::Map(_) => default.as_object().is_some_and(Map::is_empty),
        _ => false,
    }
}

/// Strings within the type become ids.
fn id(ty: Ty) -> Ty {
    match ty {
        Ty::Str => Ty::Id,
        Ty::List(inner) => Ty::List(Box::new(id(*inner))),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lower(
        definitions: Value,
        overrides: &str,
        root: &str,
    ) -> Result<BTreeMap<String, Def>, String> {
        let Value::Object(definitions) = definitions else { panic!("definitions are an object") };
        let overrides = toml::from_str(overrides).expect("overrides");
        let mut lower = Lower::new(&definitions, &overrides);
        lower.reach(root)?;
        Ok(lower.defs)
    }

    #[test]
    fn presence_of_each_kind_of_field() {
        let schema = json!({ "T": {
            "type": "object",
            "properties": {
                "always": { "type": "string" },
                "alwaysNull": { "type": ["string", "null"] },
                "maybe": { "type": "string" },
                "maybeNull": { "type": ["string", "null"], "default": null },
                "flag": { "type": "boolean", "default": false },
                "on": { "type": "boolean", "default": true },
                "list": { "type": "array", "items": { "type": "string" }, "default": [] },
                "twice": { "anyOf": [
                    { "anyOf": [{ "type": "string" }, { "type": "null" }] }, { "type": "null" },
                ] },
                "listed": { "type": ["string", "null"] },
            },
            "required": ["always", "alwaysNull"],
        } });
        let defs = lower(schema, "double = [\"T.listed\"]", "T").expect("lowers");
        let Shape::Struct { fields, .. } = &defs["T"].shape else { panic!("a struct") };
        let mut found: Vec<_> = fields.iter().map(|f| (f.wire.as_str(), f.presence)).collect();
        found.sort_unstable();
        let expected = [
            ("always", Presence::Required),
            ("alwaysNull", Presence::Nullable),
            ("flag", Presence::Default),
            ("list", Presence::Default),
            ("listed", Presence::Double),
            ("maybe", Presence::Optional),
            ("maybeNull", Presence::Optional),
            ("on", Presence::Optional),
            ("twice", Presence::Double),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn an_unknown_keyword_is_an_error_with_its_place() {
        let schema = json!({ "T": {
            "type": "object",
            "properties": { "a": { "type": "string", "pattern": "x+" } },
        } });
        let error = lower(schema, "", "T").expect_err("not looked at");
        assert_eq!(error, "#/definitions/T/properties/a/pattern: unknown keyword here");
    }

    #[test]
    fn ids_by_name_and_by_type() {
        let schema = json!({ "Turn": {
            "type": "object",
            "properties": {
                "id": { "type": "string" },
                "threadId": { "type": ["string", "null"] },
                "modelId": { "type": "string" },
            },
            "required": ["id", "modelId"],
        } });
        let overrides = "[ids]\nnames = [\"threadId\"]\ntypes = [\"Turn\"]";
        let defs = lower(schema, overrides, "Turn").expect("lowers");
        let Shape::Struct { fields, .. } = &defs["Turn"].shape else { panic!("a struct") };
        let mut found: Vec<_> = fields.iter().map(|f| (f.wire.as_str(), f.ty.clone())).collect();
        found.sort_by_key(|(wire, _)| *wire);
        assert_eq!(found, [("id", Ty::Id), ("modelId", Ty::Str), ("threadId", Ty::Id)]);
    }

    #[test]
    fn variants_with_one_name_are_told_apart_by_an_override() {
        let schema = json!({ "E": { "type": "string", "enum": ["a/b", "aB"] } });
        let error = lower(schema.clone(), "", "E").expect_err("both are AB");
        assert_eq!(error, "#/definitions/E: two variants named AB; name one under `variants`");
        let defs = lower(schema, "[variants]\n\"E.a/b\" = \"ASlashB\"", "E").expect("lowers");
        let Shape::Strings(variants) = &defs["E"].shape else { panic!("an enum") };
        let names: Vec<_> = variants.iter().map(|v| v.rust.as_str()).collect();
        assert_eq!(names, ["ASlashB", "AB"]);
    }
}
