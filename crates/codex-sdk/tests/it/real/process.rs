//! The life and death of the server's process.

use super::Stage;
use crate::guard::within;
use crate::processes::{ServerProcess, server_of};
use codex_sdk::protocol::ThreadLoadedListParams;
use codex_sdk::{Codex, Error, Thread, ThreadItem, TurnStatus};
use codex_testkit::{Gate, Reply};
use rustix::process::{Signal, kill_process};
use std::collections::BTreeSet;

#[tokio::test]
async fn close_leaves_no_process_behind() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let server = server_of(std::process::id(), &stage.home);
        codex.close().await.unwrap();
        assert!(!server.is_there());
    })
    .await;
}

#[tokio::test]
async fn dropping_everything_leaves_no_process_behind() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        let server = server_of(std::process::id(), &stage.home);
        drop(codex);
        assert!(server.is_there());
        drop(thread);
        server.ended().await;
    })
    .await;
}

#[test]
fn the_end_of_the_runtime_ends_the_process_and_every_call_answers_with_an_error() {
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let first = runtime();
    let stage = first.block_on(Stage::set());
    let (codex, thread) = first.block_on(async {
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        (codex, thread)
    });
    let server = server_of(std::process::id(), &stage.home);
    drop(first);
    runtime().block_on(within(async {
        server.ended().await;
        for error in [
            codex.request(ThreadLoadedListParams::default()).await.unwrap_err(),
            thread.turn("x").await.unwrap_err(),
            thread.run("x").await.unwrap_err(),
        ] {
            assert!(error.is_disconnected(), "{error}");
        }
        codex.close().await.unwrap();
    }));
}

#[tokio::test]
async fn a_killed_server_fails_the_turn_with_exit_status_and_stderr_and_every_later_call_too() {
    within(async {
        let stage = Stage::set().await;
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["seen "]).hold(&gate));
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        let turn = thread.turn("hi").await.unwrap();
        let mut stream = turn.stream().unwrap();
        while stream.next().await.unwrap().unwrap().text_delta() != Some("seen ") {}
        drop(stream);
        let run = turn.run();
        let server = server_of(std::process::id(), &stage.home);
        kill_process(server.pid, Signal::KILL).unwrap();

        let error = run.await.unwrap_err();
        let Error::Disconnected(cause) = &error else { panic!("{error:?}") };
        let status = cause.exit_status().unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9));
        let stderr = cause.stderr_tail().unwrap().to_owned();
        assert!(error.to_string().contains("signal: 9"), "{error}");
        assert!(error.to_string().contains(stderr.trim()), "{error}");

        let same = error.to_string();
        assert_eq!(turn.run().await.unwrap_err().to_string(), same);
        assert_eq!(thread.turn("x").await.unwrap_err().to_string(), same);
        let list = codex.request(ThreadLoadedListParams::default());
        assert_eq!(list.await.unwrap_err().to_string(), same);
        assert_eq!(turn.snapshot().text, "seen ");
        codex.close().await.unwrap();
        assert!(!server.is_there());
    })
    .await;
}

/// What the thread has heard, in order: each by the client's own id.
async fn heard(thread: &Thread) -> Vec<Option<String>> {
    let items = thread.items().stream().all().await.unwrap();
    let said = items.into_iter().filter_map(|entry| match entry.item {
        ThreadItem::UserMessage(message) => Some(message.client_id.clone()),
        _ => None,
    });
    said.collect()
}

