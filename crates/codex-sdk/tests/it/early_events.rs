//! Events that come before the answer to `turn/start`.

use crate::fake_server::{FakeServer, turn_response};
use crate::guard::within;
use codex_sdk::{Codex, Error, Event, TurnStatus};
use serde_json::json;

/// The methods of events, with the text of deltas.
fn outline(events: &[Event]) -> Vec<String> {
    let line = |event: &Event| match event.text_delta() {
        Some(text) => format!("{} {text}", event.method()),
        None => event.method().to_owned(),
    };
    events.iter().map(line).collect()
}

#[tokio::test]
async fn none_is_lost_and_all_are_in_order() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let starting = tokio::spawn(thread.turn("hi").send());
        let (id, _) = server.expect("turn/start").await;

        let status = json!({ "status": { "type": "active", "activeFlags": [] } });
        let thread_note = |method: &str, mut params: serde_json::Value| {
            params["threadId"] = json!("thread-1");
            server.send(json!({ "method": method, "params": params }));
        };
        thread_note("thread/status/changed", status);
        server.turn_started("turn-1");
        server.message_started("turn-1", "m");
        server.delta("turn-1", "m", "a");
        thread_note("thread/name/updated", json!({ "threadName": "n" }));
        server.delta("turn-1", "m", "b");
        server.respond(&id, turn_response("turn-1"));
        server.delta("turn-1", "m", "c");
        server.message_completed("turn-1", "m", "abc");
        server.turn_completed("turn-1", "completed");

        let turn = starting.await.unwrap().unwrap();
        let mut stream = turn.stream().unwrap();
        let mut events = Vec::new();
        while let Some(event) = stream.next().await {
            events.push(event.unwrap());
        }
        assert_eq!(
            outline(&events),
            [
                "thread/status/changed",
                "turn/started",
                "item/started",
                "item/agentMessage/delta a",
                "thread/name/updated",
                "item/agentMessage/delta b",
                "item/agentMessage/delta c",
                "item/completed",
                "turn/completed",
            ]
        );
        let result = stream.result().await.unwrap();
        assert_eq!((result.status, &*result.text), (TurnStatus::Completed, "abc"));
        assert_eq!(result.items.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn none_is_lost_to_an_answer_of_which_only_the_turn_can_be_read() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let starting = tokio::spawn(thread.turn("hi").send());
        let (id, _) = server.expect("turn/start").await;
        server.turn_started("turn-1");
        server.message_completed("turn-1", "m", "early");
        server.respond(&id, json!({ "turn": { "id": "turn-1", "status": 5 } }));
        server.turn_completed("turn-1", "completed");

        let turn = starting.await.unwrap().unwrap();
        assert_eq!(&**turn.id(), "turn-1");
        let mut stream = turn.stream().unwrap();
        let mut events = Vec::new();
        while let Some(event) = stream.next().await {
            events.push(event.unwrap());
        }
        assert_eq!(outline(&events), ["turn/started", "item/completed", "turn/completed"]);
        assert_eq!(stream.result().await.unwrap().text, "early");
    })
    .await;
}

#[tokio::test]
async fn those_before_an_answer_that_names_no_turn_go_to_the_rest() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let mut rest = thread.codex().events();
        for answer in [json!({}), json!({ "turn": { "id": "" } }), json!({ "turn": { "id": 5 } })] {
            let starting = tokio::spawn(thread.turn("hi").send());
            let (id, _) = server.expect("turn/start").await;
            server.turn_started("turn-1");
            server.message_completed("turn-1", "m", "early");
            server.respond(&id, answer);
            let error = starting.await.unwrap().unwrap_err();
            assert!(matches!(error, Error::Decode { method: "turn/start", .. }), "{error:?}");
            server.turn_completed("turn-1", "completed");
            let mut events = Vec::new();
            for _ in 0..3 {
                events.push(rest.next().await.unwrap().unwrap());
            }
            assert_eq!(outline(&events), ["turn/started", "item/completed", "turn/completed"]);
        }
    })
    .await;
}

