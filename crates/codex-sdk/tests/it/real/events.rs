//! What the real server says beside its turns.

use super::Stage;
use crate::guard::within;
use codex_sdk::protocol::ThreadSetNameParams;
use codex_sdk::{Stats, TurnStatus};
use codex_testkit::Reply;

#[tokio::test]
async fn a_turn_s_events_and_all_others_are_told_apart() {
    within(async {
        let stage = Stage::set().await;
        stage.model.reply(Reply::text("hello"));
        let codex = stage.codex().await;
        let mut events = codex.events();
        let thread = codex.thread_start().await.unwrap();
        let turn = thread.turn("hi").await.unwrap();
        let mut stream = turn.stream().unwrap();
        let mut own = Vec::new();
        while let Some(event) = stream.next().await {
            own.push(event.unwrap().method().to_owned());
        }
        assert_eq!(stream.result().await.unwrap().status, TurnStatus::Completed);
        codex.request(ThreadSetNameParams::new("a name", thread.id().clone())).await.unwrap();
        let mut others = Vec::new();
        while others.last().is_none_or(|method| method != "thread/name/updated") {
            others.push(events.next().await.unwrap().unwrap().method().to_owned());
        }
        assert!(own.iter().any(|method| method == "turn/started"), "{own:?}");
        for method in ["thread/started", "account/rateLimits/updated"] {
            assert!(others.iter().any(|other| other == method), "{method}: {others:?}");
            assert!(own.iter().all(|own| own != method), "{method}: {own:?}");
        }
        assert!(others.iter().all(|other| !other.starts_with("turn/")), "{others:?}");
        assert_eq!(codex.stats(), Stats::default());
        codex.close().await.unwrap();
    })
    .await;
}
