//! Turns that are joined, taken up, or no ordinary turns.

use crate::fake_server::{FakeServer, THREAD, message, turn_object, turn_response};
use crate::guard::within;
use codex_sdk::protocol::CustomReviewTarget;
use codex_sdk::{Codex, ConsumerScope, Error, Thread, TurnStatus};
use serde_json::json;

fn per_turn() -> codex_sdk::CodexBuilder {
    Codex::builder().consumer_scope(ConsumerScope::PerTurn)
}

async fn assert_busy(thread: &Thread, expected: Option<&str>) {
    let starts = [
        thread.turn("x").await,
        thread.compact().await,
        thread.review(CustomReviewTarget::new("x")).await,
    ];
    for start in starts {
        match start {
            Err(Error::TurnActive { turn_id, .. }) => assert_eq!(turn_id.as_deref(), expected),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_running_turn_is_joined_and_is_one_turn() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(per_turn()).await;
        let starting = tokio::spawn(thread.turn("one").send());
        let (first_id, _) = server.expect("turn/start").await;
        // While the first is being started, and while it runs.
        let joining = tokio::spawn(thread.turn("two").join_running(true).send());
        let (second_id, _) = server.expect("turn/start").await;
        server.turn_started("t");
        server.respond(&first_id, turn_response("t"));
        let first = starting.await.unwrap().unwrap();
        let mut stream = first.stream().unwrap();
        // The turn's own events do not wait for the answer to the second start.
        server.message_completed("t", "a", "said");
        for method in ["turn/started", "item/completed"] {
            assert_eq!(stream.next().await.unwrap().unwrap().method(), method);
        }
        server.respond(&second_id, turn_response("t"));
        let second = joining.await.unwrap().unwrap();
        assert_eq!(first.id(), second.id());
        let run = tokio::spawn(thread.run("three").join_running(true).send());
        let (third_id, _) = server.expect("turn/start").await;
        server.respond(&third_id, turn_response("t"));
        // One turn has one consumer.
        assert!(matches!(run.await.unwrap(), Err(Error::ConsumerActive { .. })));
        assert_busy(&thread, Some("t")).await;
        server.turn_completed("t", "completed");
        assert_eq!(stream.result().await.unwrap().text, "said");
        assert_eq!(second.run().await.unwrap().text, "said");
        assert_eq!(thread.codex().stats().unexpected, 0);
    })
    .await;
}

#[tokio::test]
async fn what_was_to_be_joined_and_is_over_makes_a_turn_of_its_own() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(per_turn()).await;
        let (first, ()) = tokio::join!(
            thread.turn("one").send(),
            server.answer("turn/start", turn_response("t1"))
        );
        let first = first.unwrap();
        let joining = tokio::spawn(thread.turn("two").join_running(true).send());
        let (id, _) = server.expect("turn/start").await;
        server.turn_completed("t1", "completed");
        server.turn_started("t2");
        server.message_completed("t2", "b", "of the second");
        assert_eq!(first.run().await.unwrap().status, TurnStatus::Completed);
        assert_busy(&thread, None).await;
        server.respond(&id, turn_response("t2"));
        let second = joining.await.unwrap().unwrap();
        assert_busy(&thread, Some("t2")).await;
        server.turn_completed("t2", "completed");
        assert_eq!(second.run().await.unwrap().text, "of the second");

        // Joined in time, and over before the answer came.
        let (third, ()) = tokio::join!(
            thread.turn("three").send(),
            server.answer("turn/start", turn_response("t3"))
        );
        let joining = tokio::spawn(thread.turn("four").join_running(true).send());
        let (id, _) = server.expect("turn/start").await;
        server.message_completed("t3", "c", "of the third");
        server.turn_completed("t3", "completed");
        server.respond(&id, turn_response("t3"));
        assert_eq!(joining.await.unwrap().unwrap().run().await.unwrap().text, "of the third");
        drop(third);
        // The thread is free.
        let next = tokio::spawn(thread.turn("five").send());
        server.answer("turn/start", turn_response("t5")).await;
        next.await.unwrap().unwrap();
        assert_eq!(thread.codex().stats().unexpected, 0);
    })
    .await;
}

