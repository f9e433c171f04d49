//! How codex takes it when the model fails.

use codex_testkit::{CodexHome, CodexHomeBuilder, Reply, ScriptedModel};
use serde_json::{Value, json};

use crate::raw_client::{Ended, RawClient};

/// One turn in which the model answers with these.
async fn turn(
    replies: impl IntoIterator<Item = Reply>,
    home: impl FnOnce(CodexHomeBuilder) -> CodexHomeBuilder,
) -> (Ended, ScriptedModel) {
    let model = ScriptedModel::start().await.unwrap();
    for reply in replies {
        model.reply(reply);
    }
    let home = home(CodexHome::builder(&model)).build().unwrap();
    let mut codex = RawClient::start(&home).await;
    let thread = codex.thread(&home).await;
    let ended = codex.turn(&thread, "Go.").await;
    (ended, model)
}

fn failure(ended: &Ended) -> (&Value, &Value, &str) {
    let error = &ended.turn["error"];
    let message = error["message"].as_str().unwrap_or_default();
    (&ended.turn["status"], &error["codexErrorInfo"], message)
}

#[tokio::test]
async fn a_bad_request_fails_the_turn_with_its_message() {
    let (ended, model) = turn([Reply::http_error(400, "no such thing")], |home| home).await;
    let (status, info, message) = failure(&ended);
    assert_eq!((status, info), (&json!("failed"), &json!("other")));
    // Codex shows the body as it is.
    let body: Value = serde_json::from_str(message).unwrap();
    let error = json!({ "code": null, "message": "no such thing", "type": "scripted" });
    assert_eq!(body, json!({ "error": error }));
    model.check().unwrap();
}

#[tokio::test]
async fn an_overload_fails_the_turn() {
    let (ended, _) = turn([Reply::overloaded()], |home| home).await;
    assert_eq!(ended.turn["status"], "failed");
    assert_eq!(ended.turn["error"]["codexErrorInfo"], "serverOverloaded");
}

#[tokio::test]
async fn an_error_code_in_the_stream_fails_the_turn() {
    let (ended, _) = turn([Reply::sse_error("context_length_exceeded")], |home| home).await;
    assert_eq!(ended.turn["status"], "failed");
    assert_eq!(ended.turn["error"]["codexErrorInfo"], "contextWindowExceeded");
}

#[tokio::test]
async fn an_http_error_is_tried_again_as_often_as_the_home_says() {
    let replies = [Reply::http_error(500, "not now").times(2), Reply::text("Now.")];
    let (ended, model) = turn(replies, |home| home.retries(2, 0)).await;
    assert_eq!(ended.texts(), ["Now."]);
    assert_eq!(model.requests().len(), 3);
}

#[tokio::test]
async fn an_endless_http_error_ends_with_the_retries() {
    let replies = [Reply::http_error(503, "never").always()];
    let (ended, model) = turn(replies, |home| home.retries(1, 0)).await;
    let cause = json!({ "httpConnectionFailed": { "httpStatusCode": 503 } });
    assert_eq!(&ended.turn["error"]["codexErrorInfo"], &cause);
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test]
async fn a_cut_stream_fails_the_turn() {
    let (ended, _) = turn([Reply::cut_after(["half ", "a "])], |home| home).await;
    assert_eq!(ended.turn["status"], "failed");
    assert_eq!(ended.deltas(), ["half ", "a "]);
    assert_eq!(ended.texts(), Vec::<&str>::new());
}

#[tokio::test]
async fn a_stream_cut_once_is_said_again() {
    let replies = [Reply::cut_after(["half "]), Reply::text("half a loaf")];
    let (ended, model) = turn(replies, |home| home.retries(0, 1)).await;
    assert_eq!(ended.turn["status"], "completed");
    assert_eq!(ended.deltas(), ["half ", "half a loaf"]);
    assert_eq!(ended.texts(), ["half a loaf"]);
    assert_eq!(ended.params("error")[0]["willRetry"], true);
    model.check().unwrap();
}

#[tokio::test]
async fn error_codes_in_the_stream_are_told_apart() {
    for (code, info) in [
        ("insufficient_quota", json!("usageLimitExceeded")),
        ("rate_limit_exceeded", json!("rateLimitExceeded")),
        ("no_such_code", json!("other")),
    ] {
        let (ended, _) = turn([Reply::sse_error(code)], |home| home).await;
        assert_eq!(failure(&ended).1, &info, "{code}");
    }
}

#[tokio::test]
async fn a_model_asked_too_often_fails_the_turn_in_the_end() {
    let replies = [Reply::http_error(429, "not so fast").retry_after(1).always()];
    let (ended, model) = turn(replies, |home| home.retries(0, 1)).await;
    let cause = json!({ "responseTooManyFailedAttempts": { "httpStatusCode": 429 } });
    assert_eq!(&ended.turn["error"]["codexErrorInfo"], &cause);
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test]
async fn a_silent_model_fails_the_turn_once_codex_has_waited() {
    let silent = Reply::deltas(["Well, "]).and(Reply::silence());
    // A busy machine is silent for a second, too.
    let idle = std::time::Duration::from_secs(5);
    let (ended, _) = turn([silent], |home| home.stream_idle_timeout(idle)).await;
    assert_eq!(ended.turn["status"], "failed");
    assert_eq!(ended.deltas(), ["Well, "]);
}

#[tokio::test]
async fn an_incomplete_response_fails_the_turn() {
    let (ended, _) = turn([Reply::incomplete("So far", "max_output_tokens")], |home| home).await;
    assert_eq!(ended.turn["status"], "failed");
    assert_eq!(ended.texts(), ["So far"]);
}

#[tokio::test]
async fn an_exhausted_script_is_told_to_whoever_asked() {
    let (ended, model) = turn([Reply::shell("true")], |home| home).await;
    let complaint = "script exhausted: no reply in the queue is left for request 2, \
                     with user text \"Go.\" and 1 tool outputs";
    assert_eq!(failure(&ended), (&json!("failed"), &json!("other"), complaint));
    let unfit = format!("the script does not fit what was asked: {complaint}");
    assert_eq!(model.check().unwrap_err().to_string(), unfit);
}

#[tokio::test]
async fn a_model_that_is_gone_fails_the_turn() {
    let model = ScriptedModel::start().await.unwrap();
    let home = CodexHome::new(&model).unwrap();
    let mut codex = RawClient::start(&home).await;
    let thread = codex.thread(&home).await;
    drop(model);
    let ended = codex.turn(&thread, "Anyone?").await;
    assert_eq!(ended.turn["status"], "failed");
}
