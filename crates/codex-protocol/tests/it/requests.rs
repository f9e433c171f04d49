use codex_protocol::{
    AccountLogoutParams, AskForApproval, CLIENT_METHODS, ClientInfo, ClientRequest,
    ConfigRequirementsReadParams, GetAccountRateLimitsParams, InitializeParams,
    InitializedNotification, ModelListParams, RequestId, RpcError, TextUserInput,
    ThreadStartParams, TraceContext, TurnInterruptResponse, TurnStartParams, UserInput,
    write_error, write_notification, write_request, write_response, write_traced_request,
};
use serde_json::{Value, json};

fn request<R: ClientRequest>(params: &R) -> String {
    let mut out = Vec::new();
    write_request(&mut out, &RequestId::Integer(1), params);
    String::from_utf8(out).expect("JSON is UTF-8")
}

#[test]
fn requests_have_method_id_and_params() {
    assert_eq!(
        request(&InitializeParams::new(ClientInfo::new("me", "1.0"))),
        r#"{"method":"initialize","id":1,"params":{"clientInfo":{"name":"me","version":"1.0"}}}"#
    );
    assert_eq!(
        request(&ModelListParams::default()),
        r#"{"method":"model/list","id":1,"params":{}}"#
    );
    assert_eq!(
        request(&ModelListParams::new().limit(5).include_hidden(true)),
        r#"{"method":"model/list","id":1,"params":{"includeHidden":true,"limit":5}}"#
    );
}

#[test]
fn methods_without_params_are_sent_without() {
    assert_eq!(request(&AccountLogoutParams::new()), r#"{"method":"account/logout","id":1}"#);
    assert_eq!(
        request(&ConfigRequirementsReadParams::default()),
        r#"{"method":"configRequirements/read","id":1}"#
    );
    assert_eq!(
        request(&GetAccountRateLimitsParams::default()),
        r#"{"method":"account/rateLimits/read","id":1}"#
    );
}

#[test]
fn a_request_can_be_part_of_a_trace() {
    fn traced<R: ClientRequest>(params: &R, trace: &TraceContext) -> String {
        let mut out = Vec::new();
        write_traced_request(&mut out, &RequestId::Integer(1), params, trace);
        String::from_utf8(out).expect("JSON is UTF-8")
    }
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let trace = TraceContext::new().traceparent(parent);
    assert_eq!(
        traced(&ModelListParams::default(), &trace),
        format!(
            r#"{{"method":"model/list","id":1,"params":{{}},"trace":{{"traceparent":"{parent}"}}}}"#
        )
    );
    assert_eq!(
        traced(&AccountLogoutParams::new(), &trace.tracestate("a=b")),
        format!(
            r#"{{"method":"account/logout","id":1,"trace":{{"traceparent":"{parent}","tracestate":"a=b"}}}}"#
        )
    );
}

#[test]
fn a_turn_with_all_kinds_of_fields() {
    let input: Vec<UserInput> = vec![TextUserInput::new("Hello").into()];
    let params = TurnStartParams::new(input, "t")
        .effort("high")
        .approval_policy(AskForApproval::Never)
        .service_tier(None);
    let message: Value = serde_json::from_str(&request(&params)).expect("JSON");
    assert_eq!(
        message["params"],
        json!({
            "threadId": "t",
            "input": [{ "type": "text", "text": "Hello", "text_elements": [] }],
            "effort": "high",
            "approvalPolicy": "never",
            "serviceTier": null,
        })
    );
}

#[test]
fn absence_and_null_differ_where_they_should() {
    let params = |p: ThreadStartParams| serde_json::to_value(p).expect("writes");
    assert_eq!(params(ThreadStartParams::new()), json!({}));
    assert_eq!(params(ThreadStartParams::new().service_tier(None)), json!({ "serviceTier": null }));
    assert_eq!(
        params(ThreadStartParams::new().service_tier("fast".to_owned())),
        json!({ "serviceTier": "fast" })
    );
}

#[cfg(feature = "server-side")]
#[test]
fn absence_and_null_are_read_apart() {
    for (text, expected) in [
        ("{}", None),
        (r#"{"serviceTier":null}"#, Some(None)),
        (r#"{"serviceTier":"fast"}"#, Some(Some("fast".to_owned()))),
    ] {
        let params: ThreadStartParams = serde_json::from_str(text).expect(text);
        assert_eq!(params.service_tier, expected, "{text}");
        assert_eq!(serde_json::to_string(&params).expect("writes"), text);
    }
}

#[test]
fn notifications_responses_and_errors() {
    let mut out = Vec::new();
    write_notification(&mut out, &InitializedNotification::new());
    out.push(b'\n');
    write_response(&mut out, &RequestId::from("a"), &json!({ "decision": "accept" }))
        .expect("writes");
    out.push(b'\n');
    write_error(&mut out, &RequestId::Integer(0), &RpcError::new(-32601, "no"));
    assert_eq!(
        String::from_utf8(out).expect("UTF-8"),
        "{\"method\":\"initialized\"}\n\
         {\"id\":\"a\",\"result\":{\"decision\":\"accept\"}}\n\
         {\"id\":0,\"error\":{\"code\":-32601,\"message\":\"no\"}}"
    );
}

#[test]
fn a_reply_is_read_by_its_request() {
    let reply: TurnInterruptResponse =
        codex_protocol::TurnInterruptParams::decode_response("{}").expect("empty");
    assert_eq!(reply, TurnInterruptResponse::default());
}

#[test]
fn every_method_of_the_schema_is_there() {
    let experimental = CLIENT_METHODS.iter().filter(|(_, experimental)| *experimental).count();
    assert_eq!((CLIENT_METHODS.len(), experimental), (184, 75));
    assert_eq!(codex_protocol::ServerNotification::METHODS.len(), 86);
    assert_eq!(codex_protocol::ServerRequest::METHODS.len(), 11);
    const { assert!(!ThreadStartParams::EXPERIMENTAL) };
    const { assert!(codex_protocol::MemoryResetParams::EXPERIMENTAL) };
}
