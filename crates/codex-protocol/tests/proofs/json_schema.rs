//! What the models say of themselves is what the server says of them.

use std::collections::BTreeSet;

use codex_protocol::{Sample, ServerNotification, ServerRequest};
use schemars::SchemaGenerator;
use serde_json::{Map, Value, json};

use crate::form::{Form, Reader};
use crate::schema::{Version, versions};
use crate::table::{Shape, types};

/// The definitions of all types, as `schemars` puts them.
fn ours() -> Map<String, Value> {
    let mut generator = SchemaGenerator::default();
    for ty in types() {
        (ty.schema)(&mut generator);
    }
    generator.subschema_for::<ServerNotification>();
    generator.subschema_for::<ServerRequest>();
    generator.take_definitions(true)
}

fn definitions(version: &Version) -> &Map<String, Value> {
    version.definitions.as_object().expect("definitions")
}

/// What all versions together say of a name.
fn theirs(versions: &[Version], names: &BTreeSet<String>, name: &str) -> Option<Form> {
    let mut forms = versions.iter().filter_map(|version| {
        let definitions = definitions(version);
        Some(Reader { definitions, names }.form(definitions.get(name)?))
    });
    let mut newest = forms.next()?;
    forms.for_each(|older| newest.merge(older));
    Some(newest.without_optional_nulls())
}

#[test]
fn properties_types_and_required_of_every_type_are_the_servers() {
    let versions = versions();
    let ours = ours();
    let named = |name: &&String| versions.iter().any(|v| definitions(v).contains_key(*name));
    let names: BTreeSet<String> = ours.keys().filter(named).cloned().collect();
    let reader = Reader { definitions: &ours, names: &names };
    let mut different = Vec::new();
    for name in &names {
        let form = reader.form(&ours[name]).without_optional_nulls();
        let expected = theirs(&versions, &names, name).expect("a named type");
        let expected = match name.as_str() {
            "ServerNotification" => expected.without(&["emittedAtMs"]),
            "ServerRequest" => expected.without(&["id"]),
            _ => expected,
        };
        let (form, expected) = (form.facts(), expected.facts());
        different.extend(form.difference(&expected).map(|fact| format!("only ours: {name}{fact}")));
        different
            .extend(expected.difference(&form).map(|fact| format!("only theirs: {name}{fact}")));
    }
    assert_eq!(different, Vec::<String>::new(), "{}", different.join("\n"));
    assert!(names.len() > 700, "only {} types", names.len());
    // Those that the schema leaves nameless were compared within what holds them.
    for ty in types().iter().filter(|ty| !names.contains(ty.name)) {
        assert!(ours.contains_key(ty.name), "{}", ty.name);
    }
}

/// Judges values by the models' own schemas.
fn validator() -> jsonschema::Validator {
    let definitions = ours();
    let members =
        definitions.keys().map(|name| (name.clone(), json!({ "$ref": format!("#/$defs/{name}") })));
    let properties: Map<_, _> = members.collect();
    let schema = json!({ "$defs": definitions, "properties": properties });
    jsonschema::validator_for(&schema).expect("a schema")
}

#[test]
fn what_the_models_read_is_what_they_say() {
    let validator = validator();
    let check = |name: &str, value: &Value| {
        let instance = json!({ (name): value });
        let errors: Vec<_> = validator.iter_errors(&instance).map(|e| e.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{name}: {value}");
    };
    for ty in types() {
        for sample in (ty.samples)() {
            check(ty.name, &serde_json::from_str(&sample).expect(ty.name));
        }
        match ty.shape {
            Shape::Strings => check(ty.name, &json!("brandNew")),
            Shape::Tagged(tag) => check(ty.name, &json!({ (tag): "brandNew", "a": 1 })),
            Shape::External => {
                check(ty.name, &json!("brandNew"));
                check(ty.name, &json!({ "brandNew": 1 }));
            }
            Shape::Untagged => check(ty.name, &json!({ "brandNew": 1 })),
            Shape::Object | Shape::OpenObject => {}
        }
    }
    for sample in ServerNotification::json_samples() {
        check("ServerNotification", &serde_json::from_str(&sample).expect(&sample));
    }
    check("ServerNotification", &json!({ "method": "brand/new", "params": 5 }));
    for sample in ServerRequest::json_samples() {
        check("ServerRequest", &serde_json::from_str(&sample).expect(&sample));
    }
}

#[test]
fn a_known_kind_with_a_bad_body_is_not_what_they_say() {
    let validator = validator();
    for (name, value) in [
        ("ThreadItem", json!({ "type": "agentMessage", "id": "i" })),
        ("ThreadItem", json!({ "id": "i" })),
        ("TurnStatus", json!(5)),
        ("Turn", json!({ "id": "u", "status": "failed" })),
        ("CodexErrorInfo", json!({ "httpConnectionFailed": { "httpStatusCode": "x" } })),
        ("ServerNotification", json!({ "method": "turn/completed", "params": {} })),
        ("ServerNotification", json!({ "params": {} })),
    ] {
        assert!(!validator.is_valid(&json!({ (name): value })), "{name}: {value}");
    }
}
