use codex_protocol::{
    Incoming, RequestId, ServerNotification, ServerRequest, ThreadItem, decode_envelope,
    decode_incoming,
};
use serde_json::{Value, json};

const DELTA: [&str; 3] = [
    r#""method":"item/agentMessage/delta""#,
    r#""params":{"threadId":"t","turnId":"u","itemId":"i","delta":"Hi"}"#,
    r#""emittedAtMs":17"#,
];

const CALL: [&str; 3] = [
    r#""method":"item/tool/call""#,
    r#""id":3"#,
    r#""params":{"threadId":"t","turnId":"u","callId":"c","tool":"x","arguments":{"a":1}}"#,
];

/// The frame with its members in every order.
fn orders(members: [&str; 3]) -> Vec<String> {
    [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
        .map(|order| format!("{{{}}}", order.map(|i| members[i]).join(",")))
        .to_vec()
}

#[test]
fn a_notification_in_any_order_of_its_members() {
    for frame in orders(DELTA) {
        let incoming = decode_incoming(&frame).expect(&frame);
        let Incoming::Notification { notification, emitted_at_ms } = incoming else {
            panic!("{frame}: {incoming:?}");
        };
        assert_eq!(emitted_at_ms, Some(17), "{frame}");
        assert_eq!(notification.method(), "item/agentMessage/delta");
        assert_eq!(notification.thread_id().map(|id| id.as_str()), Some("t"));
        assert_eq!(notification.turn_id().map(|id| id.as_str()), Some("u"));
        assert_eq!(notification.item_id().map(|id| id.as_str()), Some("i"));
        let ServerNotification::ItemAgentMessageDelta(delta) = notification else {
            panic!("{frame}");
        };
        assert_eq!(delta.delta, "Hi", "{frame}");
    }
}

#[test]
fn a_request_in_any_order_of_its_members() {
    for frame in orders(CALL) {
        let incoming = decode_incoming(&frame).expect(&frame);
        let Incoming::Request { id, request } = incoming else { panic!("{frame}: {incoming:?}") };
        assert_eq!(id, RequestId::Integer(3), "{frame}");
        assert_eq!(request.thread_id().map(|id| id.as_str()), Some("t"));
        let ServerRequest::ItemToolCall(call) = request else { panic!("{frame}") };
        assert_eq!(call.tool, "x");
        assert_eq!(call.arguments, json!({ "a": 1 }));
    }
}

#[test]
fn the_first_of_two_members_of_one_name_counts_wherever_the_tag_stands() {
    let text = r#""text":"first","text":"second""#;
    for item in [
        format!(r#"{{"type":"agentMessage","id":"i",{text}}}"#),
        format!(r#"{{"id":"i",{text},"type":"agentMessage"}}"#),
        format!(r#"{{"id":"i",{text},"type":"agentMessage","type":"plan"}}"#),
    ] {
        let item = serde_json::from_str(&item).expect(&item);
        let ThreadItem::AgentMessage(message) = item else { panic!("{item:?}") };
        assert_eq!((&*message.id, &*message.text), ("i", "first"));
    }
}

#[test]
fn members_that_nobody_knows_are_passed_over() {
    let frame = format!(r#"{{"trace":{{"x":[1]}},{},"new":null}}"#, DELTA.join(","));
    assert!(matches!(
        decode_incoming(&frame),
        Ok(Incoming::Notification {
            notification: ServerNotification::ItemAgentMessageDelta(_),
            ..
        })
    ));
}

#[test]
fn a_null_result_is_a_reply_and_an_absent_one_is_not() {
    let Ok(Incoming::Response { id, result }) = decode_incoming(r#"{"id":1,"result":null}"#) else {
        panic!("a reply");
    };
    assert_eq!((id, result.get()), (RequestId::Integer(1), "null"));
    let error = decode_incoming(r#"{"id":1}"#).expect_err("nothing in it");
    assert_eq!(error.to_string(), "not a JSON-RPC message: no method, no result and no error");
}

#[test]
fn an_error_keeps_its_data_and_may_have_no_id() {
    for (frame, expected) in [
        (r#"{"error":{"code":-32602,"message":"m","data":{"max":1}},"id":4}"#, Some(4)),
        (r#"{"error":{"code":-32602,"message":"m","data":{"max":1}},"id":null}"#, None),
        (r#"{"error":{"code":-32602,"message":"m","data":{"max":1}}}"#, None),
    ] {
        let Ok(Incoming::Error { id, error }) = decode_incoming(frame) else { panic!("{frame}") };
        assert_eq!(id, expected.map(RequestId::Integer), "{frame}");
        assert_eq!(error.code, -32602);
        assert_eq!(error.message, "m");
        assert_eq!(error.data, Some(json!({ "max": 1 })));
    }
}

#[test]
fn what_is_no_message_is_an_envelope_error() {
    let whole = format!("{{{}}}", DELTA.join(","));
    for cut in 0..whole.len() {
        assert!(decode_incoming(&whole[..cut]).is_err(), "{}", &whole[..cut]);
    }
    for frame in [
        format!("{whole}x"),
        format!("{whole}{whole}"),
        "[]".to_owned(),
        "1".to_owned(),
        r#"{"id":null,"result":1}"#.to_owned(),
        r#"{"id":1.5,"result":1}"#.to_owned(),
        r#"{"id":18446744073709551615,"result":1}"#.to_owned(),
        r#"{"result":1}"#.to_owned(),
        r#"{"id":1,"result":1,"error":{"code":1,"message":""}}"#.to_owned(),
        r#"{"id":1,"method":"a","result":1}"#.to_owned(),
        r#"{"method":1}"#.to_owned(),
    ] {
        assert!(decode_incoming(&frame).is_err(), "{frame}");
    }
}

#[test]
fn unknown_methods_are_kept_whole() {
    let Ok(Incoming::Notification { notification, emitted_at_ms }) =
        decode_incoming(r#"{"method":"new/thing","params":{"a":[1,null]},"emittedAtMs":5}"#)
    else {
        panic!("a notification");
    };
    let expected = ServerNotification::Unrecognized {
        method: "new/thing".to_owned(),
        params: json!({ "a": [1, null] }),
    };
    assert_eq!((notification, emitted_at_ms), (expected, Some(5)));

    let Ok(Incoming::Request { id, request }) = decode_incoming(r#"{"id":"q","method":"new/ask"}"#)
    else {
        panic!("a request");
    };
    let expected =
        ServerRequest::Unrecognized { method: "new/ask".to_owned(), params: Value::Null };
    assert_eq!((id, request), (RequestId::from("q"), expected));
}

#[test]
fn a_method_of_the_other_kind_is_unknown_there() {
    let frame = r#"{"method":"turn/completed","id":1,"params":{}}"#;
    let Ok(Incoming::Request { request, .. }) = decode_incoming(frame) else {
        panic!("a request");
    };
    assert_eq!(request.method(), "turn/completed");
    assert!(matches!(request, ServerRequest::Unrecognized { .. }));
}

#[test]
fn bad_params_of_a_known_method_are_handed_over() {
    let params = r#"{"threadId":"t","turnId":"u","itemId":"i","delta":7}"#;
    for frame in [
        format!(r#"{{"method":"item/agentMessage/delta","params":{params}}}"#),
        format!(r#"{{"params":{params},"method":"item/agentMessage/delta"}}"#),
    ] {
        let Ok(Incoming::UndecodedNotification { method, params: raw, error }) =
            decode_incoming(&frame)
        else {
            panic!("{frame}");
        };
        assert_eq!((method.as_str(), raw.get()), ("item/agentMessage/delta", params));
        assert_eq!(
            error.to_string(),
            "item/agentMessage/delta: AgentMessageDeltaNotification.delta: invalid type: \
             integer `7`, expected a string at line 1 column 51"
        );
    }
    let frame = r#"{"method":"item/tool/call","id":8,"params":{"threadId":"t"}}"#;
    let Ok(Incoming::UndecodedRequest { id, method, params, error }) = decode_incoming(frame)
    else {
        panic!("{frame}");
    };
    assert_eq!(id, RequestId::Integer(8));
    assert_eq!((method.as_str(), params.get()), ("item/tool/call", r#"{"threadId":"t"}"#));
    assert_eq!(error.method(), "item/tool/call");
    assert!(error.to_string().contains("missing field"), "{error}");
}

#[test]
fn a_notification_without_params_has_none_set() {
    assert!(matches!(
        decode_incoming(r#"{"method":"skills/changed"}"#),
        Ok(Incoming::Notification { notification: ServerNotification::SkillsChanged(_), .. })
    ));
    let Ok(Incoming::UndecodedNotification { params, .. }) =
        decode_incoming(r#"{"method":"turn/completed"}"#)
    else {
        panic!("a notification");
    };
    assert_eq!(params.get(), "null");
}

#[test]
fn an_envelope_of_either_direction() {
    let frame = r#"{"id":"a","method":"turn/start","params":{"x":1},"trace":{}}"#;
    let envelope = decode_envelope(frame).expect("a message");
    assert_eq!(envelope.method.as_deref(), Some("turn/start"));
    assert_eq!(envelope.id, Some(Some(RequestId::from("a"))));
    assert_eq!(envelope.params.map(|params| params.get()), Some(r#"{"x":1}"#));
    assert!(envelope.result.is_none() && envelope.error.is_none());
}

#[test]
fn a_notification_is_stored_and_read_again() {
    for frame in [
        format!("{{{}}}", DELTA[..2].join(",")),
        r#"{"method":"new/thing","params":{"a":1}}"#.to_owned(),
    ] {
        let Ok(Incoming::Notification { notification, .. }) = decode_incoming(&frame) else {
            panic!("{frame}");
        };
        let stored = serde_json::to_value(&notification).expect("writes");
        assert_eq!(stored, serde_json::from_str::<Value>(&frame).expect("reads"));
        let again: ServerNotification = serde_json::from_value(stored).expect("reads");
        assert_eq!(again, notification);
    }
}
