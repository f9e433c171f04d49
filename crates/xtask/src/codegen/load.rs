//! One bundle of `schema/` as a protocol.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use super::Overrides;
use super::ir::{Def, Method, Protocol, Sent, Shape};
use super::lower::Lower;
use super::name::pascal;

/// Reads and lowers `schema/VERSION/CHANNEL.json`.
pub(super) fn load(path: &Path, overrides: &Overrides) -> Result<Protocol, String> {
    let say = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = fs::read_to_string(path).map_err(|e| say(&e))?;
    let mut bundle: Value = serde_json::from_str(&text).map_err(|e| say(&e))?;
    let Value::Object(definitions) = bundle["definitions"].take() else {
        return Err(say(&"no `definitions`"));
    };
    protocol(&definitions, overrides).map_err(|e| say(&e))
}

/// The four tables of methods, their params and replies, and what those reach.
fn protocol(definitions: &Map<String, Value>, overrides: &Overrides) -> Result<Protocol, String> {
    let mut lower = Lower::new(definitions, overrides);
    let mut all = Protocol::default();
    let mut replies = BTreeSet::new();
    let mut paired_by_hand = BTreeSet::new();
    for (union, replied, table) in [
        ("ClientRequest", true, &mut all.client_requests),
        ("ClientNotification", false, &mut all.client_notifications),
        ("ServerRequest", true, &mut all.server_requests),
        ("ServerNotification", false, &mut all.server_notifications),
    ] {
        for entry in entries(definitions, union)? {
            let mut method = method(entry, union)?;
            if replied {
                let by_name = response_by_name(&method, definitions);
                let given = overrides.responses.get(&method.wire);
                if given.is_some() && given != by_name.as_ref() {
                    paired_by_hand.insert(method.wire.clone());
                }
                let response = given.cloned().or(by_name).ok_or_else(|| {
                    let wire = &method.wire;
                    format!("{wire}: no reply of that name; give one under `responses`")
                })?;
                lower.reach(&response)?;
                replies.insert(response.clone());
                method.response = Some(response);
            }
            if method.sent == Sent::None {
                let shape = Shape::Struct {
                    fields: Vec::new(),
                    rest: false,
                    closed: false,
                    choices: Vec::new(),
                };
                let def = Def { shape, variant_of: None, experimental: false };
                if definitions.contains_key(&method.params) {
                    return Err(format!("{}: {} is taken", method.wire, method.params));
                }
                lower.defs.insert(method.params.clone(), def);
            } else {
                lower.reach(&method.params)?;
            }
            table.push(method);
        }
        table.sort_by(|a, b| a.wire.cmp(&b.wire));
    }
    for root in &overrides.roots {
        if definitions.contains_key(root) {
            lower.reach(root)?;
        }
    }
    let unused = definitions.keys().find(|name| {
        name.ends_with("Response") && !name.starts_with("JSONRPC") && !replies.contains(*name)
    });
    if let Some(name) = unused {
        return Err(format!("#/definitions/{name}: a reply of no method"));
    }
    all.defs = lower.defs;
    all.paired_by_hand = paired_by_hand;
    Ok(all)
}

fn entries<'a>(definitions: &'a Map<String, Value>, union: &str) -> Result<&'a [Value], String> {
    let entries = definitions.get(union).and_then(|union| union["oneOf"].as_array());
    entries.map(Vec::as_slice).ok_or_else(|| format!("#/definitions/{union}/oneOf: missing"))
}

fn method(entry: &Value, union: &str) -> Result<Method, String> {
    let wire = match entry["properties"]["method"]["enum"].as_array().map(Vec::as_slice) {
        Some([Value::String(wire)]) => wire.clone(),
        _ => return Err(format!("#/definitions/{union}: a kind without its method")),
    };
    let params = &entry["properties"]["params"];
    let (sent, params) = if let Some(name) = reference(params) {
        (Sent::Required, name)
    } else if params.is_null() || params["type"] == "null" {
        let suffix = if union == "ClientNotification" { "Notification" } else { "Params" };
        (Sent::None, format!("{}{suffix}", pascal(&wire)))
    } else if let Some(name) =
        params["anyOf"].as_array().and_then(|any| any.iter().find_map(reference))
    {
        (Sent::Optional, name)
    } else {
        return Err(format!("{wire}: params of a new form: {params}"));
    };
    Ok(Method { wire, params, sent, response: None, experimental: false })
}

/// `XParams` is answered by `XResponse`, unless the overrides know better.
fn response_by_name(method: &Method, definitions: &Map<String, Value>) -> Option<String> {
    let stem = method.params.strip_suffix("Params")?;
    Some(format!("{stem}Response")).filter(|name| definitions.contains_key(name))
}

fn reference(schema: &Value) -> Option<String> {
    Some(schema.get("$ref")?.as_str()?.rsplit('/').next()?.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bundle(request: Value, more: Value) -> Map<String, Value> {
        let mut definitions = json!({
            "ClientRequest": { "oneOf": [request] },
            "ClientNotification": { "oneOf": [] },
            "ServerRequest": { "oneOf": [] },
            "ServerNotification": { "oneOf": [] },
        });
        let all = definitions.as_object_mut().expect("an object");
        all.extend(more.as_object().cloned().expect("an object"));
        all.clone()
    }

    fn request(method: &str, params: Value) -> Value {
        json!({ "properties": { "method": { "enum": [method] }, "params": params } })
    }

    #[test]
    fn a_method_is_paired_by_the_name_of_its_params() {
        let params = json!({ "$ref": "#/definitions/AParams" });
        let object = json!({ "type": "object" });
        let definitions =
            bundle(request("a", params), json!({ "AParams": object, "AResponse": object }));
        let all = protocol(&definitions, &Overrides::default()).expect("pairs");
        assert_eq!(all.client_requests[0].response.as_deref(), Some("AResponse"));
        assert_eq!(all.client_requests[0].sent, Sent::Required);
    }

    #[test]
    fn a_method_without_a_reply_and_a_reply_without_a_method_are_errors() {
        let nothing = json!({ "type": "null" });
        let alone = bundle(request("b/c", nothing.clone()), json!({}));
        let error = protocol(&alone, &Overrides::default()).expect_err("no reply");
        assert_eq!(error, "b/c: no reply of that name; give one under `responses`");

        let object = json!({ "type": "object" });
        let responses = [("b/c".to_owned(), "BResponse".to_owned())].into();
        let overrides = Overrides { responses, ..Overrides::default() };
        let left =
            bundle(request("b/c", nothing), json!({ "BResponse": object, "LeftResponse": object }));
        let error = protocol(&left, &overrides).expect_err("one is left over");
        assert_eq!(error, "#/definitions/LeftResponse: a reply of no method");
    }
}
