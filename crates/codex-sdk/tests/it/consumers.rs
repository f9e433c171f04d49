//! Who may consume, and when.

use crate::fake_server::{FakeServer, turn_response};
use crate::guard::within;
use codex_sdk::{Codex, ConsumerScope, Error, Turn, TurnStatus};

/// A running turn, whose events the test sends.
async fn running_turn(builder: codex_sdk::CodexBuilder) -> (Turn, FakeServer) {
    let (thread, mut server) = FakeServer::with_thread(builder).await;
    let (turn, ()) = tokio::join!(
        thread.turn("hi").send(),
        server.answer("turn/start", turn_response("turn-1"))
    );
    (turn.unwrap(), server)
}

fn assert_active<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    match outcome {
        Err(Error::ConsumerActive { active, requested }) => {
            assert_eq!(active.as_deref(), Some("turn-1"));
            assert_eq!(requested.as_deref(), Some("turn-1"));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_second_consumer_is_refused_at_the_call() {
    within(async {
        for scope in [ConsumerScope::PerClient, ConsumerScope::PerTurn] {
            let (turn, server) = running_turn(Codex::builder().consumer_scope(scope)).await;
            let stream = turn.stream().unwrap();
            assert_active(turn.stream());
            assert_active(turn.run().await);
            drop(stream);

            let run = turn.run();
            assert_active(turn.stream());
            drop(run);
            assert!(turn.stream().is_ok());
            drop(server);
        }
    })
    .await;
}

#[tokio::test]
async fn no_turn_is_started_that_nobody_may_wait_for() {
    within(async {
        let (turn, mut server) = running_turn(Codex::builder()).await;
        let stream = turn.stream().unwrap();
        let other = server.start_thread(turn.thread().codex(), "thread-2").await;
        match other.run("not sent").await {
            Err(Error::ConsumerActive { active, requested: None }) => {
                assert_eq!(active.as_deref(), Some("turn-1"));
            }
            outcome => panic!("{outcome:?}"),
        }
        drop(stream);

        let run = other.run("sent").send();
        assert!(matches!(turn.stream(), Err(Error::ConsumerActive { active: None, .. })));
        let sent = tokio::spawn(run);
        let (id, params) = server.expect("turn/start").await;
        assert_eq!(params["input"][0]["text"], "sent");
        server.respond(&id, turn_response("turn-2"));
        server.round_trip(other.codex()).await;
        let active = match turn.stream() {
            Err(Error::ConsumerActive { active, .. }) => active,
            outcome => panic!("{outcome:?}"),
        };
        assert_eq!(active.as_deref(), Some("turn-2"));
        sent.abort();
    })
    .await;
}

#[tokio::test]
async fn the_slot_is_free_after_the_end_a_failure_and_a_drop() {
    within(async {
        let (turn, mut server) = running_turn(Codex::builder()).await;
        // Dropped, before and after its first poll.
        drop(turn.run());
        {
            let mut stream = turn.stream().unwrap();
            server.turn_started("turn-1");
            assert_eq!(stream.next().await.unwrap().unwrap().method(), "turn/started");
        }
        // Ended.
        server.turn_completed("turn-1", "completed");
        assert_eq!(turn.run().await.unwrap().status, TurnStatus::Completed);
        let mut ended = turn.stream().unwrap();
        assert!(ended.next().await.is_none());
        assert!(ended.next().await.is_none(), "it stays ended");
        drop(ended);

        // Failed: refused by the server.
        let thread = turn.thread().clone();
        let run = tokio::spawn(thread.run("refused").send());
        let (id, _) = server.expect("turn/start").await;
        server.refuse(&id, -32603, "no");
        run.await.unwrap().unwrap_err();
        // Failed: the connection ended.
        let run = tokio::spawn(thread.run("cut").send());
        server.answer("turn/start", turn_response("turn-2")).await;
        server.peer.hang_up();
        assert!(run.await.unwrap().unwrap_err().is_disconnected());
        assert!(turn.stream().is_ok());
    })
    .await;
}

#[tokio::test]
async fn per_turn_any_number_of_turns_is_consumed_at_once() {
    within(async {
        let builder = Codex::builder().consumer_scope(ConsumerScope::PerTurn);
        let (turn, mut server) = running_turn(builder).await;
        let codex = turn.thread().codex();
        let other = server.start_thread(codex, "thread-2").await;
        let (second, ()) = tokio::join!(
            other.turn("hi").send(),
            server.answer("turn/start", turn_response("turn-2"))
        );
        let second = second.unwrap();
        let mut streams = (turn.stream().unwrap(), second.stream().unwrap());
        let completed = |thread: &str, turn: &str| {
            let turn = crate::fake_server::turn_object(turn, "completed");
            let params = serde_json::json!({ "threadId": thread, "turn": turn });
            server.send(serde_json::json!({ "method": "turn/completed", "params": params }));
        };
        completed("thread-2", "turn-2");
        assert_eq!(streams.1.next().await.unwrap().unwrap().turn_id(), Some("turn-2"));
        assert!(streams.1.next().await.is_none());
        completed("thread-1", "turn-1");
        assert_eq!(streams.0.next().await.unwrap().unwrap().turn_id(), Some("turn-1"));
        assert!(streams.0.next().await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_is_not_read_overflows_alone_and_the_result_is_whole() {
    within(async {
        let (turn, server) = running_turn(Codex::builder().max_buffered_bytes(16 * 1024)).await;
        let mut stream = turn.stream().unwrap();
        let text = "x".repeat(1000);
        for n in 0..100 {
            server.message_completed("turn-1", &format!("m{n}"), &text);
        }
        server.turn_completed("turn-1", "completed");
        let result = loop {
            // The result is there once the reader has everything.
            let snapshot = turn.snapshot();
            if snapshot.status != TurnStatus::InProgress {
                break snapshot;
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(result.items.len(), 100);

        let mut seen = 0;
        let error = loop {
            match stream.next().await.unwrap() {
                Ok(_) => seen += 1,
                Err(error) => break error,
            }
        };
        assert!((1..100).contains(&seen), "{seen}");
        assert!(matches!(error, Error::Overflow { limit: 16384, .. }), "{error:?}");
        assert!(stream.next().await.is_none());
        assert_eq!(stream.result().await.unwrap().text, text.repeat(100));
    })
    .await;
}

#[tokio::test]
async fn deltas_that_wait_are_merged_and_none_of_their_text_is_lost() {
    within(async {
        let (turn, server) = running_turn(Codex::builder().max_buffered_bytes(4 << 20)).await;
        let mut stream = turn.stream().unwrap();
        server.message_started("turn-1", "a");
        server.message_started("turn-1", "b");
        let mut expected = [String::new(), String::new()];
        for n in 0..50_000 {
            for (item, text) in ["a", "b"].iter().zip(&mut expected) {
                server.delta("turn-1", item, &format!("{item}{n} "));
                text.push_str(&format!("{item}{n} "));
            }
        }
        server.turn_completed("turn-1", "interrupted");
        while turn.snapshot().status == TurnStatus::InProgress {
            tokio::task::yield_now().await;
        }
        let mut events = 0;
        let mut seen = [String::new(), String::new()];
        while let Some(event) = stream.next().await {
            let event = event.unwrap();
            events += 1;
            if let Some(codex_sdk::ServerNotification::ItemAgentMessageDelta(delta)) =
                event.notification()
            {
                seen[usize::from(&*delta.item_id == "b")].push_str(&delta.delta);
            }
        }
        assert_eq!(seen, expected);
        assert!(events < 2000, "{events}");
        assert_eq!(stream.result().await.unwrap().text, expected.concat());
    })
    .await;
}
