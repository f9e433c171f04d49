//! Samples of every type are read, written back as they came, and what the schema says.

use codex_protocol::{Sample, ServerNotification, ServerRequest, decode_envelope};
use serde_json::{Value, json};

use crate::schema::{Judge, Version, versions};
use crate::table::{client_requests, server_requests, types};

#[track_caller]
fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect(text)
}

/// The first version's verdict that is good, or all that are bad.
fn judge(judges: &[Judge], name: &str, value: &Value) -> Result<(), String> {
    let mut bad = Vec::new();
    for judge in judges.iter().filter(|judge| judge.knows(name)) {
        match judge.verdict(name, value) {
            Ok(()) => return Ok(()),
            Err(error) => bad.push(format!("{}: {error}", judge.version())),
        }
    }
    Err(format!("{name}, {value}: {}", bad.join("\n")))
}

#[test]
fn every_sample_is_written_back_as_it_came() {
    let mut count = 0;
    for ty in types() {
        let samples = (ty.samples)();
        assert!(!samples.is_empty(), "{} has no sample", ty.name);
        for sample in samples {
            let again = (ty.again)(&sample).unwrap_or_else(|e| panic!("{}: {e}", ty.name));
            assert_eq!(again.written, parse(&sample), "{}", ty.name);
            assert!(again.known, "{} does not know {sample}", ty.name);
            count += 1;
        }
    }
    assert!(count > 1500, "only {count} samples");
}

#[test]
fn every_sample_is_what_the_schema_says() {
    let judges = Judge::of_all_versions();
    let mut nameless = 0;
    for ty in types() {
        for sample in (ty.samples)() {
            let written = (ty.again)(&sample).expect(ty.name).written;
            if judges.iter().any(|judge| judge.knows(ty.name)) {
                judge(&judges, ty.name, &written).unwrap_or_else(|e| panic!("{e}"));
            } else {
                // Bodies and fields that the schema leaves nameless are judged within what holds them.
                nameless += 1;
            }
        }
    }
    assert!(nameless > 0);
}

#[test]
fn a_value_that_is_not_what_the_schema_says_is_refused() {
    let judges = Judge::of_all_versions();
    for (name, value, wanted) in [
        ("Turn", json!({ "id": 5, "items": [], "status": "failed" }), "5 is not of type"),
        ("Turn", json!({ "items": [], "status": "failed" }), "\"id\" is a required property"),
        ("TurnStatus", json!("brandNew"), "\"brandNew\" is not one of"),
        ("ThreadItem", json!({ "type": "brandNew" }), "is not valid under any"),
    ] {
        let error = judge(&judges, name, &value).expect_err(name);
        assert!(error.contains(wanted), "{error}");
    }
}

#[test]
fn every_definition_that_a_method_reaches_has_samples() {
    let known: Vec<_> = types().into_iter().map(|ty| ty.name).collect();
    for Version { name: version, definitions } in versions() {
        let definitions = definitions.as_object().expect("definitions");
        for name in definitions.keys().filter(|n| n.ends_with("Params") || n.ends_with("Response"))
        {
            let wrapped = name.starts_with("JSONRPC") || name.starts_with("Nullable");
            assert!(wrapped || known.contains(&name.as_str()), "{version}: {name}");
        }
    }
}

#[test]
fn every_request_and_its_response_go_there_and_back() {
    let judges = Judge::of_all_versions();
    let requests = client_requests();
    assert_eq!(requests.len(), codex_protocol::CLIENT_METHODS.len());
    for request in requests {
        for params in (request.params)() {
            let frame = (request.write)(&params).expect(request.method);
            judge(&judges, "ClientRequest", &parse(&frame)).unwrap_or_else(|e| panic!("{e}"));
            let envelope = decode_envelope(&frame).expect(&frame);
            assert_eq!(envelope.method.as_deref(), Some(request.method));
            match envelope.params {
                Some(sent) => assert_eq!(parse(sent.get()), parse(&params), "{frame}"),
                None => assert_eq!(params, "{}", "{frame}"),
            }
        }
        for response in (request.responses)() {
            let written = (request.answer)(&response).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(parse(&written), parse(&response), "{}", request.method);
        }
    }
}

#[test]
fn every_message_of_the_server_goes_there_and_back() {
    let judges = Judge::of_all_versions();
    let check = |union: &str, sample: &str, written: String, id: Value| {
        assert_eq!(parse(&written), parse(sample));
        let mut message = parse(&written);
        if !id.is_null() {
            message["id"] = id;
        }
        judge(&judges, union, &message).unwrap_or_else(|e| panic!("{e}"));
    };
    let mut methods = Vec::new();
    for sample in ServerNotification::json_samples() {
        let read: ServerNotification = serde_json::from_str(&sample).expect(&sample);
        assert!(!matches!(read, ServerNotification::Unrecognized { .. }), "{sample}");
        methods.push(read.method().to_owned());
        let written = serde_json::to_string(&read).expect("models serialize");
        check("ServerNotification", &sample, written, Value::Null);
    }
    methods.dedup();
    assert_eq!(methods, ServerNotification::METHODS);

    let mut methods = Vec::new();
    for sample in ServerRequest::json_samples() {
        let read: ServerRequest = serde_json::from_str(&sample).expect(&sample);
        assert!(!matches!(read, ServerRequest::Unrecognized { .. }), "{sample}");
        methods.push(read.method().to_owned());
        let written = serde_json::to_string(&read).expect("models serialize");
        check("ServerRequest", &sample, written, json!(1));
    }
    methods.dedup();
    assert_eq!(methods, ServerRequest::METHODS);

    let asked: Vec<_> = server_requests().iter().map(|asked| asked.method).collect();
    assert_eq!(asked, ServerRequest::METHODS);
    assert!(server_requests().iter().all(|asked| !(asked.responses)().is_empty()));
}
