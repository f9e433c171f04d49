//! Rewrites a schema to the strict subset that models take.

use serde_json::{Map, Value, json};

/// What strict schemas cannot say.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// Where it stands.
    pub(super) path: String,
    pub(super) problem: String,
}

type Schema = Map<String, Value>;

/// Keywords that say nothing about what is valid.
const REMARKS: [&str; 9] = [
    "$comment",
    "$id",
    "$schema",
    "default",
    "deprecated",
    "examples",
    "readOnly",
    "title",
    "writeOnly",
];

/// Keywords that are taken as they are.
const TAKEN: [&str; 12] = [
    "description",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxItems",
    "maximum",
    "minItems",
    "minimum",
    "multipleOf",
    "pattern",
    "required",
    "type",
];

/// Formats of strings that are taken; others, such as `uint32`, tell people alone.
const FORMATS: [&str; 9] =
    ["date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uuid"];

/// Rewrites the schema of an answer.
pub(super) fn rewrite(root: &mut Value) -> Result<(), Refused> {
    match root {
        Value::Object(schema) if is_object(schema) => rewrite_schema(schema, "#"),
        _ => {
            Err(refused("#", "the root must be an object: put the value into a field of a struct"))
        }
    }
}

fn is_object(schema: &Schema) -> bool {
    schema.get("type").is_some_and(|kind| kind == "object")
}

fn refused(path: &str, problem: impl Into<String>) -> Refused {
    Refused { path: path.to_owned(), problem: problem.into() }
}

/// One schema within another.
fn rewrite_value(value: &mut Value, path: &str) -> Result<(), Refused> {
    match value {
        Value::Object(schema) => rewrite_schema(schema, path),
        _ => Err(refused(path, "a value of any type cannot be said: name its type")),
    }
}

fn rewrite_schema(schema: &mut Schema, path: &str) -> Result<(), Refused> {
    schema.retain(|keyword, value| !is_remark(keyword, value));
    rename(schema);
    check_combination(schema, path)?;
    for (keyword, value) in schema.iter_mut() {
        let path = format!("{path}/{keyword}");
        match keyword.as_str() {
            "$defs" | "properties" => each(members(value, &path)?, &path)?,
            "anyOf" => each_of(value, &path)?,
            "items" => rewrite_value(value, &path)?,
            "$ref" | "format" | "additionalProperties" => {}
            keyword if TAKEN.contains(&keyword) => {}
            keyword => return Err(refused(&path, format!("`{keyword}` cannot be said"))),
        }
    }
    if is_object(schema) {
        close(schema, path)?;
    }
    describe_reference(schema);
    Ok(())
}

/// Whether a keyword can go without a change of what is valid here.
fn is_remark(keyword: &str, value: &Value) -> bool {
    match keyword {
        "format" => !value.as_str().is_some_and(|format| FORMATS.contains(&format)),
        // Whoever reads a set drops what comes twice.
        "uniqueItems" => true,
        // Objects are closed anyway.
        "unevaluatedProperties" => *value == Value::Bool(false),
        _ => REMARKS.contains(&keyword),
    }
}

/// Says the same with keywords that are taken.
fn rename(schema: &mut Schema) {
    // The variants of an enum exclude each other by themselves.
    if !schema.contains_key("anyOf") {
        if let Some(variants) = schema.remove("oneOf") {
            schema.insert("anyOf".to_owned(), variants);
        }
    }
    if let Some(value) = schema.remove("const") {
        schema.insert("enum".to_owned(), json!([value]));
    }
}

/// Keywords that must stand alone.
fn check_combination(schema: &Schema, path: &str) -> Result<(), Refused> {
    for alone in ["$ref", "anyOf"] {
        let beside = |keyword: &&String| !matches!(keyword.as_str(), "description" | "$defs");
        let other = schema.keys().filter(|keyword| *keyword != alone).find(beside);
        if let (true, Some(other)) = (schema.contains_key(alone), other) {
            return Err(refused(path, format!("`{alone}` beside `{other}` cannot be said")));
        }
    }
    let says =
        ["$ref", "anyOf", "enum", "type"].iter().any(|keyword| schema.contains_key(*keyword));
    if !says {
        return Err(refused(path, "a value of any type cannot be said: name its type"));
    }
    if schema.get("type").is_some_and(|kind| kind == "array") && !schema.contains_key("items") {
        let problem = if schema.contains_key("prefixItems") {
            "a tuple cannot be said: use a struct"
        } else {
            "a list of values of any type cannot be said: name their type"
        };
        return Err(refused(path, problem));
    }
    Ok(())
}

/// Closes an object and requires all its members.
fn close(schema: &mut Schema, path: &str) -> Result<(), Refused> {
    match schema.get("additionalProperties") {
        None | Some(Value::Bool(false)) => {}
        Some(_) => return Err(refused(path, "a map cannot be said: use a list of key and value")),
    }
    let properties = schema.entry("properties").or_insert_with(|| json!({}));
    let names: Vec<String> = members(properties, path)?.keys().cloned().collect();
    schema.insert("required".to_owned(), names.into());
    schema.insert("additionalProperties".to_owned(), Value::Bool(false));
    Ok(())
}

/// A reference must stand alone; a description is put around it.
fn describe_reference(schema: &mut Schema) {
    if schema.contains_key("description") {
        if let Some(target) = schema.remove("$ref") {
            schema.insert("anyOf".to_owned(), json!([{ "$ref": target }]));
        }
    }
}

fn members<'a>(value: &'a mut Value, path: &str) -> Result<&'a mut Schema, Refused> {
    value.as_object_mut().ok_or_else(|| refused(path, "this is no schema"))
}

fn each(schemas: &mut Schema, path: &str) -> Result<(), Refused> {
    schemas.iter_mut().try_for_each(|(name, schema)| {
        let name = name.replace('~', "~0").replace('/', "~1");
        rewrite_value(schema, &format!("{path}/{name}"))
    })
}

fn each_of(schemas: &mut Value, path: &str) -> Result<(), Refused> {
    let schemas = schemas.as_array_mut().ok_or_else(|| refused(path, "this is no list"))?;
    let mut numbered = schemas.iter_mut().enumerate();
    numbered.try_for_each(|(n, schema)| rewrite_value(schema, &format!("{path}/{n}")))
}
