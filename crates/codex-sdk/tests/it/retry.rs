//! Calls made again when the server is overloaded.

use crate::fake_server::{FakeServer, turn_response};
use crate::guard::within;
use codex_sdk::{Codex, RetryPolicy, retry_on_overload};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_builder_is_sent_again_until_the_server_has_time() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let policy = RetryPolicy::default().initial_delay(Duration::from_millis(1));
        let call = tokio::spawn({
            let codex = codex.clone();
            async move { policy.retry(|| codex.models().limit(1)).await }
        });
        for _ in 0..2 {
            let (id, params) = server.expect("model/list").await;
            assert_eq!(params, json!({ "limit": 1 }));
            server.refuse(&id, -32001, "Server overloaded; retry later.");
        }
        server.answer("model/list", json!({ "data": [] })).await;
        assert_eq!(call.await.unwrap().unwrap().data, []);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_was_refused_is_started_again_and_one_that_may_run_is_not() {
    let builder = Codex::builder().request_timeout(Duration::from_millis(300));
    let (thread, mut server) = FakeServer::with_thread(builder).await;
    let start = || {
        let thread = thread.clone();
        tokio::spawn(async move { retry_on_overload(|| thread.turn("hi")).await })
    };
    let turn = start();
    let (id, _) = server.expect("turn/start").await;
    server.refuse(&id, -32001, "Server overloaded; retry later.");
    server.answer("turn/start", turn_response("turn-1")).await;
    assert_eq!(&**turn.await.unwrap().unwrap().id(), "turn-1");

    server.turn_completed("turn-1", "completed");
    server.round_trip(thread.codex()).await;
    let turn = start();
    server.expect("turn/start").await;
    assert!(turn.await.unwrap().unwrap_err().is_timeout());
    // Nothing was sent meanwhile.
    server.round_trip(thread.codex()).await;
}
