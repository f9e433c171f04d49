//! Turns on the real server.

use super::Stage;
use crate::guard::within;
use codex_sdk::{Event, ThreadItem, TurnStatus};
use codex_testkit::{Gate, Reply};

#[tokio::test]
async fn a_turn_of_200_deltas_arrives_complete_and_in_order() {
    within(async {
        let stage = Stage::set().await;
        let words: Vec<String> = (0..200).map(|n| format!("w{n} ")).collect();
        stage.model.reply(Reply::deltas(words.clone()));
        let codex = stage.codex().await;
        assert_eq!(codex.metadata().server_version, codex_runtime::PINNED_VERSION);

        let thread = codex.thread_start().await.unwrap();
        let turn = thread.turn("Count.").await.unwrap();
        let mut stream = turn.stream().unwrap();
        let (mut deltas, mut items, mut last) = (Vec::new(), Vec::new(), String::new());
        while let Some(event) = stream.next().await {
            let event = event.unwrap();
            assert!(matches!(event, Event::Notification(_)), "{event:?}");
            deltas.extend(event.text_delta().map(str::to_owned));
            items.extend(event.completed_item().cloned());
            last = event.method().to_owned();
        }
        assert_eq!(deltas, words);
        assert_eq!(last, "turn/completed");

        let result = stream.result().await.unwrap();
        assert_eq!(result.status, TurnStatus::Completed);
        assert_eq!(result.error, None);
        assert_eq!(result.text, words.concat());
        assert_eq!(result.items, items);
        let [user, assistant] = &*result.items else { panic!("{:?}", result.items) };
        assert!(matches!(&**user, ThreadItem::UserMessage(_)), "{user:?}");
        assert!(matches!(&**assistant, ThreadItem::AgentMessage(message) if message.text == words.concat()));
        let usage = result.usage.unwrap();
        assert_eq!(usage, result.thread_usage.unwrap().total);
        assert!(usage.total_tokens > 0);
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_conversation_goes_on_and_each_turn_has_its_own_usage() {
    within(async {
        let stage = Stage::set().await;
        stage.model.reply(Reply::text("one"));
        stage.model.reply(Reply::text("two"));
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        let first = thread.run("first").await.unwrap();
        let second = thread.run("second").await.unwrap();
        assert_eq!((&*first.text, &*second.text), ("one", "two"));
        let (first, second) = (first.usage.unwrap(), second.usage.unwrap());
        assert_eq!(first, second, "the model reports the same usage for each reply");

        // And again from a new client.
        let id = thread.id().clone();
        codex.close().await.unwrap();
        stage.model.reply(Reply::text("three"));
        let codex = stage.codex().await;
        let thread = codex.thread_resume(id.clone()).await.unwrap();
        assert_eq!(thread.id(), &id);
        let third = thread.run("third").await.unwrap();
        assert_eq!(third.text, "three");
        assert_eq!(third.usage.unwrap(), second, "the server tells the total right after a resume");
        let requests = stage.model.requests();
        assert_eq!(requests.last().unwrap().user_texts().len(), 3);
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn entries_of_the_configuration_can_be_overridden() {
    within(async {
        let stage = Stage::set().await;
        let overrides = ["model=\"another\"", "approval_policy=\"never\""];
        let codex = stage.builder().config_overrides(overrides).start().await.unwrap();
        let thread = codex.thread_start().await.unwrap();
        let settings = thread.settings();
        assert_eq!(settings.model, "another");
        assert_eq!(settings.approval_policy, codex_sdk::AskForApproval::Never);
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_run_after_a_dropped_stream_gives_the_whole_result() {
    within(async {
        let stage = Stage::set().await;
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["a", "b"]).hold(&gate).more(["c", "d"]));
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        let turn = thread.turn("hi").await.unwrap();
        let mut stream = turn.stream().unwrap();
        loop {
            if stream.next().await.unwrap().unwrap().text_delta() == Some("b") {
                break;
            }
        }
        drop(stream);
        gate.open();
        let result = turn.run().await.unwrap();
        assert_eq!((result.status, &*result.text), (TurnStatus::Completed, "abcd"));
        assert_eq!(result.items.len(), 2);
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_model_that_refuses_makes_a_failed_turn_with_its_error_as_data() {
    within(async {
        let stage = Stage::set().await;
        stage.model.reply(Reply::http_error(400, "the model says no"));
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        let result = thread.run("hi").await.unwrap();
        assert_eq!(result.status, TurnStatus::Failed);
        assert_eq!((&*result.text, result.usage), ("", None));
        let error = result.error.unwrap();
        assert!(error.message.contains("the model says no"), "{error:?}");

        stage.model.reply(Reply::text("better"));
        assert_eq!(thread.run("again").await.unwrap().text, "better");
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_command_is_run_where_that_is_allowed_and_declined_where_it_must_be_asked_for() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        for (approval, expected) in [
            (codex_sdk::AskForApproval::Never, "completed"),
            (codex_sdk::AskForApproval::Untrusted, "declined"),
        ] {
            stage.model.reply(Reply::shell("echo from-the-shell"));
            stage.model.reply(Reply::text("done"));
            let thread = codex.thread_start().approval_policy(approval).await.unwrap();
            let result = thread.run("run it").await.unwrap();
            assert_eq!((result.status, &*result.text), (TurnStatus::Completed, "done"));
            let statuses: Vec<_> = result
                .items
                .iter()
                .filter_map(|item| match &**item {
                    ThreadItem::CommandExecution(command) => Some(command.status.as_str()),
                    _ => None,
                })
                .collect();
            assert_eq!(statuses, [expected]);
        }
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_turn_may_be_part_of_a_trace() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let trace = codex_sdk::TraceContext::new().traceparent(parent);
        stage.model.reply(Reply::text("traced"));
        let result = thread.run("hi").trace_context(trace).await.unwrap();
        assert_eq!((result.status, &*result.text), (TurnStatus::Completed, "traced"));
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_client_without_deltas_has_the_whole_text_all_the_same() {
    within(async {
        let stage = Stage::set().await;
        let builder = stage.builder().opt_out_notification_methods(["item/agentMessage/delta"]);
        let codex = builder.start().await.unwrap();
        let thread = codex.thread_start().await.unwrap();
        stage.model.reply(Reply::deltas(["one ", "two ", "three"]));
        let turn = thread.turn("Count.").await.unwrap();
        let mut events = turn.stream().unwrap();
        let mut methods = Vec::new();
        while let Some(event) = events.next().await {
            methods.push(event.unwrap().method().to_owned());
        }
        assert!(!methods.iter().any(|method| method == "item/agentMessage/delta"), "{methods:?}");
        assert_eq!(events.result().await.unwrap().text, "one two three");
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_preset_decides_whether_a_file_can_be_written() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let file = stage.home.work_dir().join("written");
        let touch = format!("touch '{}'", file.display());
        let asks = Reply::shell_escalated(&*touch, "to write");
        let read_only = codex.thread_start().read_only();
        let full_access = codex.thread_start().danger_full_access();
        // The first has to ask, and nobody here says yes.
        let table =
            [(read_only, asks, "declined"), (full_access, Reply::shell(touch), "completed")];
        for (builder, reply, expected) in table {
            stage.model.reply(reply);
            stage.model.reply(Reply::text("done"));
            let result = builder.await.unwrap().run("write").await.unwrap();
            let statuses: Vec<_> = result
                .items
                .iter()
                .filter_map(|item| match &**item {
                    ThreadItem::CommandExecution(command) => Some(command.status.as_str()),
                    _ => None,
                })
                .collect();
            assert_eq!(statuses, [expected]);
            assert_eq!(file.exists(), expected == "completed");
        }
        codex.close().await.unwrap();
    })
    .await;
}
