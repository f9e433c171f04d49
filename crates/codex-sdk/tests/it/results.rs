//! What a turn's result says, from what was sent.

use crate::fake_server::{FakeServer, THREAD, message, turn_object, turn_response};
use crate::guard::within;
use codex_sdk::{Codex, Error, Event, ThreadItem, TurnResult, TurnStatus};
use serde_json::{Value, json};
use std::sync::Arc;

/// The result of a turn in which `script` is what the server sends.
async fn result_of(script: impl FnOnce(&FakeServer)) -> TurnResult {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let run = tokio::spawn(thread.run("hi").send());
        server.answer("turn/start", turn_response("t")).await;
        script(&server);
        run.await.unwrap().unwrap()
    })
    .await
}

fn usage(total: i64) -> Value {
    json!({
        "totalTokens": total,
        "inputTokens": total - 10,
        "cachedInputTokens": 4,
        "cacheWriteInputTokens": 0,
        "outputTokens": 10,
        "reasoningOutputTokens": 5,
    })
}

fn report(server: &FakeServer, turn: &str, total: i64, last: i64) {
    let usage = json!({ "total": usage(total), "last": usage(last), "modelContextWindow": 1000 });
    server.notify("thread/tokenUsage/updated", turn, json!({ "tokenUsage": usage }));
}

#[tokio::test]
async fn text_is_made_of_deltas_item_by_item() {
    let result = result_of(|server| {
        server.message_started("t", "a");
        server.message_started("t", "b");
        server.delta("t", "a", "one ");
        server.delta("t", "b", "two ");
        server.delta("t", "a", "more ");
        server.message_completed("t", "a", "one more ");
        server.message_completed("t", "b", "two ");
        server.message_completed("t", "c", "without deltas");
        server.turn_completed("t", "completed");
    })
    .await;
    assert_eq!(result.text, "one more two without deltas");
    assert_eq!(result.final_response(), Some("without deltas"));
    let texts = result.items.iter().map(|item| match &**item {
        ThreadItem::AgentMessage(message) => message.text.as_str(),
        other => panic!("{other:?}"),
    });
    assert_eq!(texts.collect::<Vec<_>>(), ["one more ", "two ", "without deltas"]);
}

#[tokio::test]
async fn the_finished_text_makes_up_for_deltas_that_were_missed() {
    let result = result_of(|server| {
        server.message_started("t", "a");
        server.delta("t", "a", "the ");
        server.notify("item/agentMessage/delta", "t", json!({ "itemId": "a", "delta": 17 }));
        server.delta("t", "a", "end");
        server.message_completed("t", "a", "the whole end");
        server.message_started("t", "b");
        server.delta("t", "b", ", and deltas");
        server.message_completed("t", "b", "");
        server.turn_completed("t", "completed");
    })
    .await;
    assert_eq!(result.text, "the whole end, and deltas");
}

#[tokio::test]
async fn what_comes_after_the_end_changes_nothing() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let run = tokio::spawn(thread.turn("hi").send());
        server.answer("turn/start", turn_response("t")).await;
        let turn = run.await.unwrap().unwrap();
        server.message_completed("t", "a", "in time");
        server.turn_completed("t", "completed");
        server.message_completed("t", "b", "late");
        server.turn_completed("t", "failed");
        let ids = ["a"];
        let result = turn.run().await.unwrap();
        server.round_trip(thread.codex()).await;
        for result in [result, turn.run().await.unwrap(), turn.snapshot()] {
            assert_eq!((result.status, &*result.text), (TurnStatus::Completed, "in time"));
            let seen = result.items.iter().map(|item| item.id().unwrap().to_string());
            assert_eq!(seen.collect::<Vec<_>>(), ids);
        }
    })
    .await;
}

#[tokio::test]
async fn a_result_without_items_keeps_what_was_said_and_nothing_else_alive() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let starting = tokio::spawn(thread.turn("hi").retain_items(false).send());
        let (id, _) = server.expect("turn/start").await;
        let other = |item: &str| {
            let item = json!({ "type": "contextCompaction", "id": item });
            let params = json!({ "item": item, "completedAtMs": 1 });
            server.notify("item/completed", "t", params);
        };
        // Before the client can know which turn it is whose items it need not keep, and after.
        other("early");
        server.respond(&id, turn_response("t"));
        let turn = starting.await.unwrap().unwrap();
        server.message_completed("t", "a", "said ");
        other("late");
        server.message_completed("t", "b", "again");
        server.turn_completed("t", "completed");

        let mut stream = turn.stream().unwrap();
        let mut streamed = Vec::new();
        while let Some(event) = stream.next().await {
            let event = event.unwrap();
            let Some(item) = event.completed_item() else { continue };
            let is_only_here = Arc::strong_count(item) == 1;
            streamed.push((item.id().unwrap().to_string(), is_only_here));
        }
        let expected = [("early", true), ("a", false), ("late", true), ("b", false)];
        assert_eq!(streamed, expected.map(|(id, only)| (id.to_owned(), only)));
        let result = stream.result().await.unwrap();
        assert_eq!((&*result.text, result.final_response()), ("said again", Some("again")));
        let kept: Vec<_> = result.items.iter().map(|item| item.id().unwrap().to_string()).collect();
        assert_eq!(kept, ["a", "b"]);
    })
    .await;
}

