use codex_protocol::{
    AskForApproval, CodexErrorInfo, FunctionCallOutputBody, McpElicitationPrimitiveSchema,
    ResourceContent, SandboxPolicy, ThreadItem, ThreadStatus, TurnStatus,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Reads a value, and asserts that it is written back as the same JSON.
fn round_trip<T: DeserializeOwned + Serialize>(value: &Value) -> T {
    let read: T = serde_json::from_str(&value.to_string()).expect("reads");
    assert_eq!(serde_json::to_value(&read).expect("writes"), *value);
    read
}

#[test]
fn open_enums_keep_what_they_do_not_know() {
    assert_eq!(round_trip::<TurnStatus>(&json!("completed")), TurnStatus::Completed);
    let invented = round_trip::<TurnStatus>(&json!("brandNew"));
    assert_eq!(invented, TurnStatus::Unrecognized("brandNew".to_owned()));
    assert_eq!(invented.to_string(), "brandNew");
}

#[test]
fn tagged_unions_keep_what_they_do_not_know() {
    let known = json!({ "type": "plan", "id": "i", "text": "p" });
    let item: ThreadItem = round_trip(&known);
    assert_eq!((item.kind(), item.id().map(|id| id.as_str())), ("plan", Some("i")));

    let invented = json!({ "type": "brandNew", "id": "i", "deep": { "list": [1, 2.5, null] } });
    let item: ThreadItem = round_trip(&invented);
    assert_eq!(item, ThreadItem::Unrecognized(invented));
    assert_eq!((item.kind(), item.id()), ("brandNew", None));
}

#[test]
fn a_tag_may_stand_anywhere() {
    let first: ThreadItem =
        serde_json::from_str(r#"{"type":"plan","id":"i","text":"p"}"#).expect("reads");
    for text in [r#"{"id":"i","type":"plan","text":"p"}"#, r#"{"id":"i","text":"p","type":"plan"}"#]
    {
        assert_eq!(serde_json::from_str::<ThreadItem>(text).expect(text), first);
    }
    let unknown = r#"{"id":"i","type":"brandNew"}"#;
    let item: ThreadItem = serde_json::from_str(unknown).expect(unknown);
    assert_eq!(item, ThreadItem::Unrecognized(json!({ "id": "i", "type": "brandNew" })));
    let from_value: ThreadItem =
        serde_json::from_value(json!({ "id": "i", "text": "p", "type": "plan" })).expect("reads");
    assert_eq!(from_value, first);
}

#[test]
fn kinds_without_members_pass_over_new_ones() {
    let status: ThreadStatus = serde_json::from_str(r#"{"type":"idle","since":5}"#).expect("reads");
    assert_eq!(status, ThreadStatus::Idle);
    assert_eq!(round_trip::<ThreadStatus>(&json!({ "type": "idle" })), ThreadStatus::Idle);
    let policy: SandboxPolicy = round_trip(&json!({ "type": "dangerFullAccess" }));
    assert_eq!(policy, SandboxPolicy::DangerFullAccess);
}

#[test]
fn unions_of_strings_and_objects() {
    assert_eq!(round_trip::<AskForApproval>(&json!("on-request")), AskForApproval::OnRequest);
    let info: CodexErrorInfo =
        round_trip(&json!({ "httpConnectionFailed": { "httpStatusCode": 503 } }));
    let CodexErrorInfo::HttpConnectionFailed(body) = info else { panic!("{info:?}") };
    assert_eq!(body.http_status_code, Some(503));
    for invented in [json!("brandNew"), json!({ "brandNew": { "a": 1 } }), json!({})] {
        let info: CodexErrorInfo = round_trip(&invented);
        assert_eq!(info, CodexErrorInfo::Unrecognized(invented));
    }
    let bad = r#"{"httpConnectionFailed":{"httpStatusCode":"x"}}"#;
    let error = serde_json::from_str::<CodexErrorInfo>(bad).expect_err("a known kind is checked");
    assert!(error.to_string().starts_with("CodexErrorInfo.httpConnectionFailed: "), "{error}");
}

#[test]
fn unions_told_apart_by_shape() {
    let text: FunctionCallOutputBody = round_trip(&json!("out"));
    assert_eq!(text, FunctionCallOutputBody::Text("out".to_owned()));
    assert!(matches!(round_trip(&json!([])), FunctionCallOutputBody::Items(_)));
    let blob = json!({ "blob": "YQ==", "uri": "u" });
    assert!(matches!(round_trip(&blob), ResourceContent::Blob(_)));
    assert_eq!(
        round_trip::<ResourceContent>(&json!({ "uri": 1 })),
        ResourceContent::Unrecognized(json!({ "uri": 1 }))
    );
}

#[test]
fn the_fields_of_a_form_are_told_apart() {
    use McpElicitationPrimitiveSchema as Schema;
    let number = json!({ "type": "integer", "minimum": 1.0 });
    assert!(matches!(round_trip(&number), Schema::Number(_)));
    assert!(matches!(round_trip(&json!({ "type": "boolean" })), Schema::Boolean(_)));
    assert!(matches!(round_trip(&json!({ "type": "string", "minLength": 1 })), Schema::String(_)));
    for list in [
        json!({ "type": "string", "enum": ["a"] }),
        json!({ "type": "string", "enum": ["a"], "enumNames": ["A"] }),
        json!({ "type": "array", "items": { "type": "string", "enum": ["a"] } }),
    ] {
        assert!(matches!(round_trip(&list), Schema::Enum(_)), "{list}");
    }
}