#[tokio::test]
async fn those_of_a_turn_that_nobody_will_take_up_go_to_the_rest() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let mut rest = thread.codex().events();
        let starting = tokio::spawn(thread.turn("hi").send());
        let (id, _) = server.expect("turn/start").await;
        starting.abort();
        assert!(starting.await.unwrap_err().is_cancelled());
        server.turn_started("turn-1");
        server.message_completed("turn-1", "m", "early");
        server.respond(&id, turn_response("turn-1"));
        server.message_completed("turn-1", "n", "late");
        server.turn_completed("turn-1", "completed");
        let mut events = Vec::new();
        for _ in 0..4 {
            events.push(rest.next().await.unwrap().unwrap());
        }
        assert_eq!(
            outline(&events),
            ["turn/started", "item/completed", "item/completed", "turn/completed"]
        );
    })
    .await;
}

#[tokio::test]
async fn a_turn_that_is_over_before_the_answer_is_whole() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let running = tokio::spawn(thread.run("hi").send());
        let (id, _) = server.expect("turn/start").await;
        server.turn_started("turn-1");
        server.message_completed("turn-1", "m", "done");
        server.turn_completed("turn-1", "completed");
        server.respond(&id, turn_response("turn-1"));
        let result = running.await.unwrap().unwrap();
        assert_eq!((result.status, &*result.text), (TurnStatus::Completed, "done"));

        // The thread is idle again.
        let (again, ()) = tokio::join!(
            thread.turn("again").send(),
            server.answer("turn/start", turn_response("turn-2"))
        );
        assert_eq!(&**again.unwrap().id(), "turn-2");
    })
    .await;
}

#[tokio::test]
async fn another_turn_s_late_events_are_not_taken_for_the_new_one_s() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let first = tokio::spawn(thread.run("one").send());
        server.answer("turn/start", turn_response("turn-1")).await;
        server.turn_completed("turn-1", "completed");
        first.await.unwrap().unwrap();

        let second = tokio::spawn(thread.run("two").send());
        let (id, _) = server.expect("turn/start").await;
        server.message_completed("turn-1", "late", "of the first");
        server.turn_started("turn-2");
        server.message_completed("turn-2", "m", "of the second");
        server.respond(&id, turn_response("turn-2"));
        server.turn_completed("turn-2", "completed");
        assert_eq!(second.await.unwrap().unwrap().text, "of the second");
    })
    .await;
}

#[tokio::test]
async fn a_second_start_is_refused_while_the_first_is_under_way_and_while_it_runs() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let busy = |expected: Option<&'static str>| {
            let thread = thread.clone();
            async move {
                match thread.turn("second").await {
                    Err(Error::TurnActive { thread_id, turn_id }) => {
                        assert_eq!(&*thread_id, "thread-1");
                        assert_eq!(turn_id.as_deref(), expected);
                    }
                    other => panic!("{other:?}"),
                }
            }
        };
        let first = tokio::spawn(thread.turn("first").send());
        let (id, _) = server.expect("turn/start").await;
        busy(None).await;
        server.respond(&id, turn_response("turn-1"));
        let first = first.await.unwrap().unwrap();
        busy(Some("turn-1")).await;
        server.turn_completed("turn-1", "completed");
        first.run().await.unwrap();

        let third = tokio::spawn(thread.turn("third").send());
        let (id, _) = server.expect("turn/start").await;
        server.refuse(&id, -32600, "no");
        assert_eq!(third.await.unwrap().unwrap_err().rpc_code(), Some(-32600));

        let fourth = tokio::spawn(thread.turn("fourth").send());
        let (_, params) = server.expect("turn/start").await;
        assert_eq!(params["input"][0]["text"], "fourth", "a refused start leaves the thread free");
        fourth.abort();
    })
    .await;
}