#[tokio::test]
async fn totals_that_make_no_sense_are_no_usage() {
    for (before, after) in [(i64::MAX, 20), (20, i64::MAX), (40, 20)] {
        within(async {
            let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
            let run = tokio::spawn(thread.run("hi").send());
            server.answer("turn/start", turn_response("t")).await;
            report(&server, "other", before, 20);
            report(&server, "t", after, 20);
            server.turn_completed("t", "completed");
            let usage = run.await.unwrap().unwrap().usage.map(|usage| usage.total_tokens);
            assert_eq!(usage, (after > before).then_some(i64::MAX - 20));
        })
        .await;
    }
}

#[tokio::test]
async fn a_revert_makes_the_total_unknown_until_the_next_report() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let mut used = Vec::new();
        for (turn, total) in [("a", 300), ("b", 350), ("c", 420)] {
            let run = tokio::spawn(thread.run("hi").send());
            server.answer("turn/start", turn_response(turn)).await;
            report(&server, turn, total, 20);
            server.turn_completed(turn, "completed");
            used.push(run.await.unwrap().unwrap().usage.map(|usage| usage.total_tokens));
            if turn == "a" {
                let params = json!({ "threadId": THREAD });
                server.send(json!({ "method": "thread/reverted", "params": params }));
            }
        }
        assert_eq!(used, [Some(300), None, Some(70)]);
    })
    .await;
}

#[tokio::test]
async fn what_a_resumed_thread_has_used_is_known_from_the_first_report() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let resuming = codex.thread_resume(THREAD).send();
        let answered = async {
            let (id, _) = server.expect("thread/resume").await;
            server.respond(&id, crate::fake_server::thread_started(THREAD));
            // Right behind the answer, before its caller can have done anything.
            report(&server, "t0", 500, 80);
        };
        let (thread, ()) = tokio::join!(resuming, answered);
        let thread = thread.unwrap();
        // A second handle of the same thread takes nothing of that away.
        let (again, ()) = tokio::join!(
            codex.thread_resume(THREAD).send(),
            server.answer("thread/resume", crate::fake_server::thread_started(THREAD))
        );
        drop(again.unwrap());
        let run = tokio::spawn(thread.run("hi").send());
        server.answer("turn/start", turn_response("t1")).await;
        report(&server, "t1", 620, 120);
        server.turn_completed("t1", "completed");
        assert_eq!(run.await.unwrap().unwrap().usage.unwrap().total_tokens, 120);
    })
    .await;
}

#[tokio::test]
async fn unfinished_text_counts_unless_the_turn_completed() {
    for (status, expected) in
        [("completed", "whole"), ("interrupted", "pawhole"), ("failed", "pawhole")]
    {
        let result = result_of(|server| {
            server.message_started("t", "a");
            server.delta("t", "a", "pa");
            server.message_started("t", "b");
            server.message_completed("t", "b", "whole");
            server.turn_completed("t", status);
        })
        .await;
        assert_eq!((result.status.as_str(), &*result.text), (status, expected));
    }
}

#[tokio::test]
async fn raw_items_count_only_where_there_is_no_message() {
    let raw = |server: &FakeServer| {
        let content = json!([{ "type": "output_text", "text": "raw" }]);
        let item = json!({ "type": "message", "role": "assistant", "content": content });
        server.notify("rawResponseItem/completed", "t", json!({ "item": item }));
    };
    let result = result_of(|server| {
        raw(server);
        server.turn_completed("t", "completed");
    })
    .await;
    assert_eq!(result.text, "raw");
    let result = result_of(|server| {
        raw(server);
        server.message_completed("t", "a", "message");
        server.turn_completed("t", "completed");
    })
    .await;
    assert_eq!(result.text, "message");
}

#[tokio::test]
async fn the_final_response_is_no_commentary() {
    let result = result_of(|server| {
        server.message_completed("t", "a", "answer");
        let mut commentary = message("b", "by the way");
        commentary["phase"] = json!("commentary");
        let params = json!({ "item": commentary, "completedAtMs": 1 });
        server.notify("item/completed", "t", params);
        server.turn_completed("t", "completed");
    })
    .await;
    assert_eq!(result.text, "answerby the way");
    assert_eq!(result.final_response(), Some("answer"));
}

#[tokio::test]
async fn usage_is_what_the_total_grew_by() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let mut used = Vec::new();
        for (turn, reports) in [("t1", vec![(120, 120)]), ("t2", vec![(240, 120), (400, 160)])] {
            let run = tokio::spawn(thread.run("hi").send());
            server.answer("turn/start", turn_response(turn)).await;
            for (total, last) in reports {
                report(&server, turn, total, last);
            }
            server.turn_completed(turn, "completed");
            let result = run.await.unwrap().unwrap();
            let thread_total = result.thread_usage.unwrap().total.total_tokens;
            used.push((result.usage.unwrap().total_tokens, thread_total));
        }
        assert_eq!(used, [(120, 120), (280, 400)]);
    })
    .await;
}

