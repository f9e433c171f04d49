//! One case for each kind of change, then the report as a whole.

use serde_json::{Value, json};

use super::compare::changes;
use super::*;

/// What changed between two definitions of `T`, beside helpers that both bundles have.
fn drift(old: Value, new: Value) -> Vec<(Kind, String)> {
    let bundle = |definition: Value| {
        let definitions = json!({
            "T": definition,
            "Path": { "type": "string" },
            "O": { "type": "object", "properties": { "x": { "type": "string" } } },
        });
        definitions.as_object().cloned().expect("an object")
    };
    let found = changes(&bundle(old), &bundle(new));
    found.into_iter().map(|change| (change.kind, change.place)).collect()
}

fn object(properties: Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required })
}

fn kinds(names: &[&str]) -> Value {
    let kinds = names
        .iter()
        .map(|name| object(json!({ "type": { "enum": [name], "type": "string" } }), &["type"]));
    json!({ "oneOf": kinds.collect::<Vec<_>>() })
}

#[test]
fn every_kind_of_change_has_a_name() {
    let text = json!({ "type": "string" });
    let maybe = json!({ "type": ["string", "null"] });
    let a = |schema: &Value, required: &[&str]| object(json!({ "a": schema }), required);
    let strings = |values: &[&str]| json!({ "type": "string", "enum": values });
    for (old, new, kind, place) in [
        (
            a(&text, &[]),
            a(&json!({ "type": "integer", "format": "int64" }), &[]),
            Kind::TypeChanged,
            "T.a: string -> integer int64",
        ),
        (
            a(&text, &[]),
            a(&json!({ "$ref": "#/definitions/O" }), &[]),
            Kind::TypeChanged,
            "T.a: string -> O",
        ),
        (
            a(&json!({ "type": "array", "items": text }), &[]),
            a(&json!({ "type": "array", "items": maybe }), &[]),
            Kind::TypeChanged,
            "T.a: [string] -> [string?]",
        ),
        (strings(&["a"]), a(&text, &[]), Kind::TypeChanged, "T: fixed strings -> an object"),
        (strings(&["a"]), text.clone(), Kind::TypeChanged, "T: fixed strings -> string"),
        (object(json!({}), &[]), a(&text, &["a"]), Kind::RequiredNew, "T.a"),
        (a(&text, &[]), a(&text, &["a"]), Kind::BecameRequired, "T.a"),
        (a(&text, &["a"]), object(json!({}), &[]), Kind::RequiredGone, "T.a"),
        (a(&text, &["a"]), a(&text, &[]), Kind::BecameOptional, "T.a"),
        (a(&text, &["a"]), a(&maybe, &["a"]), Kind::BecameNullable, "T.a"),
        (a(&maybe, &["a"]), a(&text, &["a"]), Kind::NeverNull, "T.a"),
        (a(&text, &[]), object(json!({}), &[]), Kind::OptionalGone, "T.a"),
        (object(json!({}), &[]), a(&text, &[]), Kind::OptionalNew, "T.a"),
        (
            a(&json!({ "type": "boolean" }), &[]),
            a(&json!({ "type": "boolean", "default": true }), &[]),
            Kind::DefaultChanged,
            "T.a",
        ),
        (strings(&["a", "b"]), strings(&["a"]), Kind::ValueGone, "T: b"),
        (
            strings(&["a"]),
            json!({ "oneOf": [strings(&["a"]), strings(&["b"])] }),
            Kind::ValueNew,
            "T: b",
        ),
        (kinds(&["a", "b"]), kinds(&["a"]), Kind::VariantGone, "T: b"),
        (kinds(&["a"]), kinds(&["a", "b"]), Kind::VariantNew, "T: b"),
        // What is declared in place is looked into.
        (a(&strings(&["x"]), &[]), a(&strings(&["x", "y"]), &[]), Kind::ValueNew, "T.a: y"),
        (
            json!({ "anyOf": [a(&text, &["a"]), text] }),
            json!({ "anyOf": [a(&maybe, &["a"]), text] }),
            Kind::BecameNullable,
            "T.a.a",
        ),
        // A member that one of two has to stand for is not required any more.
        (
            object(json!({ "url": text }), &["url"]),
            json!({ "type": "object", "properties": {}, "anyOf": [
             object(json!({ "url": text }), &["url"]), object(json!({ "url": maybe }), &[]) ] }),
            Kind::BecameOptional,
            "T.url",
        ),
    ] {
        assert_eq!(drift(old.clone(), new.clone()), [(kind, place.to_owned())], "{old} {new}");
    }
}

