//! What a turn's result says where the server makes it hard to tell.

use super::Stage;
use crate::guard::within;
use codex_sdk::protocol::CustomReviewTarget;
use codex_sdk::{
    Error, Event, Events, ServerNotification, Stats, ThreadItem, TurnResult, TurnStatus,
};
use codex_testkit::{CodexHome, Gate, Reply, Usage};
use serde_json::json;

fn kinds(result: &TurnResult) -> Vec<&str> {
    result.items.iter().map(|item| item.kind()).collect()
}

/// The next event of those that belong to no turn of ours that fits.
async fn next(events: &mut Events, fits: impl Fn(&Event) -> bool) -> Event {
    loop {
        let event = events.next().await.unwrap().unwrap();
        if fits(&event) {
            return event;
        }
    }
}

#[tokio::test]
async fn text_of_a_try_that_failed_counts_only_where_no_other_followed() {
    within(async {
        let mut stage = Stage::set().await;
        stage.home = CodexHome::builder(&stage.model).retries(0, 1).build().unwrap();
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        stage.model.reply(Reply::cut_after(["the ", "who"]));
        stage.model.reply(Reply::deltas(["the ", "whole"]));
        let turn = thread.turn("hi").await.unwrap();
        let mut stream = turn.stream().unwrap();
        let (mut streamed, mut retries) = (String::new(), 0);
        while let Some(event) = stream.next().await {
            let event = event.unwrap();
            streamed.extend(event.text_delta());
            retries += usize::from(event.method() == "error");
        }
        assert_eq!((&*streamed, retries), ("the whothe whole", 1), "nothing is hidden");
        let result = stream.result().await.unwrap();
        assert_eq!((&result.status, &*result.text), (&TurnStatus::Completed, "the whole"));
        assert_eq!(kinds(&result), ["userMessage", "agentMessage"]);

        // Given up: what there was is all that there will be.
        stage.model.reply(Reply::cut_after(["one "]));
        stage.model.reply(Reply::cut_after(["two"]));
        let result = thread.run("again").await.unwrap();
        assert_eq!((&result.status, &*result.text), (&TurnStatus::Failed, "one two"));
        assert_eq!(kinds(&result), ["userMessage"]);
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_result_without_items_has_all_that_was_said() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        stage.model.reply(Reply::commentary("Looking. ").and(Reply::shell("echo hello")));
        stage.model.reply(Reply::text("Done."));
        let turn = thread.turn("hi").retain_items(false).await.unwrap();
        let mut stream = turn.stream().unwrap();
        let mut streamed = Vec::new();
        while let Some(event) = stream.next().await {
            let event = event.unwrap();
            streamed.extend(event.completed_item().map(|item| item.kind().to_owned()));
        }
        assert_eq!(streamed, ["userMessage", "agentMessage", "commandExecution", "agentMessage"]);
        let result = stream.result().await.unwrap();
        assert_eq!(kinds(&result), ["agentMessage", "agentMessage"]);
        assert_eq!((&*result.text, result.final_response()), ("Looking. Done.", Some("Done.")));
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_answer_of_a_review_comes_without_deltas_and_is_its_text() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        stage.model.reply(Reply::deltas(["plain ", "words"]));
        let review = thread.review(CustomReviewTarget::new("Look.")).await.unwrap();
        let mut stream = review.stream().unwrap();
        let (mut spoken, mut finished) = (Vec::new(), Vec::new());
        while let Some(event) = stream.next().await {
            let event = event.unwrap();
            if let Some(ServerNotification::ItemAgentMessageDelta(delta)) = event.notification() {
                spoken.push(delta.item_id.to_string());
            }
            if let Some(ThreadItem::AgentMessage(message)) =
                event.completed_item().map(|item| &**item)
            {
                finished.push((message.id.to_string(), message.text.clone()));
            }
        }
        let [(id, text)] = &*finished else { panic!("{finished:?}") };
        assert!(!spoken.contains(id), "the answer of a review comes whole: {spoken:?}");
        assert_eq!(stream.result().await.unwrap().text, *text);
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn usage_is_the_turn_s_own_and_none_where_it_cannot_be_known() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        let used = |result: &TurnResult| {
            let total = result.thread_usage.as_ref().map(|usage| usage.total.total_tokens);
            (result.usage.as_ref().map(|usage| usage.total_tokens), total)
        };
        // Two requests of the model in one turn.
        stage.model.reply(Reply::shell("true").usage(Usage::new(100, 10)));
        stage.model.reply(Reply::text("done").usage(Usage::new(300, 20)));
        let result = thread.run("work").await.unwrap();
        assert_eq!(kinds(&result), ["userMessage", "commandExecution", "agentMessage"]);
        assert_eq!(used(&result), (Some(430), Some(430)));
        stage.model.reply(Reply::text("done").usage(Usage::new(1000, 1)));
        assert_eq!(used(&thread.run("work").await.unwrap()), (Some(1001), Some(1431)));
        // No report at all.
        stage.model.reply(Reply::http_error(400, "no"));
        assert_eq!(used(&thread.run("fails").await.unwrap()), (None, None));
        stage.model.reply(Reply::text("done").usage(Usage::new(7, 1)));
        assert_eq!(used(&thread.run("work").await.unwrap()), (Some(8), Some(1439)));
        // The total is set to the whole window.
        stage.model.reply(Reply::sse_error("context_length_exceeded"));
        let result = thread.run("too much").await.unwrap();
        assert_eq!(result.status, TurnStatus::Failed);
        assert_eq!(used(&result), (None, Some(258_400)));
        stage.model.reply(Reply::text("done").usage(Usage::new(7, 1)));
        assert_eq!(used(&thread.run("work").await.unwrap()), (Some(8), Some(258_408)));
        let id = thread.id().clone();
        codex.close().await.unwrap();

        // A client that is not told.
        let builder = stage.builder().opt_out_notification_methods(["thread/tokenUsage/updated"]);
        let codex = builder.start().await.unwrap();
        let thread = codex.thread_resume(id).await.unwrap();
        stage.model.reply(Reply::text("done"));
        assert_eq!(used(&thread.run("work").await.unwrap()), (None, None));
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_command_that_outlives_its_turn_ends_beside_it_and_the_next() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let mut events = codex.events();
        let thread = codex.thread_start().danger_full_access().await.unwrap();
        let command = "while [ ! -e stop ]; do sleep 0.1; done";
        let call = Reply::tool("exec_command", json!({ "cmd": command, "yield_time_ms": 250 }));
        stage.model.reply(call);
        stage.model.reply(Reply::text("It runs."));
        let turn = thread.turn("Start it.").await.unwrap();
        let result = turn.run().await.unwrap();
        assert_eq!((&result.status, &*result.text), (&TurnStatus::Completed, "It runs."));
        assert_eq!(kinds(&result), ["userMessage", "agentMessage"]);

        // It ends in the midst of the next turn, of which it is no part.
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["a"]).hold(&gate).more(["b"]));
        let next_turn = thread.turn("And now?").await.unwrap();
        gate.reached().await.unwrap();
        std::fs::write(stage.home.work_dir().join("stop"), "").unwrap();
        let late = next(&mut events, |event| event.completed_item().is_some()).await;
        assert_eq!(late.completed_item().unwrap().kind(), "commandExecution");
        assert_eq!(late.turn_id(), Some(&**turn.id()));
        gate.open();
        let next_result = next_turn.run().await.unwrap();
        assert_eq!(next_result.text, "ab");
        assert_eq!(kinds(&next_result), ["userMessage", "agentMessage"]);
        assert_eq!(turn.run().await.unwrap().items, result.items, "an end is an end");
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_a_sub_agent_does_is_no_part_of_the_turn_that_sent_it() {
    within(async {
        let stage = Stage::set().await;
        let (parent, child) = (Gate::new(), Gate::new());
        let send = Reply::tool("multi_agent_v1/spawn_agent", json!({ "message": "errand" }));
        stage.model.on("delegate").reply(send);
        stage
            .model
            .on("delegate")
            .reply(Reply::deltas(["I ", "have"]).hold(&parent).more([" sent"]));
        stage.model.on("errand").reply(Reply::deltas(["found"]).hold(&child).more([" it"]));
        let codex = stage.codex().await;
        let mut events = codex.events();
        let thread = codex.thread_start().await.unwrap();
        let turn = thread.turn("delegate").await.unwrap();
        let mut stream = turn.stream().unwrap();
        // Both speak at once.
        let said = next(&mut events, |event| event.text_delta() == Some("found")).await;
        let agent = said.thread_id().unwrap().to_owned();
        assert_ne!(agent, **thread.id());
        parent.open();
        while let Some(event) = stream.next().await {
            let event = event.unwrap();
            assert_eq!(event.thread_id(), Some(&**thread.id()), "{}", event.method());
            assert!(event.turn_id().is_none_or(|id| id == &**turn.id()), "{}", event.method());
        }
        let result = stream.result().await.unwrap();
        assert_eq!((&result.status, &*result.text), (&TurnStatus::Completed, "I have sent"));
        assert_eq!(kinds(&result), ["userMessage", "collabAgentToolCall", "agentMessage"]);
        child.open();
        let end = next(&mut events, |event| event.method() == "turn/completed").await;
        assert_eq!((end.thread_id(), end.turn_id()), (Some(&*agent), said.turn_id()));
        assert_eq!(codex.stats(), Stats::default());
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_overflows_leaves_the_result_whole() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.builder().max_buffered_bytes(16 * 1024).start().await.unwrap();
        let thread = codex.thread_start().await.unwrap();
        let query = "q".repeat(1000);
        let searches = (0..19)
            .fold(Reply::web_search(&*query), |reply, _| reply.and(Reply::web_search(&*query)));
        stage.model.reply(searches.and(Reply::text("found")));
        let turn = thread.turn("Search.").await.unwrap();
        let mut stream = turn.stream().unwrap();
        while turn.snapshot().status == TurnStatus::InProgress {
            tokio::task::yield_now().await;
        }
        let error = loop {
            if let Err(error) = stream.next().await.unwrap() {
                break error;
            }
        };
        assert!(matches!(error, Error::Overflow { limit: 16384, .. }), "{error:?}");
        assert!(stream.next().await.is_none());
        let result = stream.result().await.unwrap();
        assert_eq!((&result.status, &*result.text), (&TurnStatus::Completed, "found"));
        let searches = [&["userMessage"][..], &["webSearch"; 20], &["agentMessage"]].concat();
        assert_eq!(kinds(&result), searches);
        codex.close().await.unwrap();
    })
    .await;
}