#[tokio::test]
async fn usage_is_unknown_after_a_resume_until_the_server_reports_the_total() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let (thread, ()) = tokio::join!(
            codex.thread_resume(THREAD).send(),
            server.answer("thread/resume", crate::fake_server::thread_started(THREAD))
        );
        let thread = thread.unwrap();
        let mut used = Vec::new();
        for turn in ["t1", "t2"] {
            let run = tokio::spawn(thread.run("hi").send());
            server.answer("turn/start", turn_response(turn)).await;
            report(&server, turn, if turn == "t1" { 500 } else { 620 }, 120);
            server.turn_completed(turn, "completed");
            used.push(run.await.unwrap().unwrap().usage.map(|usage| usage.total_tokens));
        }
        assert_eq!(used, [None, Some(120)]);

        // The report that a resume repeats, under the id of an old turn, is a baseline.
        let run = tokio::spawn(thread.run("hi").send());
        server.answer("turn/start", turn_response("t3")).await;
        report(&server, "t0", 700, 80);
        report(&server, "t3", 800, 100);
        server.turn_completed("t3", "completed");
        assert_eq!(run.await.unwrap().unwrap().usage.unwrap().total_tokens, 100);
    })
    .await;
}

#[tokio::test]
async fn usage_is_unknown_when_the_context_window_was_exceeded() {
    let result = result_of(|server| {
        report(server, "t", 1000, 1000);
        let mut turn = turn_object("t", "failed");
        turn["error"] = json!({ "message": "too long", "codexErrorInfo": "contextWindowExceeded" });
        server.turn_note("turn/completed", turn);
    })
    .await;
    assert_eq!(result.usage, None);
    assert_eq!(result.error.as_ref().unwrap().message, "too long");
    let error = result.error_for_status().unwrap_err();
    assert_eq!(error.to_string(), "turn t ended as failed: too long");
    assert!(matches!(error, Error::TurnFailed(result) if result.status == TurnStatus::Failed));
}

#[tokio::test]
async fn a_completed_turn_is_no_error() {
    let result = result_of(|server| server.turn_completed("t", "completed")).await;
    assert_eq!((result.usage.clone(), result.text.clone()), (None, String::new()));
    assert!(result.error_for_status().is_ok());
}

#[tokio::test]
async fn what_cannot_be_decoded_or_is_unknown_reaches_the_stream() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let (turn, ()) =
            tokio::join!(thread.turn("hi").send(), server.answer("turn/start", turn_response("t")));
        let turn = turn.unwrap();
        let mut stream = turn.stream().unwrap();
        server.notify("item/brandNew", "t", json!({ "x": 1 }));
        server.notify("item/completed", "t", json!({ "item": { "type": "agentMessage" } }));
        server.notify(
            "item/completed",
            "t",
            json!({ "item": { "type": "new" }, "completedAtMs": 1 }),
        );
        server.turn_completed("t", "completed");

        let unknown = stream.next().await.unwrap().unwrap();
        assert_eq!((unknown.method(), unknown.turn_id()), ("item/brandNew", Some("t")));
        match stream.next().await.unwrap().unwrap() {
            Event::Undecoded(undecoded) => {
                assert_eq!(undecoded.method, "item/completed");
                let params: Value = serde_json::from_str(undecoded.params.get()).unwrap();
                assert_eq!(params["item"], json!({ "type": "agentMessage" }));
                assert!(
                    undecoded.error.to_string().contains("AgentMessage"),
                    "{}",
                    undecoded.error
                );
            }
            other => panic!("{other:?}"),
        }
        let new = stream.next().await.unwrap().unwrap();
        assert_eq!(new.completed_item().unwrap().kind(), "new");
        assert_eq!(stream.next().await.unwrap().unwrap().method(), "turn/completed");
        assert!(stream.next().await.is_none());
    })
    .await;
}

#[tokio::test]
async fn an_end_that_cannot_be_decoded_is_still_an_end() {
    let ends = [
        json!({ "id": "t", "status": 17 }),
        json!({ "id": 7, "status": "completed" }),
        json!({}),
        json!("t"),
        json!([1]),
        json!(null),
    ];
    for end in ends {
        within(async {
            let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
            let run = tokio::spawn(thread.run("hi").send());
            server.answer("turn/start", turn_response("t")).await;
            server.message_completed("t", "a", "kept");
            server.turn_note("turn/completed", end);
            let result = run.await.unwrap().unwrap();
            assert_eq!((result.status, &*result.text), (TurnStatus::Failed, "kept"));

            let next = tokio::spawn(thread.run("next").send());
            server.expect("turn/start").await;
            next.abort();
        })
        .await;
    }
}

#[tokio::test]
async fn a_thread_that_is_closed_ends_its_turn() {
    let result = result_of(|server| {
        server.message_completed("t", "a", "kept");
        server.send(json!({ "method": "thread/closed", "params": { "threadId": THREAD } }));
    })
    .await;
    assert_eq!((result.status, &*result.text), (TurnStatus::Interrupted, "kept"));
}
