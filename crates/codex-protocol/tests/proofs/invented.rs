//! What a later version may say: nothing of it is lost, and nothing breaks on it.

use codex_protocol::{ServerNotification, ServerRequest};
use serde_json::{Value, json};

use crate::table::{Shape, Type, types};

fn of_shape(wanted: impl Fn(Shape) -> bool, at_least: usize) -> Vec<Type> {
    let types: Vec<_> = types().into_iter().filter(|ty| wanted(ty.shape)).collect();
    assert!(types.len() >= at_least, "only {}", types.len());
    types
}

/// Reads a value that the models cannot know, and asserts that it is written as it came.
#[track_caller]
fn kept(ty: &Type, text: &str) {
    let again = (ty.again)(text).unwrap_or_else(|error| panic!("{}: {error}", ty.name));
    let value: Value = serde_json::from_str(text).expect(text);
    assert_eq!(again.written, value, "{}", ty.name);
    assert!(!again.known, "{} knows {text}", ty.name);
}

#[test]
fn an_invented_value_of_an_enum() {
    for ty in of_shape(|shape| shape == Shape::Strings, 100) {
        kept(&ty, r#""brandNew""#);
        kept(&ty, r#""""#);
    }
}

#[test]
fn an_invented_kind_of_a_tagged_union() {
    for ty in of_shape(|shape| matches!(shape, Shape::Tagged(_)), 40) {
        let Shape::Tagged(tag) = ty.shape else { unreachable!("filtered") };
        kept(&ty, &format!(r#"{{"{tag}":"brandNew"}}"#));
        kept(&ty, &format!(r#"{{"{tag}":"brandNew","id":7,"a":{{"b":[1,2.5,null]}}}}"#));
        kept(&ty, &format!(r#"{{"id":"i","{tag}":"brandNew","a":{{"{tag}":"b"}}}}"#));
        kept(&ty, &format!(r#"{{"a":[],"{tag}":"brand\u004eew"}}"#));
    }
}

#[test]
fn an_object_without_the_tag_of_its_union_is_an_error() {
    for ty in of_shape(|shape| matches!(shape, Shape::Tagged(_)), 40) {
        let Shape::Tagged(tag) = ty.shape else { unreachable!("filtered") };
        for (text, wanted) in [
            ("{}".to_owned(), "missing field"),
            (r#"{"a":1}"#.to_owned(), "missing field"),
            (format!(r#"{{"{tag}":7}}"#), "invalid type"),
        ] {
            let Err(error) = (ty.again)(&text) else { panic!("{} takes {text}", ty.name) };
            let place = format!("{}.{tag}: {wanted}", ty.name);
            assert!(error.to_string().starts_with(&place), "{error}");
        }
    }
}

#[test]
fn an_invented_kind_of_a_union_of_strings_and_objects() {
    for ty in of_shape(|shape| shape == Shape::External, 5) {
        for text in [r#""brandNew""#, r#"{"brandNew":{"a":[1]}}"#, r#"{"brandNew":1,"b":2}"#, "{}"]
        {
            kept(&ty, text);
        }
    }
}

#[test]
fn an_invented_shape_of_a_union_without_a_tag() {
    for ty in of_shape(|shape| shape == Shape::Untagged, 9) {
        for text in ["7", "null", "true", r#"{"brandNew":{"a":[1]}}"#] {
            kept(&ty, text);
        }
    }
}

#[test]
fn an_invented_field_of_an_object() {
    for ty in of_shape(|shape| matches!(shape, Shape::Object | Shape::OpenObject), 700) {
        for sample in (ty.samples)() {
            let sample: Value = serde_json::from_str(&sample).expect(ty.name);
            let mut more = sample.clone();
            more["brandNew"] = json!({ "a": [1, null] });
            let again =
                (ty.again)(&more.to_string()).unwrap_or_else(|e| panic!("{}: {e}", ty.name));
            let expected = if ty.shape == Shape::OpenObject { &more } else { &sample };
            assert_eq!(again.written, *expected, "{}", ty.name);
            assert!(again.known, "{}", ty.name);
        }
    }
}

#[test]
fn an_invented_field_of_a_kind() {
    for ty in of_shape(|shape| matches!(shape, Shape::Tagged(_)), 40) {
        for sample in (ty.samples)() {
            let more = format!(r#"{},"brandNew":{{"a":[1,null]}}}}"#, &sample[..sample.len() - 1]);
            let again = (ty.again)(&more).unwrap_or_else(|e| panic!("{}: {e}", ty.name));
            let sample: Value = serde_json::from_str(&sample).expect(ty.name);
            assert_eq!(again.written, sample, "{}", ty.name);
            assert!(again.known, "{}", ty.name);
        }
    }
}

#[test]
fn an_invented_method() {
    for text in [
        r#"{"method":"brand/new","params":{"a":[1,null]}}"#,
        r#"{"method":"brand/new","params":null}"#,
        r#"{"method":"brand/new","params":[7]}"#,
    ] {
        let value: Value = serde_json::from_str(text).expect(text);
        let read: ServerNotification = serde_json::from_str(text).expect(text);
        assert!(matches!(read, ServerNotification::Unrecognized { .. }));
        assert_eq!(serde_json::to_value(&read).expect(text), value);
        let read: ServerRequest = serde_json::from_str(text).expect(text);
        assert!(matches!(read, ServerRequest::Unrecognized { .. }));
        assert_eq!(serde_json::to_value(&read).expect(text), value);
    }
}
