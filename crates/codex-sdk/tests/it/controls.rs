//! Interrupts and steers, as they cross the wire.

use crate::fake_server::{FakeServer, THREAD, turn_object, turn_response};
use crate::guard::within;
use codex_sdk::protocol::ThreadLoadedListParams;
use codex_sdk::{Codex, Turn, TurnStatus};
use serde_json::json;

async fn running_turn(builder: codex_sdk::CodexBuilder) -> (Turn, FakeServer) {
    let (thread, mut server) = FakeServer::with_thread(builder).await;
    let (turn, ()) = tokio::join!(
        thread.turn("hi").send(),
        server.answer("turn/start", turn_response("turn-1"))
    );
    (turn.unwrap(), server)
}

#[tokio::test]
async fn an_interrupt_names_the_turn_only_once_the_server_has_begun_it() {
    within(async {
        let (turn, mut server) = running_turn(Codex::builder()).await;
        let status = json!({ "type": "active", "activeFlags": [] });
        let status = json!({ "threadId": THREAD, "status": status });
        server.send(json!({ "method": "thread/status/changed", "params": status }));
        let mut stream = turn.stream().unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap().method(), "thread/status/changed");
        for (expected, method) in [("", "turn/started"), ("turn-1", "")] {
            let interrupt = tokio::spawn(turn.interrupt());
            let (id, params) = server.expect("turn/interrupt").await;
            assert_eq!(params, json!({ "threadId": THREAD, "turnId": expected }));
            server.respond(&id, json!({}));
            interrupt.await.unwrap().unwrap();
            if !method.is_empty() {
                server.turn_started("turn-1");
                assert_eq!(stream.next().await.unwrap().unwrap().method(), method);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_interrupt_that_crosses_the_end_of_the_turn_is_no_error() {
    within(async {
        let (turn, mut server) = running_turn(Codex::builder()).await;
        // Refused, for there is nothing to interrupt any more.
        let interrupt = tokio::spawn(turn.interrupt());
        let (id, _) = server.expect("turn/interrupt").await;
        server.refuse(&id, -32600, "no active turn to interrupt");
        interrupt.await.unwrap().unwrap();
        // Refused for another reason.
        let interrupt = tokio::spawn(turn.interrupt());
        let (id, _) = server.expect("turn/interrupt").await;
        server.refuse(&id, -32603, "broken");
        assert_eq!(interrupt.await.unwrap().unwrap_err().rpc_code(), Some(-32603));
        // Never answered.
        let interrupt = tokio::spawn(turn.interrupt());
        server.expect("turn/interrupt").await;
        server.turn_completed("turn-1", "completed");
        interrupt.await.unwrap().unwrap();
        // Over: nothing is sent.
        assert_eq!(turn.run().await.unwrap().status, TurnStatus::Completed);
        turn.interrupt().await.unwrap();
        let list = turn.thread().codex().request(ThreadLoadedListParams::default());
        let pong = server.answer("thread/loaded/list", json!({ "data": [] }));
        let (list, ()) = tokio::join!(list.send(), pong);
        list.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_interrupt_is_done_where_the_end_of_the_turn_comes_together_with_bad_news() {
    within(async {
        // Which of the two is looked at first would else be a matter of luck.
        for _ in 0..20 {
            let (turn, mut server) = running_turn(Codex::builder()).await;
            let interrupt = tokio::spawn(turn.interrupt());
            let (id, _) = server.expect("turn/interrupt").await;
            let refusal = json!({ "id": id, "error": { "code": -32603, "message": "broken" } });
            let params = json!({ "threadId": THREAD, "turn": turn_object("turn-1", "completed") });
            let end = json!({ "method": "turn/completed", "params": params });
            // In one read, so that both are handled before the caller.
            server.peer.send_raw(format!("{refusal}\n{end}\n"));
            interrupt.await.unwrap().unwrap();

            let (turn, mut server) = running_turn(Codex::builder()).await;
            let interrupt = tokio::spawn(turn.interrupt());
            server.expect("turn/interrupt").await;
            server.turn_completed("turn-1", "interrupted");
            server.peer.hang_up();
            interrupt.await.unwrap().unwrap();
            assert_eq!(turn.run().await.unwrap().status, TurnStatus::Interrupted);
        }
    })
    .await;
}

#[tokio::test]
async fn interrupts_and_steers_pass_requests_that_wait_their_turn() {
    within(async {
        let (turn, mut server) = running_turn(Codex::builder().max_in_flight(1)).await;
        let list = || turn.thread().codex().request(ThreadLoadedListParams::default()).send();
        let calls = [tokio::spawn(list()), tokio::spawn(list())];
        let (first, _) = server.expect("thread/loaded/list").await;
        server.turn_started("turn-1");

        let steer = tokio::spawn(turn.steer("more").client_user_message_id("m").send());
        let (id, params) = server.expect("turn/steer").await;
        assert_eq!(
            params,
            json!({
                "threadId": THREAD,
                "expectedTurnId": "turn-1",
                "input": [{ "type": "text", "text": "more", "text_elements": [] }],
                "clientUserMessageId": "m",
            })
        );
        server.respond(&id, json!({ "turnId": "turn-1" }));
        steer.await.unwrap().unwrap();
        let interrupt = tokio::spawn(turn.interrupt());
        server.answer("turn/interrupt", json!({})).await;
        interrupt.await.unwrap().unwrap();

        server.respond(&first, json!({ "data": [] }));
        server.answer("thread/loaded/list", json!({ "data": [] })).await;
        for call in calls {
            call.await.unwrap().unwrap();
        }
    })
    .await;
}
