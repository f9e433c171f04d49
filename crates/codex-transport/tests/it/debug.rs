//! What `Debug` leaves out: payload, and what may be secret.

use std::fmt::Debug;

use codex_transport::{FrameReceiver, Record, Replay, Stdio, Tap, Transport, frame_queue, mock};

use crate::record::Sink;
#[cfg(unix)]
use crate::support::rest_of_text;
use crate::support::{batch, within};

/// Stands in everything that must not be shown.
const SECRET: &str = "hunter2";

#[track_caller]
fn assert_hides(value: &dyn Debug) {
    let shown = format!("{value:#?}");
    let bytes = format!("{:?}", SECRET.as_bytes());
    assert!(!shown.contains(SECRET), "{shown}");
    assert!(!format!("{value:?}").contains(bytes.trim_matches(['[', ']'])), "{shown}");
}

#[test]
fn a_command_shows_the_names_of_its_variables_alone() {
    let builder = Stdio::builder("codex").args(["--token", SECRET]).env("NAME", SECRET);
    assert_eq!(
        format!("{builder:?}"),
        "StdioBuilder { program: \"codex\", args: 2, cwd: None, env: [\"NAME\"], inherited: None, \
         grace: 5s, max_frame_bytes: 268435456 }"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn what_a_process_writes_to_stderr_is_counted() {
    let script = format!("printf {SECRET} >&2; exit 3");
    let stdio = Stdio::builder("sh").args(["-c", &script]).spawn().unwrap();
    let stderr = stdio.stderr();
    let (sender, mut receiver) = Box::new(stdio).split();
    let (_, end) = rest_of_text(&mut *receiver).await;
    assert_eq!(stderr.text(), SECRET);
    assert_eq!(format!("{stderr:?}"), "StderrTail { bytes: 7 }");
    let exited = end.exited().unwrap();
    assert_eq!(
        format!("{exited:?}"),
        format!("Exited {{ status: {:?}, stderr_bytes: 7 }}", exited.status())
    );
    for value in [&sender as &dyn Debug, &receiver, &end] {
        assert_hides(value);
    }
}

#[test]
fn a_replay_counts_its_entries() {
    let recording = format!(
        "{{\"recording\":1}}\n{}\n",
        serde_json::json!({ "ms": 1, "from": "server", "frame": { "method": SECRET } })
    );
    let replay = Replay::read(recording.as_bytes()).unwrap();
    let playback = replay.playback();
    assert_eq!(
        format!("{replay:?}"),
        "Replay { entries: 1, options: Options { exact: false, recorded_clock: false }, .. }"
    );
    let (sender, receiver) = Box::new(replay).split();
    for value in [&playback as &dyn Debug, &sender, &receiver] {
        assert_hides(value);
    }
}

#[tokio::test]
async fn frames_that_wait_are_counted() {
    let (pusher, mut queue) = frame_queue(2);
    pusher.push(SECRET).await.unwrap();
    pusher.push(SECRET).await.unwrap();
    within(queue.fill()).await.unwrap();
    assert!(queue.next_frame().is_some());
    assert_eq!(format!("{queue:?}"), "QueueReceiver { taken: 1, end: None, .. }");
    assert_hides(&pusher);
}

#[tokio::test]
async fn halves_that_are_recorded_or_tapped_show_no_frames() {
    let (transport, mut peer) = mock::pair();
    let sink = Sink::default();
    sink.hold(true);
    let record = Record::new(Tap::new(transport, |_, _| {}), sink.clone());
    let recording = record.recording();
    let (mut sender, mut receiver) = Box::new(record).split();
    let secret = format!("{{\"id\":1,\"method\":\"{SECRET}\"}}");
    sender.send(&mut batch(&[&secret, &secret])).await.unwrap();
    peer.send_raw(format!("{secret}\n{secret}"));
    within(receiver.fill()).await.unwrap();
    assert!(receiver.next_frame().is_some());
    peer.expect(SECRET).await;
    for value in [&sender as &dyn Debug, &receiver, &recording, &peer] {
        assert_hides(value);
    }
    sink.hold(false);
}
