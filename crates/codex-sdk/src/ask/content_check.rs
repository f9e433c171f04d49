//! Whether a filled-in form fits the flat schema that MCP allows for one.
//!
//! Written out rather than left to a validator of JSON Schema: a form has one level, and fields of four kinds.

use codex_protocol::{
    McpElicitationEnumSchema as EnumSchema, McpElicitationMultiSelectEnumSchema as Multi,
    McpElicitationNumberSchema, McpElicitationNumberType, McpElicitationPrimitiveSchema as Field,
    McpElicitationSchema, McpElicitationSingleSelectEnumSchema as Single,
    McpElicitationStringSchema,
};
use serde_json::Value;

/// What is wrong with `content`, each with the name of its field. Formats, such as `email`, are for the MCP server to
/// check.
#[inline]
pub(super) fn check(schema: &McpElicitationSchema, content: &Value) -> Vec<String> {
    let Some(content) = content.as_object() else { return vec!["it is no object".to_owned()] };
    let mut problems = Vec::new();
    for name in schema.required.iter().flatten().filter(|name| !content.contains_key(*name)) {
        problems.push(format!("field {name:?} is missing"));
    }
    for (name, value) in content {
        match schema.properties.get(name) {
            None => problems.push(format!("there is no field {name:?}")),
            Some(field) => {
                if let Some(problem) = misfit(field, value) {
                    problems.push(format!("field {name:?} {problem}"));
                }
            }
        }
    }
    problems
}

