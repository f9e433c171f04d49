//! What a schema is, whatever way it was written down in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// A schema, reduced to what can change.
#[derive(Debug)]
pub(super) enum View<'a> {
    /// Its members are its [`properties`].
    Object,
    /// Fixed strings.
    Strings(BTreeSet<&'a str>),
    /// The kinds of a union by what tells them apart, with what else they hold; what all of them
    /// hold are its [`properties`].
    Union(BTreeMap<String, Option<&'a Value>>),
    /// A type that is said in one line.
    Plain(String),
}

#[derive(Debug)]
pub(super) struct Property<'a> {
    pub(super) schema: &'a Value,
    pub(super) required: bool,
    pub(super) default: Option<&'a Value>,
}

/// One bundle, for looking names up.
pub(super) type Definitions = Map<String, Value>;

/// Looks through wrappers that say nothing on the wire: a lone `allOf`, and null beside one type.
pub(super) fn view<'a>(schema: &'a Value, all: &'a Definitions) -> View<'a> {
    let schema = core(schema);
    if let Some(values) = strings(schema) {
        return View::Strings(values.into_iter().collect());
    }
    let alternatives: Vec<_> = alternatives(schema).filter(|one| !is_null(one)).collect();
    if has_choice(schema) {
        return View::Object;
    }
    if !alternatives.is_empty() {
        let fixed: Option<Vec<_>> = alternatives.iter().map(|one| strings(one)).collect();
        if let Some(fixed) = fixed {
            return View::Strings(fixed.into_iter().flatten().collect());
        }
        let mut kinds = BTreeMap::new();
        for alternative in alternatives {
            match strings(alternative) {
                Some(values) => kinds.extend(values.into_iter().map(|v| (v.to_owned(), None))),
                None => {
                    kinds.insert(kind(alternative, all), Some(alternative));
                }
            }
        }
        return View::Union(kinds);
    }
    let is_map = schema.get("additionalProperties").is_some_and(Value::is_object);
    if schema.get("properties").is_some() || schema["type"] == "object" && !is_map {
        return View::Object;
    }
    View::Plain(line(schema, all))
}

/// The members of an object, or those that the kinds of a union share.
pub(super) fn properties(schema: &Value) -> BTreeMap<&str, Property<'_>> {
    let schema = core(schema);
    let required = schema["required"].as_array();
    let members = schema["properties"].as_object().into_iter().flatten();
    let own = members.map(|(name, schema)| {
        let required = required.is_some_and(|names| names.iter().any(|known| known == name));
        let default = schema.get("default").filter(|default| !default.is_null());
        (name.as_str(), Property { schema, required, default })
    });
    let choices = alternatives(schema).filter(|_| has_choice(schema)).flat_map(properties);
    let choices = choices.map(|(name, choice)| (name, Property { required: false, ..choice }));
    choices.chain(own).collect()
}

/// Whether an object leaves a choice between members, as an image does: a url or a file.
fn has_choice(schema: &Value) -> bool {
    let mut choices = alternatives(schema).peekable();
    schema.get("properties").is_some()
        && choices.peek().is_some()
        && choices.all(|one| !properties(one).is_empty() && tag(one).is_none())
}

/// Whether null is one of its values.
pub(super) fn nullable(schema: &Value) -> bool {
    let schema = lone(schema, "allOf").unwrap_or(schema);
    match &schema["type"] {
        Value::Array(types) => types.iter().any(|one| one == "null"),
        _ => alternatives(schema).any(is_null),
    }
}

/// The type in one line, names of other types for what is defined elsewhere.
pub(super) fn line(schema: &Value, all: &Definitions) -> String {
    let schema = core(schema);
    if let Some(name) = reference(schema) {
        // A string under another name is a string on the wire.
        return match all.get(name).map(|target| view(target, all)) {
            Some(View::Plain(text)) => text,
            _ => name.to_owned(),
        };
    }
    let kind = match &schema["type"] {
        Value::String(kind) => kind.as_str(),
        Value::Array(kinds) => {
            kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or("null")
        }
        _ => "any",
    };
    let inner = |keyword: &str| {
        let null = if nullable(&schema[keyword]) { "?" } else { "" };
        format!("{}{null}", line(&schema[keyword], all))
    };
    match kind {
        "array" => format!("[{}]", inner("items")),
        "object" if schema["additionalProperties"].is_object() => {
            format!("{{{}}}", inner("additionalProperties"))
        }
        _ => match schema["format"].as_str() {
            Some(format) => format!("{kind} {format}"),
            None => kind.to_owned(),
        },
    }
}

/// Whether a schema declares a type in place, which is then compared member by member.
pub(super) fn is_inline(schema: &Value) -> bool {
    let schema = core(schema);
    ["enum", "properties", "oneOf", "anyOf"].iter().any(|keyword| schema.get(keyword).is_some())
}

/// What is left of a schema without a lone `allOf` and without null.
fn core(schema: &Value) -> &Value {
    if let Some(inner) = lone(schema, "allOf") {
        return core(inner);
    }
    let mut alternatives: Vec<_> = alternatives(schema).collect();
    let count = alternatives.len();
    alternatives.retain(|one| !is_null(one));
    match alternatives.as_slice() {
        [only] if count == 2 => core(only),
        _ => schema,
    }
}

fn lone<'a>(schema: &'a Value, keyword: &str) -> Option<&'a Value> {
    match schema.get(keyword)?.as_array()?.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

fn alternatives(schema: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["oneOf", "anyOf"].into_iter().filter_map(|keyword| schema.get(keyword));
    lists.filter_map(Value::as_array).flatten()
}

fn is_null(schema: &Value) -> bool {
    schema["type"] == "null"
}

fn strings(schema: &Value) -> Option<Vec<&str>> {
    schema.get("enum")?.as_array()?.iter().map(Value::as_str).collect()
}

fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.rsplit('/').next()
}

/// The value of the required member that names the kind of an object.
fn tag(schema: &Value) -> Option<&str> {
    let tags = properties(schema).into_iter().filter(|(_, member)| member.required);
    let tags = tags.filter_map(|(name, member)| match strings(member.schema)?.as_slice() {
        [value] => Some((name != "type", *value)),
        _ => None,
    });
    tags.min().map(|(_, value)| value)
}

/// What tells a kind of a union from the others: its tag, its members, its type.
fn kind(schema: &Value, all: &Definitions) -> String {
    if let Some(tag) = tag(schema) {
        return tag.to_owned();
    }
    let members: Vec<_> = properties(schema).into_keys().collect();
    match (members.as_slice(), &schema["type"]) {
        // The server's own way to say that a union is open.
        ([], Value::Array(_)) => "anything else".to_owned(),
        ([], _) => line(schema, all),
        (members, _) => members.join("+"),
    }
}
