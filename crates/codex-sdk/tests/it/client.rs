//! The handshake, and what is said in it.

use crate::fake_server::{FakeServer, initialized, thread_started};
use crate::guard::within;
use codex_sdk::transport::mock;
use codex_sdk::{AskForApproval, Codex, Compatibility, Error, SandboxMode};
use serde_json::json;

#[tokio::test]
async fn the_handshake_says_who_we_are_and_learns_who_the_server_is() {
    within(async {
        let (transport, peer) = mock::pair();
        let mut server = FakeServer { peer };
        let builder =
            Codex::builder().client_name("app").client_title("An App").client_version("9");
        let starting = tokio::spawn(builder.transport(transport).start());
        let (id, params) = server.expect("initialize").await;
        assert_eq!(
            params,
            json!({
                "clientInfo": { "name": "app", "title": "An App", "version": "9" },
                "capabilities": { "experimentalApi": true, "requestAttestation": false },
            })
        );
        server.respond(&id, initialized());
        assert_eq!(server.recv().await, json!({ "method": "initialized" }));

        let codex = starting.await.unwrap().unwrap();
        let metadata = codex.metadata();
        assert_eq!(metadata.server_name, "fake");
        assert_eq!(metadata.server_version, "0.169.0");
        assert_eq!(metadata.user_agent, "fake/0.169.0 (test)");
        assert_eq!(metadata.codex_home, "/home");
        assert_eq!((&*metadata.platform_family, &*metadata.platform_os), ("unix", "linux"));
    })
    .await;
}

#[tokio::test]
async fn notifications_can_be_turned_off_unless_the_client_needs_them() {
    within(async {
        let (transport, peer) = mock::pair();
        let mut server = FakeServer { peer };
        let builder =
            Codex::builder().opt_out_notification_methods(["item/agentMessage/delta", "warning"]);
        let starting = tokio::spawn(builder.transport(transport).start());
        let (_, params) = server.expect("initialize").await;
        assert_eq!(
            params["capabilities"]["optOutNotificationMethods"],
            json!(["item/agentMessage/delta", "warning"])
        );
        starting.abort();

        let (transport, mut peer) = mock::pair();
        let builder = Codex::builder().opt_out_notification_methods(["turn/completed"]);
        let error = builder.transport(transport).start().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "opt_out_notification_methods: turn/completed cannot be turned off, for no turn would ever end here"
        );
        assert_eq!(peer.recv().await, None, "nothing was said to the server");
    })
    .await;
}

#[tokio::test]
async fn a_version_that_was_not_tested_with_is_told() {
    within(async {
        let (codex, _server) = FakeServer::connect(Codex::builder()).await;
        assert_eq!(codex.compatibility(), Compatibility::Tested);
        let (transport, peer) = mock::pair();
        let mut server = FakeServer { peer };
        let starting = tokio::spawn(Codex::builder().transport(transport).start());
        let (id, _) = server.expect("initialize").await;
        let mut answer = initialized();
        answer["userAgent"] = json!("fake/0.150.2 (test)");
        server.respond(&id, answer);
        let codex = starting.await.unwrap().unwrap();
        assert_eq!(codex.compatibility(), Compatibility::Older);
    })
    .await;
}

#[tokio::test]
async fn a_server_without_a_version_is_refused_and_let_go() {
    within(async {
        let (transport, peer) = mock::pair();
        let mut server = FakeServer { peer };
        let starting = tokio::spawn(Codex::builder().transport(transport).start());
        let (id, _) = server.expect("initialize").await;
        let mut answer = initialized();
        answer["userAgent"] = json!("something");
        server.respond(&id, answer);
        match starting.await.unwrap() {
            Err(Error::Metadata { user_agent, .. }) => assert_eq!(&*user_agent, "something"),
            other => panic!("{other:?}"),
        }
        assert_eq!(server.peer.recv().await, None, "the connection is closed");
    })
    .await;
}

#[tokio::test]
async fn a_refused_handshake_is_the_server_s_error() {
    within(async {
        let (transport, peer) = mock::pair();
        let mut server = FakeServer { peer };
        let starting = tokio::spawn(Codex::builder().transport(transport).start());
        let (id, _) = server.expect("initialize").await;
        server.refuse(&id, -32600, "go away");
        let error = starting.await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), "initialize was refused: go away (code -32600)");
    })
    .await;
}

#[tokio::test]
async fn options_of_a_thread_go_on_the_wire_and_those_not_set_do_not() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let starting = tokio::spawn(
            codex
                .thread_start()
                .model("m")
                .cwd("/project")
                .approval_policy(AskForApproval::Never)
                .sandbox(SandboxMode::ReadOnly)
                .config("model_reasoning_effort", "high")
                .config("n", 1)
                .service_tier(None)
                .ephemeral(true)
                .send(),
        );
        let (id, params) = server.expect("thread/start").await;
        assert_eq!(
            params,
            json!({
                "model": "m",
                "cwd": "/project",
                "approvalPolicy": "never",
                "sandbox": "read-only",
                "config": { "model_reasoning_effort": "high", "n": 1 },
                "serviceTier": null,
                "ephemeral": true,
            })
        );
        server.respond(&id, thread_started("t"));
        let thread = starting.await.unwrap().unwrap();
        assert_eq!(&**thread.id(), "t");
        assert_eq!(thread.settings().model, "fake-model");

        let resuming = tokio::spawn(codex.thread_resume("t").model("m2").send());
        let (id, params) = server.expect("thread/resume").await;
        assert_eq!(params, json!({ "threadId": "t", "model": "m2" }));
        server.respond(&id, thread_started("t"));
        assert_eq!(&**resuming.await.unwrap().unwrap().id(), "t");
    })
    .await;
}

#[tokio::test]
async fn the_default_start_of_a_thread_has_empty_params() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let starting = tokio::spawn(codex.thread_start().send());
        let (id, params) = server.expect("thread/start").await;
        assert_eq!(params, json!({}));
        server.respond(&id, thread_started("t"));
        starting.await.unwrap().unwrap();
    })
    .await;
}
