//! Presets of sandbox and approval policy, on the wire.

use crate::fake_server::{FakeServer, THREAD, thread_started, turn_response};
use crate::guard::within;
use codex_sdk::Codex;
use serde_json::{Value, json};

#[derive(Clone, Copy)]
enum Preset {
    ReadOnly,
    WorkspaceWrite,
    DangerFullAccess,
}

/// The builder with the preset, whichever builder it is.
macro_rules! choose {
    ($preset:expr, $builder:expr) => {{
        let builder = $builder;
        match $preset {
            Preset::ReadOnly => builder.read_only(),
            Preset::WorkspaceWrite => builder.workspace_write(),
            Preset::DangerFullAccess => builder.danger_full_access(),
        }
    }};
}

/// Has the builder send its request, and gives the params.
macro_rules! params_of {
    ($server:ident, $method:literal, $builder:expr, $answer:expr) => {{
        let call = tokio::spawn($builder.send());
        let (id, params) = $server.expect($method).await;
        $server.respond(&id, $answer);
        call.await.unwrap().unwrap();
        params
    }};
}

fn thread_params(sandbox: &str, approvals: &str, id: Option<&str>) -> Value {
    let mut params = json!({ "sandbox": sandbox, "approvalPolicy": approvals });
    if let Some(id) = id {
        params["threadId"] = json!(id);
    }
    params
}

#[tokio::test]
async fn a_thread_s_presets_are_sandbox_and_policy() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        for (preset, sandbox, approvals) in [
            (Preset::ReadOnly, "read-only", "on-request"),
            (Preset::WorkspaceWrite, "workspace-write", "on-request"),
            (Preset::DangerFullAccess, "danger-full-access", "never"),
        ] {
            let answer = || thread_started("t");
            let params =
                params_of!(server, "thread/start", choose!(preset, codex.thread_start()), answer());
            assert_eq!(params, thread_params(sandbox, approvals, None));
            let builder = choose!(preset, codex.thread_resume("t"));
            let params = params_of!(server, "thread/resume", builder, answer());
            assert_eq!(params, thread_params(sandbox, approvals, Some("t")));
            let builder = choose!(preset, codex.thread_fork("t"));
            let params = params_of!(server, "thread/fork", builder, answer());
            assert_eq!(params, thread_params(sandbox, approvals, Some("t")));
        }
    })
    .await;
}

#[tokio::test]
async fn a_turn_s_presets_are_sandbox_and_policy() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let read_only = json!({ "type": "readOnly", "networkAccess": false });
        let workspace = json!({
            "type": "workspaceWrite",
            "excludeSlashTmp": false,
            "excludeTmpdirEnvVar": false,
            "networkAccess": false,
            "writableRoots": [],
        });
        let everything = json!({ "type": "dangerFullAccess" });
        let table = [
            (Preset::ReadOnly, read_only, "on-request"),
            (Preset::WorkspaceWrite, workspace, "on-request"),
            (Preset::DangerFullAccess, everything, "never"),
        ];
        for (n, (preset, sandbox, approvals)) in table.into_iter().enumerate() {
            let turn = format!("turn-{n}");
            let params = params_of!(
                server,
                "turn/start",
                choose!(preset, thread.turn("hi")),
                turn_response(&turn)
            );
            assert_eq!(params["threadId"], THREAD);
            assert_eq!(
                (&params["sandboxPolicy"], &params["approvalPolicy"]),
                (&sandbox, &json!(approvals))
            );
            server.turn_completed(&turn, "completed");
            server.round_trip(thread.codex()).await;
        }
    })
    .await;
}
