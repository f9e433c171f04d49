use codex_protocol::{
    ClientRequest, ItemCompletedNotification, ServerNotification, ThreadItem, ThreadReadParams,
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
