//! The handlers that are ready: what they accept, and what becomes of the rest.

use crate::fake_server::FakeServer;
use crate::guard::within;
use codex_sdk::ask::{CommandApproval, PermissionsApproval};
use codex_sdk::{Codex, Handled, RequestHandler, approvals};
use serde_json::{Value, json};

/// Answers what is left to it in ways that no rule does.
struct Person;

#[async_trait::async_trait]
impl RequestHandler for Person {
    async fn command(&self, request: CommandApproval) -> Handled {
        request.cancel();
        Ok(())
    }

    async fn permissions(&self, request: PermissionsApproval) -> Handled {
        request.refuse(codex_sdk::protocol::RpcError::new(17, "the person said no"));
        Ok(())
    }
}

const COMMAND: &str = "item/commandExecution/requestApproval";
const CHANGE: &str = "item/fileChange/requestApproval";
const PERMISSIONS: &str = "item/permissions/requestApproval";

async fn decision(server: &mut FakeServer, more: Value) -> String {
    let mut params = json!({
        "itemId": "i", "startedAtMs": 1, "kind": "command", "environmentId": "local",
        "command": "/bin/bash -lc 'cargo test'", "cwd": "/project",
    });
    params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    server.ask(0, COMMAND, "turn-1", params);
    let answer = server.recv().await;
    // Its id is used again.
    server.resolve(0);
    answer["result"]["decision"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_command_is_accepted_by_its_first_arguments_and_the_rest_is_asked() {
    within(async {
        let rules = approvals::rules()
            .allow_command(["cargo", "test"])
            .allow_command(["git", "status"])
            .allow_command([""; 0])
            .otherwise(Person);
        assert_eq!(format!("{rules:?}"), "Rules { commands: 3, roots: 0, otherwise: true }");
        let builder = Codex::builder().request_handler(rules);
        let (_codex, mut server) = FakeServer::connect(builder).await;
        for (command, expected) in [
            ("/bin/bash -lc 'cargo test'", "accept"),
            ("/bin/bash -lc 'cargo test -p x'", "accept"),
            ("git status", "accept"),
            ("/bin/bash -lc 'cargo tests'", "cancel"),
            ("/bin/bash -lc 'cargo -q test'", "cancel"),
            ("/bin/bash -lc cargo", "cancel"),
            ("./cargo test", "cancel"),
            ("'cargo test'", "cancel"),
            ("/bin/bash -lc 'cargo test; rm x'", "cancel"),
            ("/bin/bash -lc 'env X=1 cargo test'", "cancel"),
            ("rm x", "cancel"),
        ] {
            assert_eq!(decision(&mut server, json!({ "command": command })).await, expected);
        }
    })
    .await;
}

#[tokio::test]
async fn a_command_that_asks_for_more_than_to_run_is_not_accepted_by_a_rule() {
    within(async {
        let rules = approvals::rules().allow_command(["cargo", "test"]).otherwise(Person);
        let builder = Codex::builder().request_handler(rules);
        let (_codex, mut server) = FakeServer::connect(builder).await;
        assert_eq!(decision(&mut server, json!({})).await, "accept");
        for more in [
            json!({ "additionalPermissions": { "network": { "enabled": true } } }),
            json!({ "networkApprovalContext": { "host": "example.org", "protocol": "https" } }),
            json!({ "kind": "writeStdin" }),
            json!({ "kind": "humanCommand" }),
            json!({ "kind": "inventedLater" }),
            json!({ "environmentId": "elsewhere" }),
            json!({ "approvalId": "part-of-a-command" }),
            json!({ "command": null }),
        ] {
            assert_eq!(decision(&mut server, more.clone()).await, "cancel", "{more}");
        }
    })
    .await;
}

#[tokio::test]
async fn folders_of_a_server_that_was_not_started_here_allow_nothing() {
    within(async {
        let root = tempfile::tempdir().unwrap();
        let rules =
            approvals::rules().allow_command(["cargo", "test"]).allow_changes_under(root.path());
        let builder = Codex::builder().request_handler(rules.otherwise(Person));
        let (thread, mut server) = FakeServer::with_thread(builder).await;
        let _turn = super::begin(&thread, &mut server, "turn-1").await;
        assert_eq!(decision(&mut server, json!({ "cwd": root.path() })).await, "cancel");
        let change = json!({
            "path": root.path().join("new.txt"), "kind": { "type": "add" }, "diff": "new\n",
        });
        let item = json!({
            "type": "fileChange", "id": "i", "status": "inProgress", "changes": [change],
        });
        server.notify("item/started", "turn-1", json!({ "item": item, "startedAtMs": 1 }));
        server.ask(1, CHANGE, "turn-1", json!({ "itemId": "i", "startedAtMs": 1 }));
        // The person has no method for it.
        server.expect_decision(1, "decline").await;
    })
    .await;
}

#[tokio::test]
async fn other_kinds_are_passed_on_and_without_a_handler_declined() {
    within(async {
        let params = json!({
            "itemId": "i", "startedAtMs": 1, "cwd": "/project", "permissions": {},
        });
        let builder = Codex::builder().request_handler(approvals::rules().otherwise(Person));
        let (_codex, mut server) = FakeServer::connect(builder).await;
        server.ask(7, PERMISSIONS, "turn-1", params.clone());
        let error = json!({ "code": 17, "message": "the person said no" });
        assert_eq!(server.recv().await, json!({ "id": 7, "error": error }));

        let builder = Codex::builder().request_handler(approvals::rules());
        let (_codex, mut server) = FakeServer::connect(builder).await;
        server.ask(7, PERMISSIONS, "turn-1", params);
        assert_eq!(server.recv().await["result"]["permissions"], json!({}));
        assert_eq!(decision(&mut server, json!({})).await, "decline");
    })
    .await;
}

/// Hands each request on, and then does without the answer.
struct Thoughtless<H>(H);

#[async_trait::async_trait]
impl<H: RequestHandler> RequestHandler for Thoughtless<H> {
    async fn command(&self, request: CommandApproval) -> Handled {
        drop(self.0.command(request));
        Ok(())
    }
}

#[tokio::test]
async fn nothing_is_accepted_by_a_call_that_nobody_awaits() {
    within(async {
        let all = Codex::builder().request_handler(Thoughtless(approvals::accept_all()));
        let rules = approvals::rules().allow_command(["ls"]);
        let rules = Codex::builder().request_handler(Thoughtless(rules));
        for builder in [all, rules] {
            let (_codex, mut server) = FakeServer::connect(builder).await;
            assert_eq!(decision(&mut server, json!({ "command": "ls" })).await, "decline");
        }
    })
    .await;
}

#[tokio::test]
async fn accept_all_accepts_every_approval_and_answers_no_question() {
    within(async {
        let builder = Codex::builder().request_handler(approvals::accept_all());
        let (_codex, mut server) = FakeServer::connect(builder).await;
        assert_eq!(decision(&mut server, json!({ "command": "rm x; rm y" })).await, "accept");
        server.ask(1, CHANGE, "turn-1", json!({ "itemId": "i", "startedAtMs": 1 }));
        server.expect_decision(1, "accept").await;
        let network = json!({ "network": { "enabled": true } });
        let params = json!({
            "itemId": "i", "startedAtMs": 1, "cwd": "/project", "permissions": network,
        });
        server.ask(2, PERMISSIONS, "turn-1", params);
        let granted = json!({ "permissions": network, "scope": "turn" });
        assert_eq!(server.recv().await, json!({ "id": 2, "result": granted }));
        let params = json!({
            "serverName": "s", "mode": "form", "message": "m",
            "requestedSchema": { "type": "object", "properties": {} },
        });
        server.ask(3, "mcpServer/elicitation/request", "turn-1", params.clone());
        let declined = json!({ "action": "decline" });
        assert_eq!(server.recv().await, json!({ "id": 3, "result": declined }));
        let mut params = params;
        params["_meta"] = json!({ "codex_approval_kind": "mcp_tool_call" });
        server.ask(4, "mcpServer/elicitation/request", "turn-1", params);
        assert_eq!(server.recv().await["result"]["action"], "accept");
        for (id, method) in [(5, "execCommandApproval"), (6, "applyPatchApproval")] {
            let params = json!({
                "conversationId": "c", "callId": "x", "command": ["rm"], "cwd": "/",
                "parsedCmd": [], "fileChanges": {},
            });
            server.ask(id, method, "turn-1", params);
            assert_eq!(
                server.recv().await,
                json!({ "id": id, "result": { "decision": "approved" } })
            );
        }
    })
    .await;
}