#[tokio::test]
async fn a_compaction_is_the_turn_that_starts_next() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(per_turn()).await;
        // `turn/started` after the answer, and before it.
        for (turn, early) in [("c1", false), ("c2", true)] {
            let compacting = tokio::spawn(thread.compact().send());
            let (id, params) = server.expect("thread/compact/start").await;
            assert_eq!(params, json!({ "threadId": THREAD }));
            assert_busy(&thread, None).await;
            let joined = thread.turn("x").join_running(true).await;
            assert!(matches!(joined, Err(Error::TurnActive { .. })), "{joined:?}");
            if early {
                server.turn_started(turn);
                server.respond(&id, json!({}));
            } else {
                server.respond(&id, json!({}));
                server.round_trip(thread.codex()).await;
                assert!(!compacting.is_finished(), "the turn is not known yet");
                server.turn_started(turn);
            }
            let compaction = compacting.await.unwrap().unwrap();
            assert_eq!(&**compaction.id(), turn);
            assert_busy(&thread, Some(turn)).await;
            let item = json!({ "type": "contextCompaction", "id": "i" });
            server.notify("item/completed", turn, json!({ "item": item, "completedAtMs": 1 }));
            server.turn_completed(turn, "completed");
            let mut stream = compaction.stream().unwrap();
            for method in ["turn/started", "item/completed", "turn/completed"] {
                assert_eq!(stream.next().await.unwrap().unwrap().method(), method);
            }
            assert_eq!(stream.result().await.unwrap().items[0].kind(), "contextCompaction");
        }
        // Refused, the thread is free again.
        let compacting = tokio::spawn(thread.compact().send());
        let (id, _) = server.expect("thread/compact/start").await;
        server.refuse(&id, -32603, "no");
        assert_eq!(compacting.await.unwrap().unwrap_err().rpc_code(), Some(-32603));
        let next = tokio::spawn(thread.turn("x").send());
        server.answer("turn/start", turn_response("t")).await;
        next.await.unwrap().unwrap();
        assert_eq!(thread.codex().stats().unexpected, 0);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_compaction_that_the_server_does_not_begin_times_out_and_frees_the_thread() {
    let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
    let compacting = tokio::spawn(thread.compact().send());
    server.answer("thread/compact/start", json!({})).await;
    let error = compacting.await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "thread/compact/start was not answered within 60 s");
    let next = tokio::spawn(thread.turn("x").send());
    server.answer("turn/start", turn_response("t")).await;
    next.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_review_runs_under_one_id_is_announced_under_another_and_interrupted_by_that() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(per_turn()).await;
        let target = CustomReviewTarget::new("Look.");
        let reviewing = tokio::spawn(thread.review(target).send());
        let (id, params) = server.expect("review/start").await;
        let target = json!({ "type": "custom", "instructions": "Look." });
        assert_eq!(params, json!({ "threadId": THREAD, "target": target }));
        assert_busy(&thread, None).await;
        let mut answer = turn_response("r");
        answer["reviewThreadId"] = json!(THREAD);
        server.respond(&id, answer);
        let review = reviewing.await.unwrap().unwrap();
        let item = json!({ "type": "enteredReviewMode", "id": "e", "review": "Look." });
        server.notify("item/started", "r", json!({ "item": item, "startedAtMs": 1 }));
        let mut inner = turn_object("inner", "inProgress");
        inner["rootTurnId"] = json!("r");
        let mut stream = review.stream().unwrap();
        assert_eq!(stream.next().await.unwrap().unwrap().method(), "item/started");
        for expected in ["", "inner"] {
            let interrupt = tokio::spawn(review.interrupt());
            let (id, params) = server.expect("turn/interrupt").await;
            assert_eq!(params["turnId"], expected);
            server.respond(&id, json!({}));
            interrupt.await.unwrap().unwrap();
            if expected.is_empty() {
                server.turn_note("turn/started", inner.clone());
                assert_eq!(stream.next().await.unwrap().unwrap().method(), "turn/started");
            }
        }
        assert_busy(&thread, Some("r")).await;
        server.message_completed("r", "m", "Fine.");
        server.turn_completed("r", "completed");
        assert_eq!(stream.result().await.unwrap().text, "Fine.");

        // One of another client leaves the thread free, too.
        inner["id"] = json!("inner-2");
        inner["rootTurnId"] = json!("r-2");
        server.turn_note("turn/started", inner);
        server.round_trip(thread.codex()).await;
        assert_busy(&thread, Some("inner-2")).await;
        server.turn_completed("r-2", "completed");
        server.round_trip(thread.codex()).await;
        let next = tokio::spawn(thread.turn("x").send());
        server.answer("turn/start", turn_response("t")).await;
        next.await.unwrap().unwrap();
        assert_eq!(thread.codex().stats().unexpected, 0);
    })
    .await;
}

