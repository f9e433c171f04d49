//! What the recorder kept, played to the SDK.

use std::path::{Path, PathBuf};

use codex_sdk::{AskForApproval, Codex, SandboxMode, TurnStatus};
use codex_transport::Replay;
use serde_json::{Value, json};

/// What a client may have said in a recording that this test can say again.
const KNOWN: [&str; 4] = ["initialize", "initialized", "thread/start", "turn/start"];

/// Of one recording: what the user said, and what came of it.
#[derive(Debug, Default)]
struct Conversation {
    said: Vec<String>,
    /// Per turn: its status and, if it completed, its messages.
    ended: Vec<(TurnStatus, Option<String>)>,
}

fn recordings() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// `None` where the client did more than to start a thread and to say texts.
fn conversation(recording: &Path) -> Option<Conversation> {
    let mut conversation = Conversation::default();
    let mut text = String::new();
    for line in std::fs::read_to_string(recording).unwrap().lines().skip(1) {
        let line: Value = serde_json::from_str(line).unwrap();
        let message = &line["frame"];
        let method = message["method"].as_str();
        let params = &message["params"];
        match (line["from"].as_str(), method) {
            (Some("client"), Some("turn/start")) => {
                let members = params.as_object().unwrap().len();
                let input = params["input"].as_array().unwrap();
                if members > 2 || input.len() > 1 {
                    return None;
                }
                conversation.said.push(input[0]["text"].as_str()?.to_owned());
            }
            (Some("client"), method) => {
                method.filter(|method| KNOWN.contains(method))?;
            }
            (_, Some("item/completed")) if params["item"]["type"] == "agentMessage" => {
                text.push_str(params["item"]["text"].as_str().unwrap());
            }
            (_, Some("turn/completed")) => {
                let text = std::mem::take(&mut text);
                conversation.ended.push(if params["turn"]["status"] == "completed" {
                    (TurnStatus::Completed, Some(text))
                } else {
                    assert_eq!(params["turn"]["status"], "failed");
                    (TurnStatus::Failed, None)
                });
            }
            _ => {}
        }
    }
    Some(conversation)
}

#[test]
fn every_recording_can_be_played() {
    let recordings = recordings();
    assert!(recordings.len() >= 15, "only {} recordings", recordings.len());
    for path in recordings {
        Replay::open(&path).unwrap();
    }
}

#[tokio::test]
async fn a_recorded_conversation_comes_to_the_same_in_the_sdk() {
    let mut played = 0;
    for path in recordings() {
        let Some(conversation) = conversation(&path) else { continue };
        let replay = Replay::open(&path).unwrap();
        let playback = replay.playback();
        let codex = Codex::builder().transport(replay).start().await.unwrap();
        let thread = codex
            .thread_start()
            .cwd("/elsewhere")
            .approval_policy(AskForApproval::Never)
            .sandbox(SandboxMode::DangerFullAccess);
        let thread = thread.await.unwrap();
        let mut ended = Vec::new();
        for text in &conversation.said {
            let result = thread.run(&**text).await.unwrap();
            let text = (result.status == TurnStatus::Completed).then_some(result.text);
            ended.push((result.status, text));
        }
        assert_eq!(ended, conversation.ended, "{}", path.display());
        playback.check().unwrap();
        played += 1;
    }
    assert!(played >= 12, "only {played} conversations were played");
}

/// Neither paths nor times of a machine are in a recording.
#[test]
fn recordings_belong_to_no_machine() {
    let here = env!("CARGO_MANIFEST_DIR");
    for path in recordings() {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains(here) && !text.contains("/target/"), "{}", path.display());
        for line in text.lines().skip(1) {
            let line: Value = serde_json::from_str(line).unwrap();
            let emitted = line["frame"].get("emittedAtMs").cloned();
            assert!(
                emitted.is_none_or(|emitted| emitted == json!(1_700_000_000_000_i64)),
                "{line}"
            );
        }
    }
}
