//! Members that are missing or of the wrong type: what is required is missed by name.

use serde_json::{Value, json};

use crate::schema::{Version, versions};
use crate::table::{Shape, Type, types};

fn objects() -> Vec<Type> {
    let is_object = |ty: &Type| matches!(ty.shape, Shape::Object | Shape::OpenObject);
    types().into_iter().filter(is_object).collect()
}

fn members(sample: &str) -> Vec<(String, Value)> {
    let sample: serde_json::Map<_, _> = serde_json::from_str(sample).expect(sample);
    sample.into_iter().collect()
}

fn object(members: &[(String, Value)]) -> Value {
    Value::Object(members.iter().cloned().collect())
}

/// Whether every version that has the type requires the member and does not
/// let it be null; `None` if no version has the type by that name.
fn required(versions: &[Version], name: &str, member: &str) -> Option<bool> {
    let mut schemas = versions.iter().filter_map(|v| v.definitions.get(name)).peekable();
    schemas.peek()?;
    Some(schemas.all(|schema| {
        let listed =
            schema["required"].as_array().is_some_and(|list| list.contains(&json!(member)));
        let kinds = &schema["properties"][member]["type"];
        let any_of = schema["properties"][member]["anyOf"].as_array();
        let null = kinds.as_array().is_some_and(|kinds| kinds.contains(&json!("null")))
            || any_of.is_some_and(|any| any.contains(&json!({ "type": "null" })));
        listed && !null
    }))
}

#[test]
fn a_missing_member_is_an_error_where_every_version_requires_it() {
    let versions = versions();
    let mut missed = 0;
    for ty in objects() {
        let name = ty.name;
        let smallest = members(&(ty.samples)()[0]);
        for index in 0..smallest.len() {
            let mut others = smallest.clone();
            let (member, _) = others.remove(index);
            let less = object(&others);
            let wanted = required(&versions, name, &member);
            match (ty.again)(&less.to_string()) {
                Ok(again) => {
                    assert_ne!(wanted, Some(true), "{name}.{member} can be missing");
                    // Always written, though it need not be sent; or one of a choice.
                    let whole = object(&smallest);
                    assert!([&whole, &less].contains(&&again.written), "{name}.{member}");
                }
                Err(error) => {
                    assert_ne!(wanted, Some(false), "{name}.{member} cannot be missing");
                    let place = format!("{name}.{member}: missing field at line 1 column ");
                    assert!(error.to_string().starts_with(&place), "{error}");
                    missed += 1;
                }
            }
        }
    }
    assert!(missed > 1000, "only {missed} required members");
}

#[test]
fn a_member_of_the_wrong_type_is_an_error_that_says_where_or_kept() {
    let wrong = [json!(7.25), json!("brandNew"), json!([[]]), json!({}), json!(true)];
    let (mut refused, mut taken) = (0, 0);
    for ty in objects() {
        let largest = members(&(ty.samples)().pop().expect("a sample"));
        for index in 0..largest.len() {
            for wrong in &wrong {
                let mut changed = largest.clone();
                changed[index].1 = wrong.clone();
                let whole = object(&changed);
                let place = format!("{}.{}: ", ty.name, changed[index].0);
                match (ty.again)(&whole.to_string()) {
                    Ok(again) => {
                        // It happens to fit; an object may have what it lacked filled in, or lose nothing.
                        let written = &again.written[&changed[index].0];
                        assert!(written == wrong || *wrong == json!({}), "{place}{wrong}");
                        taken += 1;
                    }
                    Err(error) => {
                        assert!(error.to_string().starts_with(&place), "{error}");
                        assert!(!error.to_string().contains("brandNew"), "{error}");
                        refused += 1;
                    }
                }
            }
        }
    }
    assert!(refused > 10_000 && taken > 1000, "{refused} and {taken}");
}
