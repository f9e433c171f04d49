//! Steering and interrupting on the real server.

use super::Stage;
use crate::guard::within;
use codex_sdk::{ThreadItem, TurnStatus};
use codex_testkit::{Gate, Reply};

#[tokio::test]
async fn an_interrupt_ends_the_turn_and_keeps_what_was_said() {
    within(async {
        let stage = Stage::set().await;
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["said "]).hold(&gate).more(["never"]));
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        let turn = thread.turn("hi").await.unwrap();
        let mut stream = turn.stream().unwrap();
        while stream.next().await.unwrap().unwrap().text_delta() != Some("said ") {}
        turn.interrupt().await.unwrap();
        let result = stream.result().await.unwrap();
        assert_eq!((result.status, &*result.text), (TurnStatus::Interrupted, "said "));
        assert_eq!(result.error, None);
        // Over already: no error, and nothing is sent that could hit the next turn.
        turn.interrupt().await.unwrap();

        stage.model.reply(Reply::text("next"));
        assert_eq!(thread.run("again").await.unwrap().text, "next");
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_interrupt_right_after_the_start_is_not_refused() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        for _ in 0..5 {
            stage.model.on("early").reply(Reply::silence());
            let turn = thread.turn("early").await.unwrap();
            turn.interrupt().await.unwrap();
            assert_eq!(turn.run().await.unwrap().status, TurnStatus::Interrupted);
        }
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_steer_is_taken_up_in_the_same_turn() {
    within(async {
        let stage = Stage::set().await;
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["first "]).hold(&gate).more(["half"]));
        stage.model.on("more").reply(Reply::text("second"));
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        let turn = thread.turn("hi").await.unwrap();
        let mut stream = turn.stream().unwrap();
        while stream.next().await.unwrap().unwrap().text_delta() != Some("first ") {}
        turn.steer("more").await.unwrap();
        gate.open();
        let result = stream.result().await.unwrap();
        assert_eq!(result.status, TurnStatus::Completed);
        assert!(result.text.ends_with("second"), "{}", result.text);
        let said: Vec<_> = result
            .items
            .iter()
            .filter(|item| matches!(&***item, ThreadItem::UserMessage(_)))
            .collect();
        assert_eq!(said.len(), 2, "{:?}", result.items);
        assert!(turn.steer("too late").await.unwrap_err().rpc_code().is_some());
        codex.close().await.unwrap();
    })
    .await;
}
