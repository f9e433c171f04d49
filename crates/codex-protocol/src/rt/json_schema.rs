//! What the models are to `schemars`: one function for each form of a
//! declaration, which hands over no more than names and types.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

/// The schema of a type, by its name if it has one.
pub(crate) type Of = fn(&mut SchemaGenerator) -> Schema;

/// A member of an object.
pub(crate) struct Member {
    pub(crate) wire: &'static str,
    pub(crate) required: bool,
    pub(crate) nullable: bool,
    pub(crate) of: Of,
}

pub(crate) fn object(generator: &mut SchemaGenerator, members: &[Member]) -> Schema {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for Member { wire, required: is_required, nullable, of } in members {
        let schema = of(generator).to_value();
        let schema = if *nullable { or_null(schema) } else { schema };
        properties.insert((*wire).to_owned(), schema);
        if *is_required {
            required.push(Value::from(*wire));
        }
    }
    let mut object = Map::new();
    object.insert("type".to_owned(), "object".into());
    if !properties.is_empty() {
        object.insert("properties".to_owned(), properties.into());
    }
    if !required.is_empty() {
        object.insert("required".to_owned(), required.into());
    }
    object.into()
}

fn or_null(schema: Value) -> Value {
    match schema {
        Value::Bool(true) => schema,
        Value::Object(mut object) => match object.get_mut("type") {
            Some(Value::Array(kinds)) => {
                kinds.push("null".into());
                object.into()
            }
            Some(kind @ Value::String(_)) => {
                *kind = json!([kind.take(), "null"]);
                object.into()
            }
            _ => json!({ "anyOf": [object, { "type": "null" }] }),
        },
        other => json!({ "anyOf": [other, { "type": "null" }] }),
    }
}

pub(crate) fn strings(values: &[&str]) -> Schema {
    json_schema!({ "anyOf": [{ "type": "string", "enum": values }, { "type": "string" }] })
}

/// A kind of a union: its name, and what its object is without that.
pub(crate) type Kind = (&'static str, Option<Of>);

pub(crate) fn tagged(generator: &mut SchemaGenerator, tag: &str, kinds: &[Kind]) -> Schema {
    let mut alternatives = Vec::new();
    for (wire, body) in kinds {
        let body = match body {
            Some(body) => body(generator),
            None => object(generator, &[]),
        };
        alternatives.push(with_member(body, tag, json!({ "type": "string", "const": wire })));
    }
    let names: Vec<_> = kinds.iter().map(|(wire, _)| wire).collect();
    let other = json!({ "type": "string", "not": { "enum": names } });
    alternatives.push(with_member(object(generator, &[]), tag, other));
    json_schema!({ "oneOf": alternatives })
}

fn with_member(body: Schema, wire: &str, schema: Value) -> Value {
    let mut body = body.to_value();
    let properties = body["properties"].take();
    let mut properties = properties.as_object().cloned().unwrap_or_default();
    properties.insert(wire.to_owned(), schema);
    body["properties"] = properties.into();
    let mut required = vec![Value::from(wire)];
    required.extend(body["required"].take().as_array().into_iter().flatten().cloned());
    body["required"] = required.into();
    body
}

pub(crate) fn external(generator: &mut SchemaGenerator, kinds: &[Kind]) -> Schema {
    let (units, bodies): (Vec<_>, Vec<_>) = kinds.iter().partition(|(_, body)| body.is_none());
    let names: Vec<_> = units.iter().map(|(wire, _)| wire).collect();
    let mut alternatives = Vec::new();
    if !names.is_empty() {
        alternatives.push(json!({ "type": "string", "enum": names }));
    }
    let mut other = Map::new();
    for (wire, body) in bodies {
        let Some(of) = body else { continue };
        let member = Member { wire, required: true, nullable: false, of };
        alternatives.push(object(generator, &[member]).to_value());
        other.insert((*wire).to_owned(), false.into());
    }
    alternatives.push(json!({ "type": "string" }));
    alternatives.push(json!({ "type": "object", "properties": other }));
    json_schema!({ "anyOf": alternatives })
}

pub(crate) fn untagged(generator: &mut SchemaGenerator, kinds: &[Of]) -> Schema {
    let mut alternatives: Vec<_> = kinds.iter().map(|of| of(generator).to_value()).collect();
    alternatives.push(true.into());
    json_schema!({ "anyOf": alternatives })
}

pub(crate) fn methods(generator: &mut SchemaGenerator, methods: &[(&'static str, Of)]) -> Schema {
    let mut alternatives = Vec::new();
    for (method, params) in methods {
        let member = Member { wire: "params", required: true, nullable: false, of: *params };
        let message = object(generator, &[member]);
        let method = json!({ "type": "string", "const": method });
        alternatives.push(with_member(message, "method", method));
    }
    let names: Vec<_> = methods.iter().map(|(method, _)| method).collect();
    let other = json!({ "type": "string", "not": { "enum": names } });
    alternatives.push(with_member(object(generator, &[]), "method", other));
    json_schema!({ "oneOf": alternatives })
}