#[tokio::test]
async fn a_turn_that_is_taken_up_is_whole_and_one_that_is_over_has_its_end() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(per_turn()).await;
        let turns = |next: Option<&str>, turns: serde_json::Value| {
            json!({ "data": turns, "nextCursor": next, "backwardsCursor": null })
        };
        let mut running = turn_object("t", "inProgress");
        running["items"] = json!([message("a", "one "), message("b", "two ")]);
        let attaching = tokio::spawn(thread.attach("t").send());
        let (id, params) = server.expect("thread/turns/list").await;
        assert_eq!(params, json!({ "threadId": THREAD, "itemsView": "full" }));
        // On the way meanwhile: something that the answer has, too, and something that it does not have.
        server.message_completed("t", "b", "two ");
        server.message_completed("t", "c", "three ");
        server.delta("t", "d", "ur");
        server.respond(&id, turns(Some("more"), json!([turn_object("t9", "completed")])));
        let (id, params) = server.expect("thread/turns/list").await;
        assert_eq!(params["cursor"], "more");
        server.respond(&id, turns(None, json!([running])));
        let turn = attaching.await.unwrap().unwrap();
        assert_busy(&thread, Some("t")).await;
        let interrupt = tokio::spawn(turn.interrupt());
        let (id, params) = server.expect("turn/interrupt").await;
        assert_eq!(params["turnId"], "t");
        server.respond(&id, json!({}));
        interrupt.await.unwrap().unwrap();
        server.message_completed("t", "d", "four");
        server.turn_completed("t", "completed");
        let result = turn.run().await.unwrap();
        assert_eq!((result.status, &*result.text), (TurnStatus::Completed, "one two three four"));
        assert_eq!(result.items.len(), 4);

        // Over, and only the server knows how it ended.
        let mut over = turn_object("o", "failed");
        over["items"] = json!([message("m", "as far as it came")]);
        over["error"] = json!({ "message": "broken" });
        let attaching = tokio::spawn(thread.attach("o").send());
        server.answer("thread/turns/list", turns(None, json!([over]))).await;
        let result = attaching.await.unwrap().unwrap().run().await.unwrap();
        assert_eq!((result.status, &*result.text), (TurnStatus::Failed, "as far as it came"));
        assert_eq!(result.error.unwrap().message, "broken");

        // None at all.
        let attaching = tokio::spawn(thread.attach("none").send());
        server.answer("thread/turns/list", turns(None, json!([]))).await;
        let error = attaching.await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), "thread thread-1 has no turn none");
        // One that this client follows already, whole, needs no question.
        assert_eq!(thread.attach("t").await.unwrap().run().await.unwrap().items.len(), 4);
    })
    .await;
}

#[tokio::test]
async fn another_turn_can_follow_one_that_is_over_by_the_list_and_not_yet_by_its_notification() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(per_turn()).await;
        for status in ["inProgress", "completed"] {
            let attaching = tokio::spawn(thread.attach("t").send());
            let turns = json!({ "data": [turn_object("t", status)], "nextCursor": null });
            server.answer("thread/turns/list", turns).await;
            let turn = attaching.await.unwrap().unwrap();
            if status == "inProgress" {
                assert_busy(&thread, Some("t")).await;
            } else {
                assert_eq!(turn.run().await.unwrap().status, TurnStatus::Completed);
            }
        }
        let next = tokio::spawn(thread.run("x").send());
        let (id, _) = server.expect("turn/start").await;
        server.turn_completed("t", "completed");
        server.respond(&id, turn_response("n"));
        server.turn_started("n");
        server.message_completed("n", "m", "on we go");
        server.turn_completed("n", "completed");
        assert_eq!(next.await.unwrap().unwrap().text, "on we go");

        // A review of another client, which runs under another id than it ends.
        let mut inner = turn_object("inner", "inProgress");
        inner["rootTurnId"] = json!("r");
        server.turn_note("turn/started", inner);
        server.round_trip(thread.codex()).await;
        assert_busy(&thread, Some("inner")).await;
        let attaching = tokio::spawn(thread.attach("r").send());
        let turns = json!({ "data": [turn_object("r", "completed")], "nextCursor": null });
        server.answer("thread/turns/list", turns).await;
        assert_eq!(attaching.await.unwrap().unwrap().run().await.unwrap().items.len(), 0);
        let next = tokio::spawn(thread.turn("x").send());
        server.answer("turn/start", turn_response("last")).await;
        next.await.unwrap().unwrap();
        server.turn_completed("r", "completed");
        server.round_trip(thread.codex()).await;
        assert_eq!(thread.codex().stats().unexpected, 0);
    })
    .await;
}

#[tokio::test]
async fn a_turn_is_whole_for_each_who_takes_it_up_at_the_same_time() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(per_turn()).await;
        let one = tokio::spawn(thread.attach("t").send());
        let (first, _) = server.expect("thread/turns/list").await;
        // The first has not heard yet what came before, and is not going to.
        let other = tokio::spawn(thread.attach("t").send());
        let (second, _) = server.expect("thread/turns/list").await;
        server.refuse(&first, -32600, "no");
        assert_eq!(one.await.unwrap().unwrap_err().rpc_code(), Some(-32600));
        let mut running = turn_object("t", "inProgress");
        running["items"] = json!([message("a", "one ")]);
        server.respond(&second, json!({ "data": [running], "nextCursor": null }));
        let turn = other.await.unwrap().unwrap();
        server.message_completed("t", "b", "two");
        server.turn_completed("t", "completed");
        assert_eq!(turn.run().await.unwrap().text, "one two");
    })
    .await;
}