#[tokio::test]
async fn a_start_whose_caller_went_away_still_keeps_the_thread_busy_until_its_turn_ends() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let mut start = Box::pin(thread.turn("dropped").send());
        let id = tokio::select! {
            _ = &mut start => panic!("not answered yet"),
            (id, _) = server.expect("turn/start") => id,
        };
        drop(start);
        assert!(matches!(thread.turn("x").await, Err(Error::TurnActive { turn_id: None, .. })));

        server.respond(&id, turn_response("turn-1"));
        server.turn_started("turn-1");
        server.round_trip(thread.codex()).await;
        let busy = thread.turn("x").await;
        assert!(
            matches!(&busy, Err(Error::TurnActive { turn_id: Some(id), .. }) if &**id == "turn-1"),
            "{busy:?}"
        );

        server.turn_completed("turn-1", "completed");
        server.round_trip(thread.codex()).await;
        let (next, ()) = tokio::join!(
            thread.turn("next").send(),
            server.answer("turn/start", turn_response("turn-2"))
        );
        assert_eq!(&**next.unwrap().id(), "turn-2");
    })
    .await;
}

#[tokio::test]
async fn an_old_turn_s_usage_is_not_taken_for_the_start_of_the_new_turn() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let starting = tokio::spawn(thread.turn("hi").send());
        let (id, _) = server.expect("turn/start").await;
        let figures = json!({
            "totalTokens": 5, "inputTokens": 5, "cachedInputTokens": 0,
            "outputTokens": 0, "reasoningOutputTokens": 0,
        });
        let usage = json!({ "total": figures, "last": figures, "modelContextWindow": null });
        let active = json!({ "type": "active", "activeFlags": [] });
        let active = json!({ "threadId": "thread-1", "status": active });
        server.send(json!({ "method": "thread/status/changed", "params": active }));
        server.notify("thread/tokenUsage/updated", "turn-0", json!({ "tokenUsage": usage }));
        server.send(json!({ "method": "thread/status/changed", "params": active }));
        server.respond(&id, turn_response("turn-1"));
        server.turn_completed("turn-1", "completed");
        let mut stream = starting.await.unwrap().unwrap().stream().unwrap();
        let mut events = Vec::new();
        while let Some(event) = stream.next().await {
            events.push(event.unwrap());
        }
        assert_eq!(
            outline(&events),
            ["thread/status/changed", "thread/status/changed", "turn/completed"]
        );
    })
    .await;
}

#[tokio::test]
async fn turns_that_nobody_knows_take_nothing_from_ours() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let starting = tokio::spawn(thread.turn("hi").send());
        let (id, _) = server.expect("turn/start").await;
        for n in 0..10_000 {
            server.delta(&format!("stray-{n}"), "m", "x");
        }
        server.turn_started("turn-1");
        server.message_started("turn-1", "m");
        server.delta("turn-1", "m", "ours");
        server.respond(&id, turn_response("turn-1"));
        server.turn_completed("turn-1", "interrupted");
        assert_eq!(starting.await.unwrap().unwrap().run().await.unwrap().text, "ours");
    })
    .await;
}

#[tokio::test]
async fn more_early_events_than_may_wait_make_the_start_fail() {
    within(async {
        let builder = Codex::builder().max_buffered_bytes(16 * 1024);
        let (thread, mut server) = FakeServer::with_thread(builder).await;
        let starting = tokio::spawn(thread.turn("hi").send());
        let (id, _) = server.expect("turn/start").await;
        for _ in 0..1000 {
            server.delta("turn-1", "m", "x");
        }
        server.respond(&id, turn_response("turn-1"));
        match starting.await.unwrap() {
            Err(Error::Overflow { turn_id, limit: 16384 }) => assert_eq!(&*turn_id, "turn-1"),
            other => panic!("{other:?}"),
        }
    })
    .await;
}

