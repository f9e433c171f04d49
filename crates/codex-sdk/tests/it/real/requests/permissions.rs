//! May the turn have more permissions?

use super::{Stage, outcome, run, told};
use crate::guard::within;
use codex_sdk::ask::PermissionsApproval;
use codex_sdk::protocol::PermissionGrantScope;
use codex_sdk::{AskForApproval, Codex, PendingRequest, Thread};
use codex_testkit::Reply;
use serde_json::{Value, json};

fn permissions(request: PendingRequest) -> PermissionsApproval {
    match request {
        PendingRequest::Permissions(request) => request,
        other => panic!("{other:?}"),
    }
}

async fn stage() -> Stage {
    let stage = Stage::set_with(|home| home.feature("request_permissions_tool", true)).await;
    let arguments = json!({
        "reason": "to look it up",
        "permissions": { "network": { "enabled": true } },
    });
    stage.model.reply(Reply::tool("request_permissions", arguments)).reply(Reply::text("done"));
    stage
}

async fn thread(codex: &Codex) -> Thread {
    codex.thread_start().approval_policy(AskForApproval::OnRequest).await.unwrap()
}

/// What the model was told that it has: of the network, of files, and for how long.
fn granted(stage: &Stage) -> (Value, Value, Value) {
    let mut told: Value = serde_json::from_str(&told(stage)[0]).unwrap();
    let permissions = &mut told["permissions"];
    (permissions["network"].take(), permissions["file_system"].take(), told["scope"].take())
}

#[tokio::test]
async fn permissions_are_granted_for_the_turn_or_the_session() {
    within(async {
        for scope in [PermissionGrantScope::Turn, PermissionGrantScope::Session] {
            let stage = stage().await;
            let codex = stage.codex().await;
            let thread = thread(&codex).await;
            let mut asked = 0;
            let result = run(&thread, |request| {
                asked += 1;
                let request = permissions(request);
                assert_eq!(request.reason(), Some("to look it up"));
                let network = request.requested().network.as_ref().unwrap();
                assert_eq!(network.enabled, Some(true));
                assert!(request.grant(scope.clone()));
            })
            .await;
            // It has no item.
            assert_eq!((asked, outcome(&result)), (1, ("completed", "done", vec![])));
            let network = json!({ "enabled": true });
            assert_eq!(granted(&stage), (network, Value::Null, json!(scope)));
            codex.close().await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn declined_permissions_are_none_and_the_turn_goes_on() {
    within(async {
        for dropped in [false, true] {
            let stage = stage().await;
            let codex = stage.codex().await;
            let thread = thread(&codex).await;
            let result = run(&thread, |request| {
                let request = permissions(request);
                if !dropped {
                    assert!(request.decline());
                }
            })
            .await;
            assert_eq!(outcome(&result), ("completed", "done", vec![]));
            assert_eq!(granted(&stage), (Value::Null, Value::Null, json!("turn")));
            codex.close().await.unwrap();
        }
    })
    .await;
}
