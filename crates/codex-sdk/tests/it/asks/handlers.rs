//! Handlers: several calls at once, errors and panics, what they do not handle.

use crate::fake_server::FakeServer;
use crate::guard::within;
use codex_sdk::ask::{CommandApproval, UndecodedRequest, UnknownRequest};
use codex_sdk::{Codex, Handled, RequestHandler, UnansweredRequests, approvals};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Barrier;

/// Does with a command what the command says.
struct Obedient {
    together: Arc<Barrier>,
}

#[async_trait::async_trait]
impl RequestHandler for Obedient {
    async fn command(&self, request: CommandApproval) -> Handled {
        match request.command() {
            Some("wait for the others") => {
                self.together.wait().await;
                request.accept();
            }
            Some("fail") => Err("on purpose")?,
            Some("panic") => panic!("on purpose"),
            Some("answer, then panic") => {
                request.accept();
                panic!("on purpose");
            }
            _ => drop(request),
        }
        Ok(())
    }

    async fn unknown(&self, request: UnknownRequest) -> Handled {
        let answer = json!({ "method": request.method(), "params": request.params() });
        request.respond(answer)?;
        Ok(())
    }

    async fn undecoded(&self, request: UndecodedRequest) -> Handled {
        let raw: Value = serde_json::from_str(request.undecoded().params.get())?;
        request.respond(raw)?;
        Ok(())
    }
}

fn obedient(calls: usize) -> Obedient {
    Obedient { together: Arc::new(Barrier::new(calls)) }
}

#[tokio::test]
async fn several_calls_of_a_handler_run_at_once() {
    within(async {
        let builder = Codex::builder().request_handler(obedient(3));
        let (_codex, mut server) = FakeServer::connect(builder).await;
        for id in 0..3 {
            server.ask_command(id, "turn-1", "wait for the others");
        }
        let mut answered: Vec<_> = Vec::new();
        for _ in 0..3 {
            let answer = server.recv().await;
            assert_eq!(answer["result"], json!({ "decision": "accept" }));
            answered.push(answer["id"].as_u64().unwrap());
        }
        answered.sort_unstable();
        assert_eq!(answered, [0, 1, 2]);
    })
    .await;
}

#[tokio::test]
async fn an_error_a_panic_and_silence_of_a_handler_are_answers() {
    within(async {
        let builder = Codex::builder().request_handler(obedient(1));
        let (codex, mut server) = FakeServer::connect(builder).await;
        for (id, command, decision) in [
            (0, "fail", "decline"),
            (1, "panic", "decline"),
            (2, "answer, then panic", "accept"),
            (3, "say nothing", "decline"),
        ] {
            server.ask_command(id, "turn-1", command);
            server.expect_decision(id, decision).await;
        }
        // A kind that it has no method for.
        let params = json!({ "itemId": "i", "startedAtMs": 1 });
        server.ask(4, "item/fileChange/requestApproval", "turn-1", params);
        server.expect_decision(4, "decline").await;
        server.round_trip(&codex).await;
    })
    .await;
}

#[tokio::test]
async fn on_a_shared_server_a_handler_that_fails_leaves_the_request_to_others() {
    within(async {
        let builder = Codex::builder()
            .request_handler(obedient(1))
            .unanswered_requests(UnansweredRequests::Leave);
        let (codex, mut server) = FakeServer::connect(builder).await;
        for (id, command) in [(0, "fail"), (1, "panic"), (2, "say nothing")] {
            server.ask_command(id, "turn-1", command);
        }
        // By its answer, the handler has had those before; it runs on this thread, one call after the other.
        server.ask_command(3, "turn-1", "wait for the others");
        server.expect_decision(3, "accept").await;
        server.round_trip(&codex).await;
    })
    .await;
}

#[tokio::test]
async fn what_these_models_do_not_know_or_cannot_read_is_claimed_raw() {
    within(async {
        let builder = Codex::builder().request_handler(obedient(1));
        let (_codex, mut server) = FakeServer::connect(builder).await;
        server.send(json!({ "method": "no/such/request", "id": 1, "params": { "a": [1] } }));
        let expected = json!({ "method": "no/such/request", "params": { "a": [1] } });
        assert_eq!(server.recv().await, json!({ "id": 1, "result": expected }));
        server.send(json!({ "method": "item/tool/call", "id": 2, "params": { "tool": 17 } }));
        assert_eq!(server.recv().await, json!({ "id": 2, "result": { "tool": 17 } }));
    })
    .await;
}

#[tokio::test]
async fn only_who_says_so_by_name_accepts_everything() {
    within(async {
        let builder = Codex::builder().request_handler(approvals::accept_all());
        let (codex, mut server) = FakeServer::connect(builder).await;
        server.ask_command(1, "turn-1", "rm -rf /");
        server.expect_decision(1, "accept").await;
        let params = json!({ "itemId": "i", "startedAtMs": 1 });
        server.ask(2, "item/fileChange/requestApproval", "turn-1", params);
        server.expect_decision(2, "accept").await;
        // Questions have no answer that could be assumed.
        server.send(json!({ "method": "no/such/request", "id": 3, "params": {} }));
        assert_eq!(server.recv().await["error"]["code"], -32601);
        server.round_trip(&codex).await;
    })
    .await;
}
