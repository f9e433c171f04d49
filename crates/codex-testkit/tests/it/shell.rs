//! What the model does.

use codex_testkit::{CodexHome, Reply, ScriptedModel};

use crate::raw_client::RawClient;

#[tokio::test]
async fn a_command_runs_and_the_model_reads_its_output() {
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::shell("echo $((6 * 7)) > answer; cat answer"));
    model.reply(Reply::text("It is 42."));

    let home = CodexHome::new(&model).unwrap();
    let mut codex = RawClient::start(&home).await;
    let thread = codex.thread(&home).await;
    let ended = codex.turn(&thread, "Work it out.").await;

    assert_eq!(ended.texts(), ["It is 42."]);
    let command = ended.items("commandExecution")[0];
    assert_eq!((&command["status"], &command["exitCode"]), (&"completed".into(), &0.into()));
    assert_eq!(command["aggregatedOutput"], "42\n");
    assert_eq!(std::fs::read_to_string(home.work_dir().join("answer")).unwrap(), "42\n");

    let requests = model.requests();
    assert_eq!(requests.len(), 2);
    let outputs = requests[1].tool_outputs();
    assert_eq!(outputs.len(), 1);
    assert_eq!(command["id"], outputs[0].call_id);
    assert!(outputs[0].text.ends_with("Output:\n42\n"), "{:?}", outputs[0].text);
}

#[tokio::test]
async fn two_commands_in_one_reply_both_run() {
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::shell("echo one").and(Reply::shell("echo two")));
    model.reply(Reply::text("Both."));

    let home = CodexHome::new(&model).unwrap();
    let mut codex = RawClient::start(&home).await;
    let thread = codex.thread(&home).await;
    let ended = codex.turn(&thread, "Do both.").await;

    let commands = ended.items("commandExecution");
    let mut outputs: Vec<_> = commands.iter().map(|item| &item["aggregatedOutput"]).collect();
    outputs.sort_by_key(|output| output.as_str());
    assert_eq!(outputs, ["one\n", "two\n"]);
    assert_eq!(model.requests()[1].tool_outputs().len(), 2);
}

#[tokio::test]
async fn a_patch_changes_a_file() {
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::patch("*** Add File: notes.txt\n+first line"));
    model.reply(Reply::text("Written."));

    let home = CodexHome::new(&model).unwrap();
    let mut codex = RawClient::start(&home).await;
    let thread = codex.thread(&home).await;
    let ended = codex.turn(&thread, "Take a note.").await;

    assert_eq!(ended.texts(), ["Written."]);
    assert_eq!(ended.items("fileChange")[0]["status"], "completed");
    let notes = std::fs::read_to_string(home.work_dir().join("notes.txt")).unwrap();
    assert_eq!(notes, "first line\n");
}

#[tokio::test]
async fn a_patch_updates_and_deletes() {
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::patch(
        "*** Update File: list.txt\n@@\n one\n-two\n+2\n three\n*** Delete File: old.txt",
    ));
    model.reply(Reply::text("Changed."));
    let home = CodexHome::new(&model).unwrap();
    let work = home.work_dir();
    std::fs::write(work.join("list.txt"), "one\ntwo\nthree\n").unwrap();
    std::fs::write(work.join("old.txt"), "old\n").unwrap();
    let mut codex = RawClient::start(&home).await;
    let thread = codex.thread(&home).await;
    let ended = codex.turn(&thread, "Change them.").await;

    let changes = ended.items("fileChange")[0]["changes"].as_array().unwrap();
    let mut kinds: Vec<_> = changes.iter().map(|change| change["kind"]["type"].as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, [Some("delete"), Some("update")]);
    assert_eq!(std::fs::read_to_string(work.join("list.txt")).unwrap(), "one\n2\nthree\n");
    assert!(!work.join("old.txt").exists());
}

#[tokio::test]
async fn an_escalated_command_is_approved_first() {
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::shell_escalated("echo out", "it must get out"));
    model.reply(Reply::text("Not allowed."));

    let home = CodexHome::builder(&model)
        .config("approval_policy = \"on-request\"\nsandbox_mode = \"read-only\"")
        .build()
        .unwrap();
    let mut codex = RawClient::start(&home).await;
    let params = serde_json::json!({ "cwd": home.work_dir() });
    let started = codex.ask("thread/start", params).await;
    let thread = started["thread"]["id"].as_str().unwrap().to_owned();
    codex.say(&thread, "Get out.").await;

    let asked = codex.until(|message| message["id"].is_number()).await;
    assert_eq!(asked["method"], "item/commandExecution/requestApproval");
    assert_eq!(asked["params"]["reason"], "it must get out");
    codex.answer(&asked["id"], serde_json::json!({ "decision": "decline" })).await;

    let ended = codex.ended(&thread).await;
    assert_eq!(ended.texts(), ["Not allowed."]);
    assert_eq!(ended.items("commandExecution")[0]["status"], "declined");
}
