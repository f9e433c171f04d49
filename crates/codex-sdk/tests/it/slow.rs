//! The reader waits for no consumer.

use crate::fake_server::{FakeServer, turn_object, turn_response};
use crate::guard::within;
use codex_sdk::{Codex, ConsumerScope, Thread, Turn, TurnStatus};
use serde_json::json;

/// Two threads, each with a running turn, of which the first has said far more than a pipe holds.
async fn flooded(server: &mut FakeServer, first: &Thread) -> (Turn, Turn) {
    let second = server.start_thread(first.codex(), "thread-2").await;
    let (one, ()) =
        tokio::join!(first.turn("x").send(), server.answer("turn/start", turn_response("turn-1")));
    let (two, ()) =
        tokio::join!(second.turn("x").send(), server.answer("turn/start", turn_response("turn-2")));
    let text = "x".repeat(100_000);
    for n in 0..100 {
        server.message_completed("turn-1", &format!("m{n}"), &text);
    }
    (one.unwrap(), two.unwrap())
}

fn end_second(server: &FakeServer) {
    let params = json!({ "threadId": "thread-2", "turn": turn_object("turn-2", "completed") });
    server.send(json!({ "method": "turn/completed", "params": params }));
}

#[tokio::test]
async fn a_turn_that_is_kept_and_not_read_holds_up_no_other() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let (kept, other) = flooded(&mut server, &thread).await;
        drop(kept.stream().unwrap());
        let run = other.run();
        end_second(&server);
        assert_eq!(run.await.unwrap().status, TurnStatus::Completed);
        server.turn_completed("turn-1", "completed");
        assert_eq!(kept.run().await.unwrap().text.len(), 10_000_000);
    })
    .await;
}

#[tokio::test]
async fn a_turn_can_be_awaited_before_another_is_drained() {
    within(async {
        let builder = Codex::builder().consumer_scope(ConsumerScope::PerTurn);
        let (thread, mut server) = FakeServer::with_thread(builder).await;
        let (one, two) = flooded(&mut server, &thread).await;
        let mut stream = one.stream().unwrap();
        end_second(&server);
        assert_eq!(two.run().await.unwrap().status, TurnStatus::Completed);
        server.turn_completed("turn-1", "completed");
        let mut events = 0;
        while let Some(event) = stream.next().await {
            event.unwrap();
            events += 1;
        }
        assert_eq!(events, 101);
        assert_eq!(stream.result().await.unwrap().items.len(), 100);
    })
    .await;
}