#[test]
fn what_is_the_same_on_the_wire_is_no_change() {
    let text = json!({ "type": "string" });
    let path = json!({ "$ref": "#/definitions/Path" });
    for (old, new) in [
        (text.clone(), path.clone()),
        (text.clone(), json!({ "allOf": [path], "default": "" })),
        (json!({ "type": ["string", "null"] }), json!({ "anyOf": [path, { "type": "null" }] })),
    ] {
        let member = |schema: &Value| {
            let schema = schema.clone();
            object(json!({ "a": schema, "same": { "type": "boolean" } }), &[])
        };
        let found = drift(member(&old), member(&new));
        let defaults = found.iter().all(|(kind, _)| *kind == Kind::DefaultChanged);
        assert!(defaults, "{old} {new}: {found:?}");
    }
}

/// A bundle with one method in each of two unions.
fn snapshot(methods: Value, more: Value) -> Snapshot {
    let Value::Object(mut definitions) = more else { panic!("definitions are an object") };
    let entries = methods.as_object().expect("an object").iter().map(|(method, params)| {
        let method = json!({ "enum": [method], "type": "string" });
        object(json!({ "method": method, "params": params }), &["method", "params"])
    });
    definitions.insert("ClientRequest".into(), json!({ "oneOf": entries.collect::<Vec<_>>() }));
    let text = json!({ "definitions": definitions }).to_string();
    let mut snapshot = Snapshot::default();
    *snapshot.channel_mut("stable") = text.clone();
    *snapshot.channel_mut("experimental") = text;
    snapshot
}

#[test]
fn the_report_has_what_breaks_first() {
    let none = json!({ "type": "null" });
    let params = |name: &str| json!({ "$ref": format!("#/definitions/{name}") });
    let optional = json!({ "anyOf": [params("A"), { "type": "null" }] });
    let empty = json!({ "type": "object" });
    let old = snapshot(
        json!({ "gone": none, "later": none, "other": params("A"), "stays": none }),
        json!({ "A": empty, "Old": empty }),
    );
    let mut new = snapshot(
        json!({ "later": optional, "new": none, "other": params("B"), "stays": none }),
        json!({ "A": empty, "B": empty }),
    );
    *new.channel_mut("stable") = snapshot(
        json!({ "later": optional, "other": params("B"), "stays": none }),
        json!({ "A": empty, "Old": empty }),
    )
    .channel_mut("stable")
    .clone();
    let expected = "\
definitions: 3 -> 3; changes: 6

BREAKING
  methods gone (1)
    gone (ClientRequest)
  methods that take other params (1)
    other: A -> B
  types gone (1)
    Old [experimental]

compatible
  new methods (1)
    new (ClientRequest) [experimental]
  methods whose params may be left out (1)
    later: none -> A or none
  new types (1)
    B [experimental]
";
    assert_eq!(Drift::between(&old, &new).expect("bundles").to_string(), expected);
}

#[test]
fn a_change_of_the_stable_bundle_alone_is_marked() {
    let both = snapshot(json!({}), json!({ "A": { "type": "object" } }));
    let mut before = both.clone();
    *before.channel_mut("stable") = snapshot(json!({}), json!({})).channel_mut("stable").clone();
    let report = Drift::between(&before, &both).expect("bundles").to_string();
    let expected =
        "definitions: 2 -> 2; changes: 1\n\ncompatible\n  new types (1)\n    A [stable only]\n";
    assert_eq!(report, expected);
}

#[test]
fn two_equal_bundles_have_nothing_to_report() {
    let same = snapshot(json!({ "a": { "type": "null" } }), json!({}));
    let report = Drift::between(&same, &same).expect("bundles").to_string();
    let expected =
        "definitions: 1 -> 1; changes: 0\nno type, field or method differs: compare the files\n";
    assert_eq!(report, expected);
}
