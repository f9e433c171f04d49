//! Rules on a server of this machine.

use super::{Stage, outcome, wary_thread};
use crate::guard::within;
use codex_sdk::{AskForApproval, Codex, approvals};
use codex_testkit::Reply;

#[tokio::test]
async fn a_command_that_a_rule_names_runs_and_one_with_more_behind_it_does_not() {
    within(async {
        let stage = Stage::set().await;
        let work = stage.home.work_dir();
        let rules =
            approvals::rules().allow_command(["touch", "marker"]).allow_changes_under(&work);
        let builder = Codex::builder().config(stage.home.config()).request_handler(rules);
        let codex = builder.start().await.unwrap();
        let thread = wary_thread(&codex).await;
        stage.model.reply(Reply::shell("touch marker"));
        stage.model.reply(Reply::shell("touch marker; touch other"));
        stage.model.reply(Reply::text("done"));
        let result = thread.run("Do it.").await.unwrap();
        assert_eq!(outcome(&result), ("completed", "done", vec!["completed", "declined"]));
        assert!(work.join("marker").exists());
        assert!(!work.join("other").exists());
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn files_are_changed_below_the_root_alone() {
    within(async {
        let stage = Stage::set().await;
        let work = stage.home.work_dir();
        std::fs::create_dir(work.join("root")).unwrap();
        let rules = approvals::rules().allow_changes_under(work.join("root"));
        let builder = Codex::builder().config(stage.home.config()).request_handler(rules);
        let codex = builder.start().await.unwrap();
        let start = codex.thread_start().approval_policy(AskForApproval::OnRequest);
        let thread = start.read_only().await.unwrap();
        for file in ["root/in.txt", "root/../out.txt", "out.txt"] {
            stage.model.reply(Reply::patch(format!("*** Add File: {file}\n+new")));
        }
        stage.model.reply(Reply::text("done"));
        let result = thread.run("Do it.").await.unwrap();
        let statuses = vec!["completed", "declined", "declined"];
        assert_eq!(outcome(&result), ("completed", "done", statuses));
        assert!(work.join("root/in.txt").exists());
        assert!(!work.join("out.txt").exists());
        codex.close().await.unwrap();
    })
    .await;
}
