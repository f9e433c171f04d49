//! Steering and interrupting on the real server.

use super::Stage;
use crate::guard::within;
use codex_sdk::protocol::{ListMcpServerStatusParams, ThreadLoadedListParams};
use codex_sdk::{Codex, ThreadItem, TurnStatus};
use codex_testkit::{CodexHome, Gate, Reply};

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

#[tokio::test]
async fn an_interrupt_passes_64_requests_that_the_server_is_long_about() {
    within(async {
        let stage = Stage::set().await;
        // A server of tools that is not there, and from some time on never says whether it is.
        let mute = stage.home.work_dir().join("mute");
        let script = r#"[ -e "$0" ] && cat >/dev/null; exit 1"#;
        let args = serde_json::json!(["-c", script, mute]);
        let server = format!(
            "[mcp_servers.mute]\ncommand = \"sh\"\nargs = {args}\nstartup_timeout_sec = 600"
        );
        let home = CodexHome::builder(&stage.model).config(server).build().unwrap();
        let codex = Codex::builder().config(home.config()).start().await.unwrap();
        let thread = codex.thread_start().await.unwrap();
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["a"]).hold(&gate).more(["never"]));
        let turn = thread.turn("hi").await.unwrap();
        gate.reached().await.unwrap();
        std::fs::write(&mute, "").unwrap();
        let list = || codex.request(ListMcpServerStatusParams::default()).send();
        let long: Vec<_> = (0..64).map(|_| tokio::spawn(list())).collect();
        let waits = tokio::spawn(codex.request(ThreadLoadedListParams::default()).send());
        // Both have begun: they were spawned before.
        tokio::spawn(async {}).await.unwrap();
        turn.interrupt().await.unwrap();
        assert_eq!(turn.run().await.unwrap().status, TurnStatus::Interrupted);
        assert!(long.iter().all(|call| !call.is_finished()), "they are still out");
        assert!(!waits.is_finished(), "no place is free");
        codex.close().await.unwrap();
        for call in long {
            assert!(call.await.unwrap().unwrap_err().is_disconnected());
        }
    })
    .await;
}