#[tokio::test]
async fn after_a_loss_another_client_finds_by_its_own_id_what_was_heard() {
    within(async {
        let stage = Stage::set().await;
        let gate = Gate::new();
        stage.model.reply(Reply::text("Yes."));
        stage.model.reply(Reply::deltas(["seen "]).hold(&gate));
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        thread.run("Hello?").await.unwrap();
        let turn = thread.turn("Work.").client_user_message_id("job-1").await.unwrap();
        // It keeps what it was told before it asks the model.
        gate.reached().await.unwrap();
        kill_process(server_of(std::process::id(), &stage.home).pid, Signal::KILL).unwrap();
        assert!(turn.run().await.unwrap_err().is_disconnected());

        let codex = stage.codex().await;
        let thread = codex.thread_resume(thread.id().clone()).await.unwrap();
        assert_eq!(heard(&thread).await, [None, Some("job-1".to_owned())]);
        let turns = thread.turns().stream().all().await.unwrap();
        let ends: Vec<_> = turns.into_iter().map(|turn| turn.status).collect();
        assert_eq!(ends, [TurnStatus::Interrupted, TurnStatus::Completed]);

        stage.model.reply(Reply::text("Done."));
        assert_eq!(thread.run("Go on.").await.unwrap().text, "Done.");
        codex.close().await.unwrap();
    })
    .await;
}

/// The names of a process's environment variables.
fn variables(server: &ServerProcess) -> BTreeSet<String> {
    let environ = std::fs::read(format!("/proc/{}/environ", server.pid.as_raw_nonzero())).unwrap();
    let text = String::from_utf8(environ).unwrap();
    text.split_terminator('\0').map(|entry| entry.split_once('=').unwrap().0.to_owned()).collect()
}

#[tokio::test]
async fn a_server_inherits_the_variables_that_are_named_alone() {
    within(async {
        let stage = Stage::set().await;
        // Cargo sets it for every test, as a shell might set a secret.
        assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some());
        let given = stage.home.env().into_iter().map(|(name, _)| name.into_string().unwrap());
        let given: BTreeSet<String> = given.collect();
        let with_path: BTreeSet<String> = given.iter().cloned().chain(["PATH".into()]).collect();
        let inheriting = stage.builder().env_inherit(["PATH"]);
        for (builder, expected) in [(stage.builder().env_clear(), given), (inheriting, with_path)] {
            stage.model.reply(Reply::shell("echo it runs")).reply(Reply::text("done"));
            let codex = builder.start().await.unwrap();
            assert_eq!(variables(&server_of(std::process::id(), &stage.home)), expected);
            let result = codex.thread_start().await.unwrap().run("go").await.unwrap();
            assert_eq!(result.final_response(), Some("done"));
            let outputs = stage.model.requests().last().unwrap().tool_outputs();
            assert!(outputs[0].text.contains("it runs"), "{outputs:?}");
            codex.close().await.unwrap();
        }
        let codex = stage.codex().await;
        let all = variables(&server_of(std::process::id(), &stage.home));
        assert!(all.contains("CARGO_MANIFEST_DIR"), "{all:?}");
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_missing_binary_is_named_with_the_command_that_installs_one() {
    let error = Codex::builder().codex_bin("/no/such/codex").start().await.unwrap_err();
    assert!(matches!(error, Error::NoRuntime(_)), "{error:?}");
    let text = error.to_string();
    for part in ["/no/such/codex", "cargo xtask runtime install", "npm install -g @openai/codex"] {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
}

#[tokio::test]
async fn a_program_that_is_no_app_server_is_told_by_its_end() {
    within(async {
        let args = ["sh", "-c", "echo it is not me >&2; exit 3"];
        let error = Codex::builder().launch_args_override(args).start().await.unwrap_err();
        let Error::Disconnected(cause) = &error else { panic!("{error:?}") };
        assert_eq!(cause.exit_status().unwrap().code(), Some(3));
        assert_eq!(cause.stderr_tail().unwrap().trim(), "it is not me");
    })
    .await;
}

#[tokio::test]
async fn a_start_that_is_given_up_leaves_no_process_behind() {
    within(async {
        let stage = Stage::set().await;
        let mut config = stage.home.config();
        // It reads and never answers.
        config.launch_args_override = Some(["sh", "-c", "cat > /dev/null"].map(Into::into).into());
        let mut start = Box::pin(Codex::builder().config(config).start());
        let server: ServerProcess = std::future::poll_fn(|context| {
            assert!(start.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(server_of(std::process::id(), &stage.home))
        })
        .await;
        drop(start);
        server.ended().await;
    })
    .await;
}
