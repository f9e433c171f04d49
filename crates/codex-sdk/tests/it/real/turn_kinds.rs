//! Compactions, reviews, turns that are joined, taken up and given up, on the real server.

use super::Stage;
use crate::guard::within;
use codex_sdk::protocol::CustomReviewTarget;
use codex_sdk::{
    Codex, ConsumerScope, Error, PendingRequest, Stats, Thread, ThreadItem, TurnLimit, TurnStatus,
};
use codex_testkit::{CodexHome, Gate, Reply};
use std::time::Duration;

async fn assert_busy(thread: &Thread) {
    let starts = [
        thread.turn("x").await,
        thread.compact().await,
        thread.review(CustomReviewTarget::new("x")).await,
    ];
    for start in starts {
        assert!(matches!(start, Err(Error::TurnActive { .. })), "{start:?}");
    }
}

async fn assert_free(stage: &Stage, thread: &Thread) {
    stage.model.reply(Reply::text("free"));
    assert_eq!(thread.run("are you free?").await.unwrap().text, "free");
    assert_eq!(thread.codex().stats(), Stats::default());
}

#[tokio::test]
async fn a_compaction_is_a_turn_during_which_no_other_starts() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        assert_free(&stage, &thread).await;
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["sum"]).hold(&gate).more(["mary"]));
        // Two at once: the server would give up the first for the second.
        let (first, second) = tokio::join!(thread.compact().send(), thread.compact().send());
        assert!(matches!(second, Err(Error::TurnActive { .. })), "{second:?}");
        let compaction = first.unwrap();
        gate.reached().await.unwrap();
        assert_busy(&thread).await;
        gate.open();
        let result = compaction.run().await.unwrap();
        assert_eq!(result.status, TurnStatus::Completed);
        let kinds: Vec<_> = result.items.iter().map(|item| item.kind()).collect();
        assert_eq!(kinds, ["contextCompaction"]);
        assert_free(&stage, &thread).await;

        // Interrupted.
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["sum"]).hold(&gate).more(["mary"]));
        let compaction = thread.compact().await.unwrap();
        gate.reached().await.unwrap();
        compaction.interrupt().await.unwrap();
        assert_eq!(compaction.run().await.unwrap().status, TurnStatus::Interrupted);
        assert_free(&stage, &thread).await;
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_review_is_a_turn_that_can_be_interrupted() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        let target = || CustomReviewTarget::new("Look.");
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["plain "]).hold(&gate).more(["words"]));
        let review = thread.review(target()).await.unwrap();
        gate.reached().await.unwrap();
        assert_busy(&thread).await;
        gate.open();
        let result = review.run().await.unwrap();
        assert_eq!((result.status, &*result.text), (TurnStatus::Completed, "plain words"));
        assert_free(&stage, &thread).await;

        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["a"]).hold(&gate).more(["never"]));
        let review = thread.review(target()).await.unwrap();
        gate.reached().await.unwrap();
        review.interrupt().await.unwrap();
        assert_eq!(review.run().await.unwrap().status, TurnStatus::Interrupted);
        assert_free(&stage, &thread).await;
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_turn_that_runs_is_joined_where_that_was_asked_for() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["first "]).hold(&gate).more(["half"]));
        stage.model.on("more").reply(Reply::text("second"));
        // Pipelined, one is refused and one joins.
        let (turn, refused, joined) =
            tokio::join!(thread.turn("hi").send(), thread.turn("not sent").send(), async {
                gate.reached().await.unwrap();
                thread.turn("more").join_running(true).await
            });
        assert!(matches!(refused, Err(Error::TurnActive { turn_id: None, .. })), "{refused:?}");
        let (turn, joined) = (turn.unwrap(), joined.unwrap());
        assert_eq!(turn.id(), joined.id());
        gate.open();
        let result = joined.run().await.unwrap();
        assert_eq!(result.status, TurnStatus::Completed);
        assert!(result.text.ends_with("second"), "{}", result.text);
        assert_eq!(turn.run().await.unwrap().text, result.text);
        assert_free(&stage, &thread).await;
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_turn_whose_handles_are_gone_is_taken_up_again_whole() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        let gate = Gate::new();
        stage.model.reply(Reply::commentary("First. ").and(Reply::shell("echo hello")));
        stage.model.reply(Reply::deltas(["the "]).hold(&gate).more(["end"]));
        let turn = thread.turn("hi").await.unwrap();
        let turn_id = turn.id().clone();
        gate.reached().await.unwrap();
        drop(turn);
        let turn = thread.attach(turn_id.clone()).await.unwrap();
        assert_busy(&thread).await;
        gate.open();
        let result = turn.run().await.unwrap();
        assert_eq!((&result.status, &*result.text), (&TurnStatus::Completed, "First. the end"));
        assert_eq!(result.final_response(), Some("the end"));
        assert_eq!(result.usage, None, "what it used before is not known");
        let kinds: Vec<_> = result.items.iter().map(|item| item.kind()).collect();
        assert_eq!(kinds, ["userMessage", "agentMessage", "commandExecution", "agentMessage"]);
        drop(turn);
        // And once more after its end, of which nobody here knows any more.
        let again = thread.attach(turn_id.clone()).await.unwrap().run().await.unwrap();
        assert_eq!((again.status, again.items.len()), (TurnStatus::Completed, 4));
        assert_eq!(again.text, result.text);
        assert_eq!(again.usage, None, "nor is it now");
        let said = thread.attach(turn_id).retain_items(false).await.unwrap().run().await.unwrap();
        let kinds: Vec<_> = said.items.iter().map(|item| item.kind()).collect();
        assert_eq!((kinds, said.text), (vec!["agentMessage"; 2], result.text));
        let missing = thread.attach("no-such-turn").await.unwrap_err();
        assert!(matches!(missing, Error::TurnNotFound { .. }), "{missing:?}");
        assert_free(&stage, &thread).await;
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_turn_that_is_taken_up_in_the_middle_of_a_command_has_it_once() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let mut requests = codex.requests();
        let thread = codex.thread_start().read_only().await.unwrap();
        stage.model.reply(Reply::shell_escalated("echo hello", "to greet"));
        stage.model.reply(Reply::text("the end"));
        let turn = thread.turn("hi").await.unwrap();
        let turn_id = turn.id().clone();
        let Some(PendingRequest::Command(request)) = requests.next().await else { panic!() };
        drop(turn);
        let turn = thread.attach(turn_id).await.unwrap();
        assert!(request.accept());
        let result = turn.run().await.unwrap();
        assert_eq!((&result.status, &*result.text), (&TurnStatus::Completed, "the end"));
        let items: Vec<_> = result.items.iter().map(|item| (item.kind(), ended(item))).collect();
        assert_eq!(
            items,
            [("userMessage", None), ("commandExecution", Some(0)), ("agentMessage", None)]
        );
        codex.close().await.unwrap();
    })
    .await;
}

