//! What the real server's errors look like to a user.

use super::Stage;
use crate::guard::within;
use codex_sdk::protocol::CodexErrorInfo;
use codex_sdk::{Error, TurnStatus};
use codex_testkit::{CodexHome, Reply};

type Expected = fn(&CodexErrorInfo) -> bool;

/// All that a user can ask of an error.
#[derive(Debug, PartialEq)]
struct Seen {
    method: Option<&'static str>,
    code: Option<i64>,
    retryable: bool,
    overloaded: bool,
    timeout: bool,
    disconnected: bool,
}

impl Seen {
    fn of(error: &Error) -> Self {
        Self {
            method: error.method(),
            code: error.rpc_code(),
            retryable: error.is_retryable(),
            overloaded: error.is_overloaded(),
            timeout: error.is_timeout(),
            disconnected: error.is_disconnected(),
        }
    }

    fn refused(method: &'static str, code: i64) -> Self {
        Self {
            method: Some(method),
            code: Some(code),
            retryable: false,
            overloaded: false,
            timeout: false,
            disconnected: false,
        }
    }

    fn failed(overloaded: bool) -> Self {
        Self {
            method: None,
            code: None,
            retryable: false,
            overloaded,
            timeout: false,
            disconnected: false,
        }
    }
}

#[tokio::test]
async fn every_refusal_names_its_request_and_code() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        let id = "00000000-0000-7000-8000-000000000000";
        let unknown = codex.thread_resume(id).await.unwrap_err();
        assert_eq!(Seen::of(&unknown), Seen::refused("thread/resume", -32600), "{unknown}");
        let unknown = codex.thread_read(id).await.unwrap_err();
        assert_eq!(Seen::of(&unknown), Seen::refused("thread/read", -32600), "{unknown}");
        let early = thread.read().include_turns(true).await.unwrap_err();
        assert_eq!(Seen::of(&early), Seen::refused("thread/read", -32601), "{early}");
        let long = thread.run("x".repeat(1_048_577)).await.unwrap_err();
        assert_eq!(Seen::of(&long), Seen::refused("turn/start", -32602), "{long}");
        let Error::Rpc { error, .. } = &long else { panic!("{long:?}") };
        let data = error.data.as_ref().unwrap();
        assert_eq!(
            (&data["max_chars"], &data["actual_chars"]),
            (&1_048_576.into(), &1_048_577.into())
        );

        let missing = codex_sdk::protocol::FsReadFileParams::new("/no/such/file");
        let missing = codex.request(missing).await.unwrap_err();
        assert_eq!(Seen::of(&missing), Seen::refused("fs/readFile", -32603), "{missing}");

        // None of them is in the way of what comes after it.
        stage.model.reply(Reply::text("fine"));
        assert_eq!(thread.run("hi").await.unwrap().text, "fine");
        codex.close().await.unwrap();
        let over = thread.run("hi").await.unwrap_err();
        assert!(matches!(&over, Error::Disconnected(why) if why.is_closed()), "{over:?}");
        let expected = Seen { disconnected: true, ..Seen::failed(false) };
        assert_eq!(Seen::of(&over), expected);
    })
    .await;
}

#[tokio::test]
async fn every_failure_of_the_model_is_a_failed_turn_that_says_which() {
    within(async {
        let mut stage = Stage::set().await;
        stage.home = CodexHome::builder(&stage.model).retries(1, 1).build().unwrap();
        let codex = stage.codex().await;
        let http = |status| Reply::http_error(status, "refused").always();
        let table: [(Reply, Expected); 14] = [
            (http(500), |info| matches!(info, CodexErrorInfo::InternalServerError)),
            (http(503), |info| {
                matches!(info, CodexErrorInfo::HttpConnectionFailed(failed)
                    if failed.http_status_code == Some(503))
            }),
            (http(429), |info| {
                matches!(info, CodexErrorInfo::ResponseTooManyFailedAttempts(failed)
                    if failed.http_status_code == Some(429))
            }),
            (http(401), |info| {
                matches!(info, CodexErrorInfo::HttpConnectionFailed(failed)
                    if failed.http_status_code == Some(401))
            }),
            (http(404), |info| {
                matches!(info, CodexErrorInfo::HttpConnectionFailed(failed)
                    if failed.http_status_code == Some(404))
            }),
            (http(400), |info| matches!(info, CodexErrorInfo::Other)),
            (Reply::overloaded().always(), |info| matches!(info, CodexErrorInfo::ServerOverloaded)),
            (Reply::sse_error("context_length_exceeded").always(), |info| {
                matches!(info, CodexErrorInfo::ContextWindowExceeded)
            }),
            (Reply::sse_error("insufficient_quota").always(), |info| {
                matches!(info, CodexErrorInfo::UsageLimitExceeded)
            }),
            (Reply::sse_error("rate_limit_exceeded").always(), |info| {
                matches!(info, CodexErrorInfo::RateLimitExceeded)
            }),
            (Reply::sse_error("no_such_code").always(), |info| {
                matches!(info, CodexErrorInfo::Other)
            }),
            (Reply::cut_after(["a"]).always(), |info| matches!(info, CodexErrorInfo::Other)),
            (Reply::incomplete("a", "max_output_tokens").always(), |info| {
                matches!(info, CodexErrorInfo::Other)
            }),
            (Reply::http_error(422, "refused").always(), |info| {
                matches!(info, CodexErrorInfo::HttpConnectionFailed(_) | CodexErrorInfo::Other)
            }),
        ];
        for (n, (reply, expected)) in table.into_iter().enumerate() {
            let prompt = format!("prompt-{n}-");
            stage.model.on(&*prompt).reply(reply);
            // A thread of its own, for the model is asked by what was said last.
            let thread = codex.thread_start().await.unwrap();
            let result = thread.run(&prompt).await.unwrap();
            assert_eq!(result.status, TurnStatus::Failed, "{prompt}");
            let error = result.error_for_status().unwrap_err();
            let info = error.codex_error_info().unwrap();
            assert!(expected(info), "{prompt}: {info:?}");
            let overloaded = matches!(info, CodexErrorInfo::ServerOverloaded);
            assert_eq!(Seen::of(&error), Seen::failed(overloaded), "{prompt}");
            let turn = error.turn_result().unwrap();
            assert!(error.to_string().contains(&*turn.turn_id), "{error}");
        }
        codex.close().await.unwrap();
    })
    .await;
}
