//! May files be changed?

use super::{Stage, outcome, run};
use crate::guard::within;
use codex_sdk::ask::FileChangeApproval;
use codex_sdk::{AskForApproval, Codex, PendingRequest, Thread};
use codex_testkit::Reply;

fn file_change(request: PendingRequest) -> FileChangeApproval {
    match request {
        PendingRequest::FileChange(request) => request,
        other => panic!("{other:?}"),
    }
}

/// A thread that may not write, and the patch that the model tries.
async fn thread(stage: &Stage, codex: &Codex) -> Thread {
    std::fs::write(stage.home.work_dir().join("list.txt"), "one\ntwo\n").unwrap();
    stage.model.reply(Reply::patch("*** Update File: list.txt\n@@\n one\n-two\n+2"));
    let start = codex.thread_start().approval_policy(AskForApproval::OnRequest);
    start.read_only().await.unwrap()
}

fn list(stage: &Stage) -> String {
    std::fs::read_to_string(stage.home.work_dir().join("list.txt")).unwrap()
}

#[tokio::test]
async fn the_diff_is_shown_and_an_accepted_change_is_made() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = thread(&stage, &codex).await;
        stage.model.reply(Reply::text("changed"));
        let result = run(&thread, |request| {
            let request = file_change(request);
            let [change] = request.changes().unwrap() else { panic!("{:?}", request.changes()) };
            assert_eq!(change.path, stage.home.work_dir().join("list.txt").to_str().unwrap());
            assert_eq!(change.diff, "@@ -1,2 +1,2 @@\n one\n-two\n+2\n");
            assert!(request.is_local());
            assert_eq!(list(&stage), "one\ntwo\n");
            assert!(request.accept());
        })
        .await;
        assert_eq!(outcome(&result), ("completed", "changed", vec!["completed"]));
        assert_eq!(list(&stage), "one\n2\n");
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn changes_accepted_for_the_session_are_not_asked_for_again() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = thread(&stage, &codex).await;
        stage.model.reply(Reply::patch("*** Update File: list.txt\n@@\n-one\n+1\n 2"));
        stage.model.reply(Reply::patch("*** Add File: other.txt\n+other"));
        stage.model.reply(Reply::text("changed"));
        let mut asked = 0;
        let result = run(&thread, |request| {
            asked += 1;
            let request = file_change(request);
            assert!(if asked == 1 { request.accept_for_session() } else { request.decline() });
        })
        .await;
        assert_eq!(asked, 2, "for the other file");
        let statuses = vec!["completed", "completed", "declined"];
        assert_eq!(outcome(&result), ("completed", "changed", statuses));
        assert_eq!(list(&stage), "1\n2\n");
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_declined_change_is_not_made_and_the_turn_goes_on() {
    within(async {
        for dropped in [false, true] {
            let stage = Stage::set().await;
            let codex = stage.codex().await;
            let thread = thread(&stage, &codex).await;
            stage.model.reply(Reply::text("then not"));
            let result = run(&thread, |request| {
                let request = file_change(request);
                assert!(request.changes().is_some());
                if !dropped {
                    assert!(request.decline());
                }
            })
            .await;
            assert_eq!(outcome(&result), ("completed", "then not", vec!["declined"]));
            assert_eq!(list(&stage), "one\ntwo\n");
            codex.close().await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_change_is_not_made_and_ends_the_turn() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = thread(&stage, &codex).await;
        let result = run(&thread, |request| assert!(file_change(request).cancel())).await;
        // The item never ends.
        assert_eq!(outcome(&result), ("interrupted", "", vec![]));
        assert_eq!(list(&stage), "one\ntwo\n");
        codex.close().await.unwrap();
    })
    .await;
}
