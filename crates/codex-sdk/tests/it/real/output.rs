//! Typed answers of the real server.

use super::Stage;
use crate::guard::within;
use codex_sdk::{Error, TurnStatus};
use codex_testkit::Reply;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
struct FileCount {
    files: u32,
    largest: Option<String>,
}

fn format_of(stage: &Stage) -> Value {
    stage.model.requests().last().unwrap().body()["text"]["format"].clone()
}

#[tokio::test]
async fn an_answer_is_a_value_of_the_type_asked_for() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        stage.model.reply(
            Reply::commentary("Counting.").and(Reply::text(r#"{ "files": 3, "largest": null }"#)),
        );
        let count = thread.run("How many files?").output::<FileCount>().await.unwrap();
        assert_eq!(count.value, FileCount { files: 3, largest: None });
        assert_eq!(count.result.status, TurnStatus::Completed);
        assert!(count.result.usage.is_some());
        // Strict: for that, the model's API wants every object closed and every key required.
        let schema = json!({
            "type": "object",
            "properties": {
                "files": { "type": "integer", "minimum": 0 },
                "largest": { "type": ["string", "null"] },
            },
            "required": ["files", "largest"],
            "additionalProperties": false,
        });
        let format = format_of(&stage);
        assert_eq!((&format["schema"], &format["strict"]), (&schema, &json!(true)), "{format}");

        // It holds for that turn alone.
        stage.model.reply(Reply::text("free text"));
        assert_eq!(thread.run("And now?").await.unwrap().text, "free text");
        assert_eq!(format_of(&stage), Value::Null);
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_kept_and_not_shown() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        let marker = "marker-4711";
        for (answer, what) in [
            (format!("{marker} is no JSON"), "is not JSON at line 1 column 1"),
            (format!("{{ \"files\": \"{marker}\" }}"), "does not fit at line 1 column 24"),
            (format!("{{ \"largest\": \"{marker}\""), "ends too early at line 1 column 26"),
        ] {
            stage.model.reply(Reply::text(&*answer));
            let error = thread.run("How many files?").output::<FileCount>().await.unwrap_err();
            let (shown, debugged) = (error.to_string(), format!("{error:?}"));
            assert!(shown.contains(what), "{shown}");
            assert!(!shown.contains(marker) && !debugged.contains(marker), "{shown} {debugged}");
            assert!(std::error::Error::source(&error).is_none(), "its text would quote the answer");
            let Error::Output(error) = error else { panic!("{error:?}") };
            assert_eq!(error.text(), answer);
            assert_eq!(error.result().status, TurnStatus::Completed);
        }
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_mended_as_often_as_was_allowed() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        let count = || thread.run("How many files?").output::<FileCount>();
        let mut asked = 0;
        let mut turns = || {
            let all = stage.model.requests().len();
            all - std::mem::replace(&mut asked, all)
        };
        stage.model.reply(Reply::text("three")).reply(Reply::text(r#"{ "files": "3" }"#));
        stage.model.reply(Reply::text(r#"{ "files": 3, "largest": null }"#));
        let mended = count().repairs(2).await.unwrap();
        assert_eq!(mended.value, FileCount { files: 3, largest: None });
        assert_eq!((turns(), mended.result.items.len()), (3, 2), "the items are the last turn's");
        // What is wrong is told, and the same type asked for.
        let last = stage.model.requests().pop().unwrap();
        let problem = "invalid type: string \"3\", expected u32 at line 1 column 14";
        assert!(last.last_user_text().contains(problem), "{}", last.last_user_text());
        assert_eq!(format_of(&stage)["schema"]["required"], json!(["files", "largest"]));

        // Once, and no more; and not at all where nothing is wrong, or nobody asked for it.
        stage.model.reply(Reply::text("a")).reply(Reply::text("b"));
        let Error::Output(error) = count().repairs(1).await.unwrap_err() else { panic!() };
        assert_eq!((turns(), error.text()), (2, "b"));
        stage.model.reply(Reply::text("c"));
        let Error::Output(error) = count().await.unwrap_err() else { panic!() };
        assert_eq!((turns(), error.text()), (1, "c"));
        stage.model.reply(Reply::text(r#"{ "files": 1, "largest": "a" }"#));
        assert_eq!(count().repairs(2).await.unwrap().value.files, 1);
        assert_eq!(turns(), 1);
        // A turn that fails is not mended.
        stage.model.reply(Reply::text("d")).reply(Reply::http_error(400, "no"));
        let failed = count().repairs(2).await.unwrap_err();
        assert!(matches!(failed, Error::TurnFailed(_)), "{failed:?}");
        assert_eq!(turns(), 2);
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_failed_turn_and_a_type_that_cannot_be_said_are_errors_of_their_own() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        stage.model.reply(Reply::http_error(400, "no"));
        let error = thread.run("How many files?").output::<FileCount>().await.unwrap_err();
        let Error::TurnFailed(result) = error else { panic!("{error:?}") };
        assert_eq!(result.status, TurnStatus::Failed);

        let asked = stage.model.requests().len();
        let error = thread.run("How many files?").output::<Vec<FileCount>>().await.unwrap_err();
        let Error::Schema(error) = error else { panic!("{error:?}") };
        assert_eq!(error.path(), "#");
        assert_eq!(stage.model.requests().len(), asked, "no turn was started");
        codex.close().await.unwrap();
    })
    .await;
}