/// How a value does not fit its field.
#[inline]
fn misfit(field: &Field, value: &Value) -> Option<String> {
    match field {
        Field::String(schema) => string(schema, value),
        Field::Number(schema) => number(schema, value),
        Field::Boolean(_) => (!value.is_boolean()).then(|| "takes true or false".to_owned()),
        Field::Enum(EnumSchema::SingleSelect(Single::Untitled(schema))) => {
            one_of(schema.r#enum.iter(), value)
        }
        Field::Enum(EnumSchema::SingleSelect(Single::Titled(schema))) => {
            one_of(schema.one_of.iter().map(|option| &option.r#const), value)
        }
        Field::Enum(EnumSchema::LegacyTitled(schema)) => one_of(schema.r#enum.iter(), value),
        Field::Enum(EnumSchema::MultiSelect(Multi::Untitled(schema))) => {
            let options: Vec<_> = schema.items.r#enum.iter().collect();
            several_of(&options, schema.min_items, schema.max_items, value)
        }
        Field::Enum(EnumSchema::MultiSelect(Multi::Titled(schema))) => {
            let options: Vec<_> =
                schema.items.any_of.iter().map(|option| &option.r#const).collect();
            several_of(&options, schema.min_items, schema.max_items, value)
        }
        // A kind that these models do not know is left to the MCP server.
        _ => None,
    }
}

fn string(schema: &McpElicitationStringSchema, value: &Value) -> Option<String> {
    let Some(text) = value.as_str() else { return Some("takes a text".to_owned()) };
    let length = text.chars().count();
    let at_least = schema.min_length.map_or(0, |length| length as usize);
    let at_most = schema.max_length.map_or(usize::MAX, |length| length as usize);
    if length < at_least {
        return Some(format!("takes at least {at_least} characters"));
    }
    (length > at_most).then(|| format!("takes at most {at_most} characters"))
}

#[inline]
fn number(schema: &McpElicitationNumberSchema, value: &Value) -> Option<String> {
    let Some(number) = value.as_f64() else { return Some("takes a number".to_owned()) };
    if schema.r#type == McpElicitationNumberType::Integer && number.fract() != 0.0 {
        return Some("takes a whole number".to_owned());
    }
    if let Some(minimum) = schema.minimum.filter(|minimum| number < *minimum) {
        return Some(format!("takes at least {minimum}"));
    }
    let maximum = schema.maximum.filter(|maximum| number > *maximum)?;
    Some(format!("takes at most {maximum}"))
}

fn one_of<'a>(mut options: impl Iterator<Item = &'a String>, value: &Value) -> Option<String> {
    let fits = value.as_str().is_some_and(|text| options.any(|option| option == text));
    (!fits).then(|| "takes one of its options".to_owned())
}

#[inline]
fn several_of(
    options: &[&String],
    at_least: Option<u64>,
    at_most: Option<u64>,
    value: &Value,
) -> Option<String> {
    let Some(chosen) = value.as_array() else { return Some("takes a list".to_owned()) };
    let is_option = |one: &Value| one.as_str().is_some_and(|one| options.iter().any(|o| *o == one));
    if !chosen.iter().all(is_option) {
        return Some("takes a list of its options".to_owned());
    }
    let count = chosen.len() as u64;
    if let Some(least) = at_least.filter(|least| count < *least) {
        return Some(format!("takes at least {least} of its options"));
    }
    let most = at_most.filter(|most| count > *most)?;
    Some(format!("takes at most {most} of its options"))
}

#[cfg(test)]
mod tests {
    use super::check;
    use codex_protocol::McpElicitationSchema;
    use serde_json::{Value, json};

    fn form() -> McpElicitationSchema {
        let options = json!([{ "const": "a", "title": "A" }, { "const": "b", "title": "B" }]);
        serde_json::from_value(json!({
            "type": "object",
            "properties": {
                "name": { "type": "string", "minLength": 2, "maxLength": 3 },
                "age": { "type": "integer", "minimum": 0, "maximum": 150 },
                "share": { "type": "number" },
                "sure": { "type": "boolean" },
                "plain": { "type": "string", "enum": ["a", "b"] },
                "titled": { "type": "string", "oneOf": options },
                "legacy": { "type": "string", "enum": ["a", "b"], "enumNames": ["A", "B"] },
                "many": { "type": "array", "minItems": 1, "maxItems": 2,
                          "items": { "type": "string", "enum": ["a", "b", "c"] } },
                "several": { "type": "array", "items": { "anyOf": options } },
            },
            "required": ["name"],
        }))
        .unwrap()
    }

    #[test]
    fn what_fits_has_no_problem() {
        let form = form();
        for content in [
            json!({ "name": "ab" }),
            json!({ "name": "äöü", "age": 150, "share": 0.5, "sure": false, "plain": "a",
                    "titled": "b", "legacy": "a", "many": ["c", "a"], "several": [] }),
            json!({ "name": "ab", "age": 3.0 }),
        ] {
            assert_eq!(check(&form, &content), Vec::<String>::new(), "{content}");
        }
    }

    #[test]
    fn what_does_not_fit_is_told_by_its_field() {
        let form = form();
        let problem = |more: Value| {
            let mut content = json!({ "name": "ab" });
            content.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            check(&form, &content).join("; ")
        };
        let table = [
            (json!({ "name": "a" }), r#"field "name" takes at least 2 characters"#),
            (json!({ "name": "abcd" }), r#"field "name" takes at most 3 characters"#),
            (json!({ "name": 1 }), r#"field "name" takes a text"#),
            (json!({ "name": null }), r#"field "name" takes a text"#),
            (json!({ "age": "1" }), r#"field "age" takes a number"#),
            (json!({ "age": 1.5 }), r#"field "age" takes a whole number"#),
            (json!({ "age": -1 }), r#"field "age" takes at least 0"#),
            (json!({ "age": 151 }), r#"field "age" takes at most 150"#),
            (json!({ "sure": "true" }), r#"field "sure" takes true or false"#),
            (json!({ "plain": "c" }), r#"field "plain" takes one of its options"#),
            (json!({ "titled": "A" }), r#"field "titled" takes one of its options"#),
            (json!({ "legacy": "A" }), r#"field "legacy" takes one of its options"#),
            (json!({ "many": "a" }), r#"field "many" takes a list"#),
            (json!({ "many": [] }), r#"field "many" takes at least 1 of its options"#),
            (json!({ "many": ["a", "b", "c"] }), r#"field "many" takes at most 2 of its options"#),
            (json!({ "several": ["A"] }), r#"field "several" takes a list of its options"#),
            (json!({ "other": 1 }), r#"there is no field "other""#),
        ];
        for (more, expected) in table {
            assert_eq!(problem(more.clone()), expected, "{more}");
        }
        assert_eq!(check(&form, &json!({})), [r#"field "name" is missing"#]);
        assert_eq!(check(&form, &json!([])), ["it is no object"]);
    }
}
