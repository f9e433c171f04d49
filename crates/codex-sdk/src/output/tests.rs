use super::output_schema;
use crate::error::Error;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};

/// A report.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Report {
    /// How many there are.
    count: u32,
    ratio: f64,
    #[serde(rename = "maybeName")]
    name: Option<String>,
    #[serde(default)]
    tags: HashSet<String>,
    /// The main one.
    main: Part,
    other: Option<Part>,
    kind: Kind,
    what: What,
    pair: [u8; 2],
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Part {
    children: Vec<Part>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum Kind {
    /// A good one.
    Good,
    Bad,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
enum What {
    Nothing,
    File { path: String },
}

#[test]
fn a_type_is_said_in_the_strict_subset() {
    let schema = output_schema::<Report>().unwrap();
    assert_eq!(
        schema,
        json!({
            "type": "object",
            "description": "A report.",
            "properties": {
                "count": { "type": "integer", "minimum": 0, "description": "How many there are." },
                "ratio": { "type": "number" },
                "maybeName": { "type": ["string", "null"] },
                "tags": { "type": "array", "items": { "type": "string" } },
                "main": { "description": "The main one.", "anyOf": [{ "$ref": "#/$defs/Part" }] },
                "other": { "anyOf": [{ "$ref": "#/$defs/Part" }, { "type": "null" }] },
                "kind": { "$ref": "#/$defs/Kind" },
                "what": { "$ref": "#/$defs/What" },
                "pair": {
                    "type": "array",
                    "items": { "type": "integer", "minimum": 0, "maximum": 255 },
                    "minItems": 2,
                    "maxItems": 2,
                },
            },
            "required":
                ["count", "kind", "main", "maybeName", "other", "pair", "ratio", "tags", "what"],
            "additionalProperties": false,
            "$defs": {
                "Part": {
                    "type": "object",
                    "properties": {
                        "children": { "type": "array", "items": { "$ref": "#/$defs/Part" } },
                    },
                    "required": ["children"],
                    "additionalProperties": false,
                },
                "Kind": {
                    "anyOf": [
                        { "type": "string", "enum": ["bad"] },
                        { "type": "string", "enum": ["good"], "description": "A good one." },
                    ],
                },
                "What": {
                    "anyOf": [
                        { "type": "string", "enum": ["Nothing"] },
                        {
                            "type": "object",
                            "properties": {
                                "File": {
                                    "type": "object",
                                    "properties": { "path": { "type": "string" } },
                                    "required": ["path"],
                                    "additionalProperties": false,
                                },
                            },
                            "required": ["File"],
                            "additionalProperties": false,
                        },
                    ],
                },
            },
        })
    );
}

#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is wanted")]
struct With<T> {
    field: T,
}

#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is wanted")]
#[serde(tag = "type")]
enum Tagged {
    Part(Inner),
    #[serde(rename = "other")]
    Other,
}

#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is wanted")]
struct Inner {
    text: String,
}

#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is wanted")]
struct Flat {
    a: String,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(JsonSchema)]
#[allow(dead_code, reason = "only its schema is wanted")]
struct Short {
    #[schemars(length(min = 3))]
    text: String,
}

#[test]
fn what_strict_cannot_say_is_refused_with_its_path() {
    fn refusal<T: JsonSchema>() -> (String, String) {
        match output_schema::<T>() {
            Err(Error::Schema(error)) => (error.path().to_owned(), error.problem().to_owned()),
            other => panic!("{other:?}"),
        }
    }
    let root = "the root must be an object: put the value into a field of a struct";
    let map = "a map cannot be said: use a list of key and value";
    let any = "a value of any type cannot be said: name its type";
    let table = [
        (refusal::<String>(), ("#", root)),
        (refusal::<Vec<Part>>(), ("#", root)),
        (refusal::<What>(), ("#", root)),
        (refusal::<Option<Part>>(), ("#", root)),
        (refusal::<BTreeMap<String, u8>>(), ("#", map)),
        (refusal::<With<BTreeMap<String, u8>>>(), ("#/properties/field", map)),
        (refusal::<With<Vec<BTreeMap<String, u8>>>>(), ("#/properties/field/items", map)),
        (refusal::<With<Option<Value>>>(), ("#/properties/field", any)),
        (refusal::<With<Vec<Value>>>(), ("#/properties/field/items", any)),
        (
            refusal::<With<(u8, String)>>(),
            ("#/properties/field", "a tuple cannot be said: use a struct"),
        ),
        (
            refusal::<With<Tagged>>(),
            ("#/$defs/Tagged/anyOf/0", "`$ref` beside `properties` cannot be said"),
        ),
        (refusal::<Flat>(), ("#", map)),
        (refusal::<Short>(), ("#/properties/text/minLength", "`minLength` cannot be said")),
    ];
    for ((path, problem), expected) in &table {
        assert_eq!((&**path, &**problem), *expected);
    }
    let shown = output_schema::<Short>().unwrap_err().to_string();
    assert!(
        shown.contains("Short cannot be described to the model: at #/properties/text/"),
        "{shown}"
    );
}
