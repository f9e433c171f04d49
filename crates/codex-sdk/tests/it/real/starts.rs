//! Starts on a busy thread, and starts whose caller went away.

use super::Stage;
use crate::guard::within;
use codex_sdk::{Error, Thread, Turn, TurnStatus};
use codex_testkit::{Gate, Reply};
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

fn poll_once(call: impl Future) {
    let mut context = Context::from_waker(Waker::noop());
    assert!(pin!(call).poll(&mut context).is_pending());
}

/// Starts a turn as soon as the thread is free. What is refused until then costs nothing.
async fn start_when_free(thread: &Thread, prompt: &str) -> Turn {
    loop {
        match thread.turn(prompt).await {
            Ok(turn) => return turn,
            Err(Error::TurnActive { .. }) => tokio::task::yield_now().await,
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test]
async fn of_two_starts_at_once_one_is_refused_and_its_words_are_not_sent() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["a"]).hold(&gate).more(["b"]));
        let (first, second) =
            tokio::join!(thread.turn("first").send(), thread.turn("second").send());
        let turn = first.unwrap();
        assert!(matches!(second, Err(Error::TurnActive { turn_id: None, .. })), "{second:?}");
        gate.reached().await.unwrap();
        let third = thread.run("third").await;
        assert!(
            matches!(&third, Err(Error::TurnActive { turn_id: Some(id), .. }) if id == turn.id()),
            "{third:?}"
        );
        gate.open();
        assert_eq!(turn.run().await.unwrap().text, "ab");
        stage.model.reply(Reply::text("free"));
        assert_eq!(thread.run("fourth").await.unwrap().text, "free");
        let requests = stage.model.requests();
        let asked: Vec<_> = requests.iter().map(|request| request.user_texts()).collect();
        assert_eq!(asked, [vec!["first"], vec!["first", "fourth"]]);
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_start_that_was_dropped_on_its_way_keeps_the_thread_busy_until_its_turn_ends() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        // Its bytes have not left: there is no turn.
        drop(thread.turn("never sent").send());
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["a"]).hold(&gate).more(["b"]));
        poll_once(thread.turn("dropped").send());
        let busy = thread.turn("x").await;
        assert!(matches!(busy, Err(Error::TurnActive { .. })), "{busy:?}");
        gate.reached().await.unwrap();
        // From the answer to the start on, its turn is named. Answers to others may overtake it.
        loop {
            match thread.turn("x").await {
                Err(Error::TurnActive { turn_id: Some(_), .. }) => break,
                Err(Error::TurnActive { .. }) => tokio::task::yield_now().await,
                other => panic!("{other:?}"),
            }
        }
        stage.model.reply(Reply::text("free"));
        gate.open();
        let turn = start_when_free(&thread, "next").await;
        let result = turn.run().await.unwrap();
        assert_eq!((&result.status, &*result.text), (&TurnStatus::Completed, "free"));
        let requests = stage.model.requests();
        assert_eq!(requests[1].user_texts(), ["dropped", "next"]);
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_start_that_was_dropped_on_its_way_is_interrupted_where_that_was_chosen() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        for _ in 0..5 {
            stage.model.on("dropped").reply(Reply::silence());
            poll_once(thread.run("dropped").interrupt_on_drop(true).send());
            // Nothing else would end its turn.
            stage.model.on("next").reply(Reply::text("free"));
            assert_eq!(start_when_free(&thread, "next").await.run().await.unwrap().text, "free");
        }
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_run_that_is_dropped_frees_its_slot_and_not_its_thread() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        let other = codex.thread_start().await.unwrap();
        let gate = Gate::new();
        stage.model.on("held").reply(Reply::deltas(["a"]).hold(&gate).more(["b"]));
        let run = tokio::spawn(thread.run("held").send());
        gate.reached().await.unwrap();
        assert!(matches!(other.run("not sent").await, Err(Error::ConsumerActive { .. })));
        run.abort();
        assert!(run.await.unwrap_err().is_cancelled());
        stage.model.on("other").reply(Reply::text("mine now"));
        assert_eq!(other.run("other").await.unwrap().text, "mine now");
        let busy = thread.run("x").await;
        assert!(matches!(busy, Err(Error::TurnActive { turn_id: Some(_), .. })), "{busy:?}");
        stage.model.on("next").reply(Reply::text("free"));
        gate.open();
        assert_eq!(start_when_free(&thread, "next").await.run().await.unwrap().text, "free");
        codex.close().await.unwrap();
    })
    .await;
}