/// The exit code of a command.
fn ended(item: &ThreadItem) -> Option<i32> {
    match item {
        ThreadItem::CommandExecution(command) => command.exit_code,
        _ => None,
    }
}

#[tokio::test]
async fn a_turn_that_nobody_waits_for_is_interrupted_where_that_was_chosen() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["a"]).hold(&gate).more(["never"]));
        let turn = thread.turn("hi").interrupt_on_drop(true).await.unwrap();
        let mut stream = turn.stream().unwrap();
        while stream.next().await.unwrap().unwrap().text_delta() != Some("a") {}
        drop(stream);
        let result = turn.run().await.unwrap();
        assert_eq!((result.status, &*result.text), (TurnStatus::Interrupted, "a"));
        assert_free(&stage, &thread).await;
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_model_that_is_not_there_ends_in_a_time_limit_for_the_server_tries_for_ever() {
    within(async {
        let stage = Stage::set().await;
        // Bound, so that nobody else gets the port, and not listening.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let gone = socket.local_addr().unwrap();
        let home = CodexHome::builder(&stage.model)
            .feature("unbounded_connection_retries", true)
            .retries(2, 2)
            .build()
            .unwrap();
        let endpoint = format!("model_providers.scripted.base_url=\"http://{gone}/v1\"");
        let codex = Codex::builder()
            .config(home.config())
            .config_overrides([endpoint])
            .consumer_scope(ConsumerScope::PerTurn)
            .start()
            .await
            .unwrap();
        for (limit, expected) in [(2, TurnLimit::Deadline), (5, TurnLimit::Idle)] {
            let thread = codex.thread_start().await.unwrap();
            let start = thread.turn("hi");
            let after = Duration::from_secs(limit);
            let turn = match expected {
                TurnLimit::Deadline => start.deadline(after).await.unwrap(),
                _ => start.idle_timeout(after).await.unwrap(),
            };
            match turn.run().await {
                Err(Error::TurnTimeout { limit, after: waited, partial }) => {
                    assert_eq!((limit, waited), (expected, after));
                    assert_eq!((&partial.turn_id, &*partial.text), (turn.id(), ""));
                }
                other => panic!("{other:?}"),
            }
            while turn.snapshot().status == TurnStatus::InProgress {
                tokio::task::yield_now().await;
            }
            assert_eq!(turn.snapshot().status, TurnStatus::Interrupted);
        }
        codex.close().await.unwrap();
    })
    .await;
}
