//! What is printed of builders, results and errors holds nothing that was said, nor a key.

use crate::fake_server::{FakeServer, THREAD, turn_response};
use crate::guard::within;
use codex_sdk::protocol::{ApiKeyLoginAccountParams, LoginAccountParams};
use codex_sdk::{Codex, ReviewTarget};
use serde_json::json;

const MARKER: &str = "marker-2718";

#[tokio::test]
async fn builders_results_and_errors_print_without_what_they_hold() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let codex = thread.codex();
        let login = LoginAccountParams::ApiKey(ApiKeyLoginAccountParams::new(MARKER));
        let review = ReviewTarget::Custom(codex_sdk::protocol::CustomReviewTarget::new(MARKER));
        let mut shown = vec![
            format!("{:?}", codex.request(login)),
            format!("{:?}", codex.login_api_key(MARKER)),
            format!("{:?}", codex.thread_start().base_instructions(MARKER).config("key", MARKER)),
            format!("{:?}", codex.thread_resume("t").developer_instructions(MARKER)),
            format!("{:?}", codex.thread_fork("t").developer_instructions(MARKER)),
            format!("{:?}", codex.thread_list().search_term(MARKER)),
            format!("{:?}", codex.thread_search(MARKER)),
            format!("{:?}", thread.turn(MARKER)),
            format!("{:?}", thread.run(MARKER).output_schema(json!({ "title": MARKER }))),
            format!("{:?}", thread.set_goal(MARKER)),
            format!("{:?}", thread.review(review)),
        ];

        let (turn, ()) = tokio::join!(
            thread.turn(MARKER).send(),
            server.answer("turn/start", turn_response("turn-1"))
        );
        let turn = turn.unwrap();
        shown.push(format!("{turn:?} {:?}", turn.steer(MARKER)));
        server.turn_started("turn-1");

        let requests = codex.requests();
        let mut events = turn.stream_with_requests().unwrap();
        for (id, turn) in [(0, "turn-1"), (1, "turn-0")] {
            let params = json!({
                "threadId": THREAD, "turnId": turn, "itemId": "item", "startedAtMs": 1, "command": MARKER,
            });
            let method = "item/commandExecution/requestApproval";
            server.send(json!({ "method": method, "id": id, "params": params }));
        }
        server.round_trip(codex).await;
        assert_eq!(events.next().await.unwrap().unwrap().method(), "turn/started");
        shown.push(format!("{events:?} {requests:?} {codex:?} {thread:?}"));
        drop((events, requests));
        for _ in 0..2 {
            server.recv().await;
        }

        server.message_completed("turn-1", "item-1", MARKER);
        server.turn_completed("turn-1", "interrupted");
        let result = turn.run().await.unwrap();
        assert_eq!(result.text, MARKER);
        shown.push(format!("{result:?}"));
        let error = result.error_for_status().unwrap_err();
        shown.push(format!("{error} {error:?}"));
        for text in &shown {
            assert!(!text.contains(MARKER), "{text}");
        }
    })
    .await;
}
