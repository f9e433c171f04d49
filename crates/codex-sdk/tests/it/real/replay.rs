//! Turns of the real server, recorded and played again without it.

use super::Stage;
use crate::guard::within;
use codex_sdk::transport::{Direction, Replay};
use codex_sdk::{AskForApproval, Codex, Error, TurnResult, TurnStatus};
use codex_testkit::Reply;
use std::sync::{Arc, Mutex};

/// A conversation of a text, a command, a command that must be asked for, and a failure.
async fn converse(codex: &Codex) -> Vec<TurnResult> {
    let mut results = Vec::new();
    let thread = codex.thread_start().approval_policy(AskForApproval::Never).await.unwrap();
    results.push(thread.run("Say hello.").await.unwrap());
    results.push(thread.run("Run it.").await.unwrap());
    let careful = codex.thread_start().approval_policy(AskForApproval::Untrusted).await.unwrap();
    results.push(careful.run("Run it carefully.").await.unwrap());
    results.push(thread.run("Fail.").await.unwrap());
    results
}

#[tokio::test]
async fn a_recording_replays_to_the_same_results_without_a_process() {
    within(async {
        let stage = Stage::set().await;
        stage.model.reply(Reply::deltas(["Hel", "lo", "!"]));
        for _ in 0..2 {
            stage.model.reply(Reply::shell("echo from-the-shell"));
            stage.model.reply(Reply::text("done"));
        }
        stage.model.reply(Reply::http_error(400, "the model says no"));
        let path = stage.home.work_dir().join("recording.jsonl");
        let codex = stage.builder().record(&path).start().await.unwrap();
        let metadata = format!("{:?}", codex.metadata());
        let recorded = converse(&codex).await;
        codex.close().await.unwrap();
        let statuses: Vec<_> = recorded.iter().map(|result| result.status.clone()).collect();
        assert_eq!(
            statuses,
            [
                TurnStatus::Completed,
                TurnStatus::Completed,
                TurnStatus::Completed,
                TurnStatus::Failed
            ]
        );
        assert_eq!((&*recorded[0].text, &*recorded[1].text), ("Hello!", "done"));

        // Nothing is there to be started any more; and again from the file, as often as one likes.
        let recording = std::fs::read(&path).unwrap();
        drop(stage);
        for _ in 0..2 {
            let replay = Replay::read(&*recording).unwrap();
            let playback = replay.playback();
            let codex = Codex::builder().transport(replay).start().await.unwrap();
            assert_eq!(format!("{:?}", codex.metadata()), metadata);
            let replayed = converse(&codex).await;
            assert_eq!(format!("{replayed:#?}"), format!("{recorded:#?}"));
            playback.check().unwrap();
            codex.close().await.unwrap();
        }

        // What was not recorded is refused, and the test is told.
        let replay = Replay::read(&*recording).unwrap();
        let codex = Codex::builder().transport(replay).start().await.unwrap();
        let refused = codex.thread_start().model("another").await.unwrap_err();
        let Error::Rpc { error, .. } = &refused else { panic!("{refused:?}") };
        let story = "the client sent a request `thread/start` that the recording lacks";
        assert!(error.message.starts_with(story), "{error:?}");
        let told = codex.close().await.unwrap_err().to_string();
        assert!(told.contains(story), "{told}");
    })
    .await;
}

#[tokio::test]
async fn a_tap_sees_the_same_as_a_recording() {
    within(async {
        let stage = Stage::set().await;
        stage.model.reply(Reply::text("hi"));
        let path = stage.home.work_dir().join("recording.jsonl");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let tapped = seen.clone();
        let tap = move |direction, frame: &codex_sdk::transport::Frame<'_>| {
            tapped.lock().unwrap().push((direction, frame.to_string()));
        };
        let codex = stage.builder().record(&path).tap(tap).start().await.unwrap();
        let thread = codex.thread_start().await.unwrap();
        assert_eq!(thread.run("hello").await.unwrap().text, "hi");
        codex.close().await.unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut recorded: Vec<_> = text.lines().skip(1).map(from_line).collect();
        let mut seen = seen.lock().unwrap().clone();
        // The two tasks see their frames at their own pace: the order is that of each direction.
        recorded.sort_by_key(|(direction, _)| *direction == Direction::FromServer);
        seen.sort_by_key(|(direction, _)| *direction == Direction::FromServer);
        assert!(seen.len() > 10, "{seen:?}");
        assert_eq!(seen, recorded);
    })
    .await;
}

fn from_line(line: &str) -> (Direction, String) {
    let (head, frame) = line.split_once(",\"frame\":").unwrap();
    let direction = match head.ends_with("\"from\":\"client\"") {
        true => Direction::ToServer,
        false => Direction::FromServer,
    };
    (direction, frame.strip_suffix('}').unwrap().to_owned())
}

#[tokio::test]
async fn a_file_that_cannot_be_made_fails_before_anything_is_started() {
    let builder = Codex::builder().codex_bin("/no/such/codex").record("/no/such/folder/r.jsonl");
    let error = builder.start().await.unwrap_err();
    assert_eq!(error.to_string(), "could not record into /no/such/folder/r.jsonl");
}
