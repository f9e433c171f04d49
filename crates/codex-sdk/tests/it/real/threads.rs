//! Threads that the real server keeps: listed, read, forked, put away.

use super::Stage;
use crate::guard::within;
use codex_sdk::protocol::{self, SortDirection, ThreadGoalStatus, TurnItemsView};
use codex_sdk::{AskForApproval, Codex, Error, SandboxPolicy, Thread, ThreadItem};
use codex_testkit::{CodexHome, Reply};

/// A thread with a turn for each of these prompts, which the model repeats.
async fn thread_with_turns(stage: &Stage, codex: &Codex, prompts: &[&str]) -> Thread {
    let thread = codex.thread_start().await.unwrap();
    for prompt in prompts {
        stage.model.reply(Reply::text(format!("re: {prompt}")));
        let result = thread.run(*prompt).await.unwrap();
        assert_eq!(result.text, format!("re: {prompt}"));
    }
    thread
}

/// What the user said in each turn.
fn prompts(turns: &[protocol::Turn]) -> Vec<String> {
    let texts = turns.iter().flat_map(|turn| &turn.items).filter_map(|item| match item {
        ThreadItem::UserMessage(message) => Some(&message.content),
        _ => None,
    });
    texts
        .flatten()
        .map(|input| match input {
            protocol::UserInput::Text(text) => text.text.clone(),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn threads_are_listed_page_after_page_archived_taken_back_and_deleted() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let mut ids = Vec::new();
        for n in 0..5 {
            let thread = thread_with_turns(&stage, &codex, &[&format!("prompt {n}")]).await;
            ids.push(thread.id().clone());
        }

        let page = codex.thread_list().limit(2).await.unwrap();
        assert_eq!(page.data.len(), 2);
        assert!(page.next_cursor.is_some());
        let list = || codex.thread_list().sort_direction(SortDirection::Asc);
        let listed = |threads: Vec<protocol::Thread>| {
            threads.into_iter().map(|thread| thread.id).collect::<Vec<_>>()
        };
        assert_eq!(listed(list().limit(2).stream().all().await.unwrap()), ids);
        let mut loaded = codex.loaded_threads().limit(2).stream().all().await.unwrap();
        loaded.sort();
        let mut expected: Vec<_> = ids.iter().map(ToString::to_string).collect();
        expected.sort();
        assert_eq!(loaded, expected);

        codex.thread_archive(ids[1].clone()).await.unwrap();
        let others = [&ids[0], &ids[2], &ids[3], &ids[4]].map(Clone::clone);
        assert_eq!(listed(list().stream().all().await.unwrap()), others);
        assert_eq!(listed(list().archived(true).stream().all().await.unwrap()), ids[1..2]);
        let back = codex.thread_unarchive(ids[1].clone()).await.unwrap();
        assert_eq!(back.id, ids[1]);
        assert_eq!(list().stream().all().await.unwrap().len(), 5);

        stage.model.reply(Reply::text("goes on"));
        let thread = codex.thread_resume(back.id).await.unwrap();
        assert_eq!(thread.run("more").await.unwrap().text, "goes on");

        thread.delete().await.unwrap();
        assert_eq!(listed(list().stream().all().await.unwrap()), others);
        let error = codex.thread_resume(ids[1].clone()).await.unwrap_err();
        assert_eq!((error.rpc_code(), error.method()), (Some(-32600), Some("thread/resume")));
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_thread_is_named_and_read_with_its_turns_and_items() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        let early = thread.read().include_turns(true).await.unwrap_err();
        assert_eq!(early.rpc_code(), Some(-32601), "{early}");

        let thread = thread_with_turns(&stage, &codex, &["one", "two", "three"]).await;
        thread.set_name("a name").await.unwrap();
        let read = thread.read().await.unwrap();
        assert_eq!((read.name.as_deref(), read.turns.len()), (Some("a name"), 0));
        let read = thread.read().include_turns(true).await.unwrap();
        assert_eq!(prompts(&read.turns), ["one", "two", "three"]);

        let turns = thread.turns().limit(2).items_view(TurnItemsView::Full);
        let newest = turns.clone().await.unwrap();
        assert_eq!(prompts(&newest.data), ["three", "two"]);
        assert_eq!(prompts(&turns.stream().all().await.unwrap()), ["three", "two", "one"]);

        let items = thread.items().limit(4).sort_direction(SortDirection::Asc).stream();
        let items = items.all().await.unwrap();
        let kinds: Vec<_> = items.iter().map(|entry| entry.item.kind()).collect();
        assert_eq!(kinds, ["userMessage", "agentMessage"].repeat(3));
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_fork_has_the_history_up_to_a_turn_and_settings_of_its_own() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = thread_with_turns(&stage, &codex, &["one", "two"]).await;
        let turns = thread.turns().sort_direction(SortDirection::Asc).await.unwrap().data;

        let whole = thread.fork().workspace_write().await.unwrap();
        assert_ne!(whole.id(), thread.id());
        assert_eq!(whole.settings().approval_policy, AskForApproval::OnRequest);
        let SandboxPolicy::WorkspaceWrite(_) = whole.settings().sandbox else {
            panic!("{:?}", whole.settings());
        };
        let first = codex.thread_fork(thread.id().clone()).last_turn_id(turns[0].id.clone());
        let first = first.await.unwrap();
        for (fork, expected) in [(&whole, &["one", "two"][..]), (&first, &["one"][..])] {
            let read = fork.read().include_turns(true).await.unwrap();
            assert_eq!(prompts(&read.turns), expected);
            assert_eq!(read.forked_from_id.as_ref(), Some(thread.id()));
        }

        stage.model.reply(Reply::text("forked"));
        let result = first.run("three").await.unwrap();
        assert_eq!(result.text, "forked");
        // The model reports the same usage for each reply; what the source has used is not counted.
        let total = result.thread_usage.unwrap().total.total_tokens;
        assert_eq!(result.usage.unwrap().total_tokens * 2, total);
        assert_eq!(stage.model.requests().last().unwrap().user_texts(), ["one", "three"]);
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_reverted_thread_goes_on_from_before_the_turn() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = thread_with_turns(&stage, &codex, &["one", "two", "three"]).await;
        let turns = thread.turns().sort_direction(SortDirection::Asc).await.unwrap().data;

        let reverted = thread.revert(turns[1].id.clone()).await.unwrap();
        assert_eq!(&reverted.id, thread.id());
        let read = thread.read().include_turns(true).await.unwrap();
        assert_eq!(prompts(&read.turns), ["one"]);
        stage.model.reply(Reply::text("again"));
        let result = thread.run("other").await.unwrap();
        assert_eq!(result.text, "again");
        assert_eq!(
            result.usage, None,
            "the server takes two turns off its total, and does not say so"
        );
        assert_eq!(stage.model.requests().last().unwrap().user_texts(), ["one", "other"]);

        let error = thread.revert("no-such-turn").await.unwrap_err();
        assert!(matches!(error, Error::Rpc { method: "thread/revert", .. }), "{error:?}");
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_thread_has_a_goal_until_it_is_taken_away() {
    within(async {
        let mut stage = Stage::set().await;
        stage.home = CodexHome::builder(&stage.model).feature("goals", true).build().unwrap();
        let codex = stage.codex().await;
        let thread = thread_with_turns(&stage, &codex, &["one"]).await;
        assert_eq!(thread.goal().await.unwrap(), None);

        // Paused, so that the server does not pursue it in turns of its own.
        let set = thread.set_goal("be done").status(ThreadGoalStatus::Paused).token_budget(Some(9));
        let set = set.await.unwrap();
        assert_eq!((&*set.objective, set.token_budget), ("be done", Some(9)));
        assert_eq!(set.status, ThreadGoalStatus::Paused);
        assert_eq!(thread.goal().await.unwrap(), Some(set));
        let done = thread.set_goal_status(ThreadGoalStatus::Complete).await.unwrap();
        assert_eq!((&*done.objective, done.status), ("be done", ThreadGoalStatus::Complete));

        assert!(thread.clear_goal().await.unwrap());
        assert_eq!(thread.goal().await.unwrap(), None);
        assert!(!thread.clear_goal().await.unwrap());
        codex.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn models_servers_skills_and_profiles_are_listed() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let visible = codex.models().limit(1).stream().all().await.unwrap();
        let all = codex.models().include_hidden(true).await.unwrap().data;
        assert!(!visible.is_empty() && visible.len() <= all.len(), "{visible:?}, {all:?}");
        assert!(visible.iter().all(|model| !model.hidden), "{visible:?}");

        assert_eq!(codex.mcp_servers().stream().all().await.unwrap().len(), 0);
        let skills = codex.skills().cwds([stage.home.work_dir().display().to_string()]);
        assert_eq!(skills.await.unwrap().data.len(), 1, "one entry for one directory");
        assert_eq!(codex.thread_search("no such words").stream().all().await.unwrap().len(), 0);
        let profiles = codex.permission_profiles().stream().all().await.unwrap();
        assert!(!profiles.is_empty());
        let thread = codex.thread_start().await.unwrap();
        assert_eq!(thread.background_terminals().stream().all().await.unwrap().len(), 0);
        codex.close().await.unwrap();
    })
    .await;
}
