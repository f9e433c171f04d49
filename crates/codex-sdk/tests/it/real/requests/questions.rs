//! Questions of the model to the user.

use super::{Stage, outcome, run, told};
use crate::guard::within;
use codex_sdk::PendingRequest;
use codex_sdk::ask::UserInputRequest;
use codex_testkit::Reply;
use serde_json::{Value, json};

fn user_input(request: PendingRequest) -> UserInputRequest {
    match request {
        PendingRequest::UserInput(request) => request,
        other => panic!("{other:?}"),
    }
}

async fn stage() -> Stage {
    let stage = Stage::set_with(|home| home.feature("default_mode_request_user_input", true)).await;
    let option = |label: &str| json!({ "label": label, "description": label });
    let question = json!({ "id": "colour", "header": "Colour", "question": "Which colour?",
                           "options": [option("Red"), option("Blue")] });
    let arguments = json!({ "questions": [question] });
    stage.model.reply(Reply::tool("request_user_input", arguments)).reply(Reply::text("done"));
    stage
}

#[tokio::test]
async fn questions_are_answered() {
    within(async {
        let stage = stage().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        // It has no item.
        let result = run(&thread, |request| {
            let request = user_input(request);
            let [question] = request.questions() else { panic!("{:?}", request.questions()) };
            assert_eq!(question.question, "Which colour?");
            // The server adds it; the model did not say so.
            assert!(question.is_other);
            // What does not fit is not sent, and the request is still there.
            let error = request.answer([("shape", "Red")]).unwrap_err();
            assert!(error.into_request().answer([("colour", "Blue")]).unwrap());
        })
        .await;
        assert_eq!(outcome(&result), ("completed", "done", vec![]));
        let told: Value = serde_json::from_str(&told(&stage)[0]).unwrap();
        assert_eq!(told, json!({ "answers": { "colour": { "answers": ["Blue"] } } }));
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn declined_questions_have_no_answer_and_the_turn_goes_on() {
    within(async {
        for dropped in [false, true] {
            let stage = stage().await;
            let codex = stage.codex().await;
            let thread = codex.thread_start().await.unwrap();
            let result = run(&thread, |request| {
                let request = user_input(request);
                if !dropped {
                    assert!(request.decline());
                }
            })
            .await;
            assert_eq!(outcome(&result), ("completed", "done", vec![]));
            assert_eq!(told(&stage), [r#"{"answers":{}}"#]);
            codex.close().await.unwrap();
        }
    })
    .await;
}
