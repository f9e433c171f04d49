//! The throw-away home.

use std::ffi::OsStr;
use std::path::PathBuf;

use codex_testkit::{CodexHome, Reply, ScriptedModel};
use serde_json::json;

use crate::raw_client::RawClient;

#[tokio::test]
async fn codex_lives_in_the_home_alone() {
    let model = ScriptedModel::start().await.unwrap();
    model.reply(Reply::shell("echo $HOME:$TMPDIR; git rev-parse 2>&1 | head -c 5"));
    model.reply(Reply::text("There."));

    let home = CodexHome::new(&model).unwrap();
    let root = home.path().parent().unwrap().to_owned();
    let mut codex = RawClient::start(&home).await;
    let thread = codex.thread(&home).await;
    let ended = codex.turn(&thread, "Where are you?").await;
    let layers = codex.ask("config/read", json!({ "includeLayers": true })).await;
    let stderr = codex.close().await;

    let output = ended.items("commandExecution")[0]["aggregatedOutput"].as_str().unwrap();
    let (user, temp) = (root.join("user"), root.join("temp"));
    assert_eq!(output, format!("{}:{}\nfatal", user.display(), temp.display()));
    let files: Vec<_> = layers["layers"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|layer| layer["name"]["type"] == "user")
        .map(|layer| PathBuf::from(layer["name"]["file"].as_str().unwrap()))
        .collect();
    assert_eq!(files, [home.path().join("config.toml")]);
    assert!(!stderr.contains("Refusing to create helper binaries"), "{stderr}");

    drop(home);
    assert!(!root.exists());
}

#[tokio::test]
async fn extra_configuration_reaches_codex() {
    let model = ScriptedModel::start().await.unwrap();
    let home = CodexHome::builder(&model)
        .config("approval_policy = \"never\"\n[history]\npersistence = \"none\"")
        .feature("goals", false)
        .retries(2, 1)
        .build()
        .unwrap();
    let mut codex = RawClient::start(&home).await;
    let read = codex.ask("config/read", json!({ "includeLayers": true })).await;
    let layers = read["layers"].as_array().unwrap();
    let ours = layers.iter().find(|layer| layer["name"]["type"] == "user").unwrap();

    let provider = &ours["config"]["model_providers"]["scripted"];
    assert_eq!(
        (&provider["request_max_retries"], &provider["stream_max_retries"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(ours["config"]["approval_policy"], "never");
    assert_eq!(ours["config"]["history"], json!({ "persistence": "none" }));
    assert_eq!(
        ours["config"]["features"],
        json!({ "apps": false, "goals": false, "plugins": false,
                "unbounded_connection_retries": false })
    );
}

#[tokio::test]
async fn the_catalog_is_taken_whole() {
    let model = ScriptedModel::start().await.unwrap();
    let home = CodexHome::builder(&model).model("second \"quoted\"").build().unwrap();
    let mut codex = RawClient::start(&home).await;
    let list = codex.ask("model/list", json!({})).await;
    let models = list["data"].as_array().unwrap();
    let names: Vec<_> = models.iter().map(|model| model["model"].as_str().unwrap()).collect();
    assert_eq!(names, ["scripted", "second \"quoted\""]);
    assert_eq!(models[0]["isDefault"], true);
}

#[tokio::test]
async fn a_home_can_be_elsewhere_and_be_kept() {
    let model = ScriptedModel::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let wanted = folder.path().join("not/there/yet");
    let home = CodexHome::builder(&model).folder(&wanted).build().unwrap();
    let path = home.path();
    assert!(path.starts_with(wanted.canonicalize().unwrap()));
    let home_of_env = |name: &str| {
        let env = home.env();
        env.into_iter().find(|(known, _)| known == OsStr::new(name)).map(|(_, value)| value)
    };
    assert_eq!(home_of_env("CODEX_HOME"), Some(path.clone().into_os_string()));
    home.keep();
    assert!(path.join("config.toml").is_file());
}