#[tokio::test]
async fn a_turn_that_began_without_its_answer_keeps_the_thread_busy() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let starting = tokio::spawn(thread.turn("hi").send());
        let (id, _) = server.expect("turn/start").await;
        server.turn_started("turn-1");
        server.refuse(&id, -32603, "it began, and this is all the answer there is");
        starting.await.unwrap().unwrap_err();
        let busy = thread.turn("x").await;
        assert!(
            matches!(&busy, Err(Error::TurnActive { turn_id: Some(id), .. }) if &**id == "turn-1"),
            "{busy:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_thread_stays_busy_when_all_its_handles_are_dropped_and_it_is_resumed() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let codex = thread.codex().clone();
        let (turn, ()) = tokio::join!(
            thread.turn("hi").send(),
            server.answer("turn/start", turn_response("turn-1"))
        );
        drop((turn, thread));
        let resume = || codex.thread_resume("thread-1").send();
        let (thread, ()) = tokio::join!(
            resume(),
            server.answer("thread/resume", crate::fake_server::thread_started("thread-1"))
        );
        let busy = thread.unwrap().turn("x").await;
        assert!(matches!(&busy, Err(Error::TurnActive { turn_id: Some(_), .. })), "{busy:?}");

        // Ended while nobody had a handle.
        server.turn_completed("turn-1", "completed");
        server.round_trip(&codex).await;
        let mut loaded = crate::fake_server::thread_started("thread-1");
        let (thread, ()) = tokio::join!(resume(), server.answer("thread/resume", loaded.clone()));
        let thread = thread.unwrap();
        let (turn, ()) = tokio::join!(
            thread.turn("y").send(),
            server.answer("turn/start", turn_response("turn-2"))
        );
        turn.unwrap();
        server.turn_completed("turn-2", "completed");
        server.round_trip(&codex).await;

        // Running when the server made its answer, and over before the caller has it.
        let turn = |id: &str| json!([crate::fake_server::turn_object(id, "inProgress")]);
        loaded["thread"]["turns"] = turn("turn-3");
        let answered = async {
            let (id, _) = server.expect("thread/resume").await;
            let end = crate::fake_server::turn_object("turn-3", "completed");
            let end = json!({ "threadId": "thread-1", "turn": end });
            let answer = json!({ "id": id, "result": loaded });
            let end = json!({ "method": "turn/completed", "params": end });
            // In one read, so that the end is handled before the caller.
            server.peer.send_raw(format!("{answer}\n{end}\n"));
        };
        let (thread, ()) = tokio::join!(resume(), answered);
        let thread = thread.unwrap();
        let (turn_4, ()) = tokio::join!(
            thread.turn("y").send(),
            server.answer("turn/start", turn_response("turn-4"))
        );
        turn_4.unwrap();
        server.turn_completed("turn-4", "completed");
        server.round_trip(&codex).await;

        // Running when it is resumed, and on.
        loaded["thread"]["turns"] = turn("turn-5");
        let (thread, ()) = tokio::join!(resume(), server.answer("thread/resume", loaded));
        let busy = thread.unwrap().turn("z").await;
        assert!(
            matches!(&busy, Err(Error::TurnActive { turn_id: Some(id), .. }) if &**id == "turn-5"),
            "{busy:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_start_that_the_server_would_not_steer_either_is_a_busy_thread() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let starting = tokio::spawn(thread.turn("hi").send());
        let (id, _) = server.expect("turn/start").await;
        let message = "failed to submit turn input: ActiveTurnNotSteerable { turn_kind: Compact }";
        server.refuse(&id, -32603, message);
        let busy = starting.await.unwrap();
        assert!(matches!(&busy, Err(Error::TurnActive { turn_id: None, .. })), "{busy:?}");
    })
    .await;
}

#[tokio::test]
async fn odd_answers_to_a_start_make_no_panic() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let starting = tokio::spawn(thread.turn("hi").send());
        let (id, _) = server.expect("turn/start").await;
        let turn = crate::fake_server::turn_object("turn-1", "inProgress");
        server.peer.send(&format!(r#"{{"id":{id},"result":{{"turn":{turn},"turn":{turn}}}}}"#));
        if let Ok(turn) = starting.await.unwrap() {
            let run = turn.run();
            server.turn_completed("turn-1", "completed");
            assert_eq!(turn.snapshot().turn_id, *turn.id());
            run.await.unwrap();
        }

        // One turn id for two turns, of which the first is dropped before the second is taken up.
        let (first, ()) = tokio::join!(
            thread.turn("a").send(),
            server.answer("turn/start", turn_response("same"))
        );
        server.turn_completed("same", "completed");
        server.round_trip(thread.codex()).await;
        let starting = tokio::spawn(thread.turn("b").send());
        let (id, _) = server.expect("turn/start").await;
        server.respond(&id, turn_response("same"));
        drop(first);
        let second = starting.await.unwrap().unwrap();
        second.snapshot();
        drop(second.run());
    })
    .await;
}
