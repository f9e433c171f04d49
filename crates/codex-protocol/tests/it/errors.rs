use codex_protocol::{
    ClientRequest, Incoming, ItemCompletedNotification, ResourceContent, ServerNotification,
    ThreadItem, ThreadReadParams, decode_incoming,
};

fn item_error(item: &str) -> String {
    let text = format!(
        "{{\n  \"threadId\": \"t\", \"turnId\": \"u\", \"completedAtMs\": 1,\n  \"item\": {item}\n}}"
    );
    serde_json::from_str::<ItemCompletedNotification>(&text).expect_err("is bad").to_string()
}

#[test]
fn the_path_leads_through_every_type() {
    assert_eq!(
        item_error(r#"{"type":"agentMessage","id":"i","text":5}"#),
        "ItemCompletedNotification.item: AgentMessageThreadItem.text: invalid type: integer `5`, \
         expected a string at line 3 column 50"
    );
    assert_eq!(
        item_error(r#"{"type":"agentMessage","id":"i"}"#),
        "ItemCompletedNotification.item: AgentMessageThreadItem.text: missing field at line 3 column 42"
    );
}

#[test]
fn a_tag_that_is_not_first_changes_only_the_position() {
    assert_eq!(
        item_error(r#"{"id":"i","text":5,"type":"agentMessage"}"#),
        "ItemCompletedNotification.item: AgentMessageThreadItem.text: invalid type: integer `5`, \
         expected a string at line 3 column 51"
    );
}

/// What a decoder says of params that are bad at one place, for each kind of union.
#[test]
fn a_known_kind_with_a_bad_body_is_an_error_in_every_kind_of_union() {
    for (what, method, params, expected) in [
        (
            "by a tag",
            "thread/status/changed",
            r#"{"threadId":"t","status":{"type":"active","activeFlags":5}}"#,
            "ThreadStatusChangedNotification.status: ActiveThreadStatus.activeFlags: invalid type: \
             integer `5`, expected a sequence at line 1 column 57",
        ),
        (
            "by its sole member",
            "error",
            r#"{"threadId":"t","turnId":"u","willRetry":false,
                "error":{"message":"m","codexErrorInfo":{"httpConnectionFailed":{"httpStatusCode":"x"}}}}"#,
            "ErrorNotification.error: TurnError.codexErrorInfo: CodexErrorInfo.httpConnectionFailed: \
             HttpConnectionFailedCodexErrorInfo.httpStatusCode: invalid type: string, expected u16 \
             at line 2 column 101",
        ),
        (
            "by its shape, and within that by a tag",
            "item/completed",
            r#"{"threadId":"t","turnId":"u","completedAtMs":1,"item":{"type":"functionCallOutput","id":"i",
                "name":"n","output":[{"type":"input_text","text":5}]}}"#,
            "ItemCompletedNotification.item: FunctionCallOutputThreadItem.output: \
             FunctionCallOutputBody: InputTextFunctionCallOutputContentItem.text: invalid type: \
             integer `5`, expected a string at line 2 column 69",
        ),
    ] {
        let frame = format!(r#"{{"method":"{method}","params":{params}}}"#);
        let Ok(Incoming::UndecodedNotification { method: kept, params: raw, error }) =
            decode_incoming(&frame)
        else {
            panic!("{what}: it decodes");
        };
        assert_eq!((kept.as_str(), raw.get()), (method, params), "{what}");
        assert_eq!(error.to_string(), format!("{method}: {expected}"), "{what}");
        assert!(error.line() > 0 && error.column() > 0, "{what}");
    }
}

#[test]
fn a_bad_body_of_a_shape_is_an_error_and_another_shape_is_not() {
    let bad = r#"{"uri":1,"blob":"YQ=="}"#;
    let error = serde_json::from_str::<ResourceContent>(bad).expect_err("a blob with a bad uri");
    assert_eq!(
        error.to_string(),
        "ResourceContent: BlobResourceContent.uri: invalid type: integer `1`, expected a string"
    );
    let other = r#"{"uri":1,"stream":"x"}"#;
    let content: ResourceContent = serde_json::from_str(other).expect("a shape of its own");
    assert_eq!(serde_json::to_string(&content).expect("writes"), r#"{"stream":"x","uri":1}"#);
}

#[test]
fn an_object_without_its_tag_says_so() {
    let error = serde_json::from_str::<ThreadItem>(r#"{"id":"i"}"#).expect_err("no kind");
    assert_eq!(error.to_string(), "ThreadItem.type: missing field at line 1 column 10");
    let error = serde_json::from_str::<ThreadItem>(r#"{"type":5}"#).expect_err("no kind");
    assert_eq!(
        error.to_string(),
        "ThreadItem.type: invalid type: integer `5`, expected a string at line 1 column 9"
    );
}

#[test]
fn the_content_of_strings_is_not_repeated() {
    let text = r#"{"method":"turn/completed","params":{"threadId":"t","turn":"my secret"}}"#;
    let error = serde_json::from_str::<ServerNotification>(text).expect_err("a turn is an object");
    assert_eq!(
        error.to_string(),
        "TurnCompletedNotification.turn: invalid type: string, expected an object (Turn)"
    );
}

#[test]
fn a_reply_names_its_method() {
    let error = ThreadReadParams::decode_response(r#"{"thread":{}}"#).expect_err("no thread");
    let text = error.to_string();
    assert!(text.starts_with("thread/read: ThreadReadResponse.thread: Thread."), "{text}");
    assert_eq!((error.method(), error.line(), error.column()), ("thread/read", 1, 12));
}
