//! May a command run?

use super::{Stage, outcome, run, told, wary_thread};
use crate::guard::within;
use codex_sdk::ask::CommandApproval;
use codex_sdk::protocol::SandboxMode;
use codex_sdk::{AskForApproval, Event, PendingRequest};
use codex_testkit::Reply;

fn command(request: PendingRequest) -> CommandApproval {
    match request {
        PendingRequest::Command(request) => request,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_accepted_command_runs() {
    within(async {
        let stage = Stage::set().await;
        stage.model.reply(Reply::shell("touch marker")).reply(Reply::text("done"));
        let codex = stage.codex().await;
        let thread = wary_thread(&codex).await;
        let mut asked = 0;
        let result = run(&thread, |request| {
            asked += 1;
            let request = command(request);
            assert!(request.command().unwrap().ends_with("-lc 'touch marker'"), "{request:?}");
            assert_eq!(request.cwd(), stage.home.work_dir().to_str());
            assert_eq!(request.proposed_amendment().unwrap(), ["touch", "marker"]);
            assert_eq!(request.thread_id(), Some(&**thread.id()));
            assert!(request.accept());
        })
        .await;
        assert_eq!((asked, outcome(&result)), (1, ("completed", "done", vec!["completed"])));
        assert!(stage.home.work_dir().join("marker").exists());
        codex.close().await.unwrap();
    })
    .await;
}

/// Whether the sandbox holds what was accepted differs between runs of the server (0.169.0). Either way its item tells
/// what came of it.
#[tokio::test]
async fn what_came_of_an_accepted_command_that_the_sandbox_forbids_is_told() {
    within(async {
        let stage = Stage::set().await;
        stage.model.reply(Reply::shell("touch marker")).reply(Reply::text("done"));
        let codex = stage.codex().await;
        let start = codex.thread_start().sandbox(SandboxMode::ReadOnly);
        let thread = start.approval_policy(AskForApproval::Untrusted).await.unwrap();
        let mut asked = 0;
        let result = run(&thread, |request| {
            asked += 1;
            assert!(command(request).accept());
        })
        .await;
        let there = stage.home.work_dir().join("marker").exists();
        let status = if there { "completed" } else { "failed" };
        assert_eq!((asked, outcome(&result)), (1, ("completed", "done", vec![status])));
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_command_accepted_for_the_session_is_not_asked_for_again() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = wary_thread(&codex).await;
        let mut asked = 0;
        for _ in 0..2 {
            stage.model.reply(Reply::shell("echo x >> log")).reply(Reply::text("done"));
            let result = run(&thread, |request| {
                asked += 1;
                assert!(command(request).accept_for_session());
            })
            .await;
            assert_eq!((asked, outcome(&result)), (1, ("completed", "done", vec!["completed"])));
        }
        let log = std::fs::read_to_string(stage.home.work_dir().join("log")).unwrap();
        assert_eq!(log, "x\nx\n");

        // Another command is.
        stage.model.reply(Reply::shell("echo y >> log")).reply(Reply::text("no"));
        let result = run(&thread, |request| assert!(command(request).decline())).await;
        assert_eq!(outcome(&result), ("completed", "no", vec!["declined"]));
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_amendment_covers_the_commands_that_begin_so() {
    within(async {
        let stage = Stage::set().await;
        for line in ["mkdir one", "mkdir two", "touch three"] {
            stage.model.reply(Reply::shell(line));
        }
        stage.model.reply(Reply::text("done"));
        let codex = stage.codex().await;
        let thread = wary_thread(&codex).await;
        let mut asked = Vec::new();
        let result = run(&thread, |request| {
            let request = command(request);
            asked.push(request.proposed_amendment().unwrap().join(" "));
            assert!(match asked.len() {
                // Shorter than what is proposed.
                1 => request.accept_with_amendment(["mkdir"]),
                _ => request.decline(),
            });
        })
        .await;
        assert_eq!(asked, ["mkdir one", "touch three"]);
        let statuses = vec!["completed", "completed", "declined"];
        assert_eq!(outcome(&result), ("completed", "done", statuses));
        let work = stage.home.work_dir();
        let made = ["one", "two", "three"].map(|name| work.join(name).exists());
        assert_eq!(made, [true, true, false]);
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_declined_command_does_not_run_and_the_turn_goes_on() {
    within(async {
        let stage = Stage::set().await;
        stage.model.reply(Reply::shell("touch marker")).reply(Reply::text("then not"));
        let codex = stage.codex().await;
        let thread = wary_thread(&codex).await;
        let result = run(&thread, |request| assert!(command(request).decline())).await;
        assert_eq!(outcome(&result), ("completed", "then not", vec!["declined"]));
        assert!(!stage.home.work_dir().join("marker").exists());
        assert!(told(&stage)[0].contains("rejected"), "{:?}", told(&stage));
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_command_does_not_run_and_ends_the_turn() {
    within(async {
        let stage = Stage::set().await;
        stage.model.reply(Reply::shell("touch marker"));
        let codex = stage.codex().await;
        let thread = wary_thread(&codex).await;
        let result = run(&thread, |request| assert!(command(request).cancel())).await;
        assert_eq!(outcome(&result), ("interrupted", "", vec!["declined"]));
        assert!(!stage.home.work_dir().join("marker").exists());
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_dropped_command_approval_declines() {
    within(async {
        let stage = Stage::set().await;
        stage.model.reply(Reply::shell("touch marker")).reply(Reply::text("then not"));
        let codex = stage.codex().await;
        let thread = wary_thread(&codex).await;
        let result = run(&thread, drop).await;
        assert_eq!(outcome(&result), ("completed", "then not", vec!["declined"]));
        assert!(!stage.home.work_dir().join("marker").exists());
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_interrupt_withdraws_what_nobody_has_answered() {
    within(async {
        let stage = Stage::set().await;
        stage.model.reply(Reply::shell("touch marker"));
        let codex = stage.codex().await;
        let thread = wary_thread(&codex).await;
        let turn = thread.turn("Do it.").await.unwrap();
        let mut stream = turn.stream_with_requests().unwrap();
        let request = loop {
            if let Event::Request(request) = stream.next().await.unwrap().unwrap() {
                break command(request);
            }
        };
        assert!(!request.is_withdrawn());
        turn.interrupt().await.unwrap();
        request.withdrawn().await;
        assert!(request.is_withdrawn());
        assert!(!request.accept(), "too late");
        let result = stream.result().await.unwrap();
        // The item never ends.
        assert_eq!(outcome(&result), ("interrupted", "", vec![]));
        assert!(!stage.home.work_dir().join("marker").exists());
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn three_that_are_open_at_once_are_answered_out_of_order() {
    within(async {
        let stage = Stage::set().await;
        let calls = Reply::shell("touch one").and(Reply::shell("touch two"));
        stage.model.reply(calls.and(Reply::shell("touch three"))).reply(Reply::text("done"));
        let codex = stage.codex().await;
        let thread = wary_thread(&codex).await;
        let mut open = Vec::new();
        let result = run(&thread, |request| {
            open.push(command(request));
            if open.len() < 3 {
                return;
            }
            for request in open.drain(..).rev() {
                let refused = request.command().unwrap().contains("two");
                assert!(if refused { request.decline() } else { request.accept() });
            }
        })
        .await;
        let (status, text, mut statuses) = outcome(&result);
        statuses.sort_unstable();
        assert_eq!((status, text), ("completed", "done"));
        assert_eq!(statuses, ["completed", "completed", "declined"]);
        let work = stage.home.work_dir();
        let made = ["one", "two", "three"].map(|name| work.join(name).exists());
        assert_eq!(made, [true, false, true]);
        codex.close().await.unwrap();
    })
    .await;
}
