//! The consumer's slot on the real server.

use super::Stage;
use crate::guard::within;
use codex_sdk::{ConsumerScope, Error, TurnStatus};
use codex_testkit::{Gate, Reply};

#[tokio::test]
async fn the_slot_is_taken_at_the_call_and_free_after_end_failure_and_drop() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();

        // While one is live, none else.
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["a"]).hold(&gate).more(["b"]));
        let turn = thread.turn("held").await.unwrap();
        let stream = turn.stream().unwrap();
        gate.reached().await.unwrap();
        let refused = turn.stream().unwrap_err();
        assert!(
            matches!(&refused, Error::ConsumerActive { active: Some(active), requested: Some(requested) }
                if active == turn.id() && requested == turn.id()),
            "{refused:?}"
        );
        let asked = stage.model.requests().len();
        let other = codex.thread_start().await.unwrap();
        assert!(matches!(other.run("not sent").await, Err(Error::ConsumerActive { .. })));
        assert_eq!(stage.model.requests().len(), asked, "no turn was paid for");

        // Dropped, and then finished.
        drop(stream);
        gate.open();
        assert_eq!(turn.run().await.unwrap().text, "ab");

        // Finished, so that a failure can follow, and after that anything.
        stage.model.reply(Reply::http_error(400, "no"));
        assert_eq!(thread.run("fails").await.unwrap().status, TurnStatus::Failed);
        stage.model.reply(Reply::text("works"));
        assert_eq!(thread.run("works").await.unwrap().text, "works");
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn turns_of_several_threads_run_side_by_side_where_that_was_chosen() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.builder().consumer_scope(ConsumerScope::PerTurn).start().await.unwrap();
        let gates = [Gate::new(), Gate::new()];
        let mut streams = Vec::new();
        for gate in &gates {
            stage.model.reply(Reply::deltas(["a"]).hold(gate).more(["b"]));
            let thread = codex.thread_start().await.unwrap();
            let turn = thread.turn("hi").await.unwrap();
            streams.push(turn.stream().unwrap());
            gate.reached().await.unwrap();
        }
        // Ended in the other order than started.
        for (gate, mut stream) in gates.iter().zip(streams).rev() {
            gate.open();
            let mut text = String::new();
            while let Some(event) = stream.next().await {
                let event = event.unwrap();
                assert_eq!(event.thread_id().unwrap_or_default(), &**stream.turn().thread().id());
                text.push_str(event.text_delta().unwrap_or_default());
            }
            assert_eq!(text, "ab");
        }
        codex.close().await.unwrap();
    })
    .await;
}
