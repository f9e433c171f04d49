use std::time::Duration;

use codex_transport::{Error, FrameReceiver, FrameSender, Replay, ReplayError, Transport};
use serde_json::{Value, json};

use crate::support::{batch, next, owned, rest_of_text, within};
use crate::wrappers::fills_at_once;

/// A conversation with a request of each side, as it was recorded.
const RECORDING: &str = r#"{"recording":1,"startedAt":1700000000000}
{"ms":1,"from":"client","frame":{"id":0,"method":"hello","params":{"name":"a","version":1}}}
{"ms":2,"from":"server","frame":{"id":0,"result":{"id":0}}}
{"ms":3,"from":"client","frame":{"method":"ready"}}
{"ms":1003,"from":"server","frame":{"method":"note","params":[1]}}
{"ms":1004,"from":"client","frame":{"id":1,"method":"do","params":{"text":"[redacted]"}}}
{"ms":1004,"from":"client","frame":{"id":2,"method":"do","params":{"text":"b"}}}
{"ms":1005,"from":"server","frame":{"method":"may","id":7,"params":{}}}
{"ms":1006,"from":"server","frame":{"id":2,"result":"b"}}
{"ms":1007,"from":"client","frame":{"id":7,"result":{"yes":true}}}
{"ms":1008,"from":"server","frame":{  "result":"a","id":1}}
{"ms":1009,"from":"server","malformed":"\"x�\""}
"#;

fn open(recording: &str) -> Replay {
    Replay::read(recording.as_bytes()).unwrap()
}

async fn send(sender: &mut dyn FrameSender, frames: &[Value]) {
    let frames: Vec<String> = frames.iter().map(Value::to_string).collect();
    let frames: Vec<&str> = frames.iter().map(String::as_str).collect();
    sender.send(&mut batch(&frames)).await.unwrap();
}

async fn plays_nothing(receiver: &mut dyn FrameReceiver) {
    assert!(!fills_at_once(receiver).await);
}

#[tokio::test(start_paused = true)]
async fn the_server_is_played_in_order_with_the_clients_ids() {
    let replay = open(RECORDING);
    let playback = replay.playback();
    let (mut sender, mut receiver) = Box::new(replay).split();
    let began = tokio::time::Instant::now();
    plays_nothing(&mut *receiver).await;
    let params = json!({ "name": "another", "version": 2, "more": null });
    send(&mut *sender, &[json!({ "id": "x", "method": "hello", "params": params })]).await;
    assert_eq!(next(&mut *receiver).await.unwrap(), r#"{"id":"x","result":{"id":0}}"#);
    plays_nothing(&mut *receiver).await;
    send(&mut *sender, &[json!({ "method": "ready" })]).await;
    assert_eq!(next(&mut *receiver).await.unwrap(), r#"{"method":"note","params":[1]}"#);
    // The one with equal values is taken first, whichever comes first.
    send(&mut *sender, &[json!({ "id": 11, "method": "do", "params": { "text": "b" } })]).await;
    plays_nothing(&mut *receiver).await;
    send(&mut *sender, &[json!({ "id": 12, "method": "do", "params": { "text": "any" } })]).await;
    assert_eq!(next(&mut *receiver).await.unwrap(), r#"{"method":"may","id":7,"params":{}}"#);
    assert_eq!(next(&mut *receiver).await.unwrap(), r#"{"id":12,"result":"b"}"#);
    assert_eq!(
        playback.check().unwrap_err().to_string(),
        "the recording was not played to its end: still expected: answer to request 7 (line 10)"
    );
    send(&mut *sender, &[json!({ "id": 7, "result": { "yes": false } })]).await;
    assert_eq!(next(&mut *receiver).await.unwrap(), r#"{  "result":"a","id":11}"#);
    receiver.fill().await.unwrap();
    let malformed = owned(receiver.next_frame().unwrap()).unwrap_err();
    assert_eq!(malformed.excerpt(), b"\"x\xff\"");
    playback.check().unwrap();
    // After its last frame a server stays.
    plays_nothing(&mut *receiver).await;
    sender.close().await.unwrap();
    assert!(
        matches!(rest_of_text(&mut *receiver).await, (none, Error::Disconnected) if none.is_empty())
    );
    assert!(matches!(sender.send(&mut batch(&["1"])).await, Err(Error::Closed)));
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn the_recorded_clock_is_kept_if_asked_for() {
    let (mut sender, mut receiver) = Box::new(open(RECORDING).on_recorded_clock()).split();
    let params = json!({ "name": "a", "version": 1 });
    let began = tokio::time::Instant::now();
    send(&mut *sender, &[json!({ "id": 0, "method": "hello", "params": params })]).await;
    next(&mut *receiver).await.unwrap();
    assert_eq!(began.elapsed(), Duration::from_millis(1));
    tokio::time::sleep(Duration::from_secs(60)).await;
    send(&mut *sender, &[json!({ "method": "ready" })]).await;
    let began = tokio::time::Instant::now();
    // Cancelled on the way, it is not late.
    for _ in 0..10 {
        let fill = tokio::time::timeout(Duration::from_millis(50), receiver.fill());
        assert!(fill.await.is_err());
    }
    next(&mut *receiver).await.unwrap();
    assert_eq!(began.elapsed(), Duration::from_secs(1));
}

#[tokio::test]
async fn a_request_that_the_recording_lacks_is_refused_and_fails_the_test() {
    let replay = open(RECORDING);
    let playback = replay.playback();
    let (mut sender, mut receiver) = Box::new(replay).split();
    send(&mut *sender, &[json!({ "id": "q", "method": "hello", "params": { "name": 1 } })]).await;
    let answer: Value = serde_json::from_str(&next(&mut *receiver).await.unwrap()).unwrap();
    let story = "the client sent a request `hello` that the recording lacks; \
                 that of line 2 differs in params.name; still expected: request `hello` (line 2), \
                 notification `ready` (line 4), request `do` (line 6) and 2 more";
    assert_eq!(answer, json!({ "id": "q", "error": { "code": -32600, "message": story } }));
    assert_eq!(playback.check().unwrap_err().to_string(), story);
    // The connection goes on.
    let params = json!({ "name": "a", "version": 1 });
    send(&mut *sender, &[json!({ "id": 5, "method": "hello", "params": params })]).await;
    assert_eq!(next(&mut *receiver).await.unwrap(), r#"{"id":5,"result":{"id":0}}"#);
    for _ in 0..2 {
        assert_eq!(sender.close().await.unwrap_err().to_string(), story);
    }
}

#[tokio::test]
async fn a_notification_that_the_recording_lacks_ends_the_connection_and_fails_the_test() {
    let (mut sender, mut receiver) = Box::new(open(RECORDING)).split();
    send(&mut *sender, &[json!({ "method": "other" })]).await;
    let story = "the client sent a notification `other` that the recording lacks; \
                 still expected: request `hello` (line 2), notification `ready` (line 4), \
                 request `do` (line 6) and 2 more";
    for _ in 0..2 {
        let end = within(receiver.fill()).await.unwrap_err();
        assert!(matches!(&end, Error::OffScript(told) if &**told == story), "{end}");
    }
    assert!(matches!(sender.send(&mut batch(&["1"])).await, Err(Error::Disconnected)));
    assert_eq!(sender.close().await.unwrap_err().to_string(), story);
}

#[tokio::test]
async fn exact_asks_for_equal_values() {
    let (mut sender, mut receiver) = Box::new(open(RECORDING).exact()).split();
    let params = json!({ "name": "a", "version": 2 });
    send(&mut *sender, &[json!({ "id": 0, "method": "hello", "params": params })]).await;
    let answer = next(&mut *receiver).await.unwrap();
    assert!(answer.contains("that of line 2 differs in params.version"), "{answer}");
}

#[tokio::test]
async fn an_end_that_was_recorded_is_played() {
    let recording = "{\"ms\":0,\"from\":\"server\",\"frame\":1}\n{\"ms\":1,\"end\":\"gone\"}\n";
    let (mut sender, mut receiver) = Box::new(open(recording)).split();
    let (frames, end) = rest_of_text(&mut *receiver).await;
    assert_eq!(frames, ["1"]);
    assert!(matches!(end, Error::Disconnected), "{end:?}");
    assert!(matches!(sender.send(&mut batch(&["1"])).await, Err(Error::Disconnected)));
}

#[tokio::test]
async fn a_dropped_sender_ends_the_server_when_it_is_the_clients_turn() {
    let recording = "{\"ms\":0,\"from\":\"server\",\"frame\":1}\n";
    let (sender, mut receiver) = Box::new(open(recording)).split();
    drop(sender);
    let (frames, end) = rest_of_text(&mut *receiver).await;
    assert_eq!(frames, ["1"]);
    assert!(matches!(end, Error::Disconnected), "{end:?}");
}

#[tokio::test]
async fn a_bad_line_is_told_by_its_place_and_loses_nothing_before_it() {
    let good = "{\"recording\":1}\n{\"ms\":0,\"from\":\"server\",\"frame\":{\"a\":1}}\n\n";
    for (bad, place) in [
        (&br#"{"ms":1,"from":"ser"#[..], "line 4, column 19: it is cut short"),
        (&br#"{"ms":1 "from":"server"}"#[..], "line 4, column 9: it is not the JSON of a line"),
        (&b"[]\n"[..], "line 4, column 0: it is not the JSON of a line"),
        (&b"{\"ms\":\"\xff\"}\n"[..], "line 4, column 8: it is not UTF-8"),
        (&b"{\"ms\":1,\"from\":\"me\"}\n"[..], "line 4, column 1: `from` is neither"),
        (&b"{\"ms\":1,\"from\":\"client\"}\n"[..], "line 4, column 1: there is no `frame` in it"),
        (&b"{\"ms\":1,\"lost\":3}\n"[..], "line 4, column 1: 3 frames were lost here"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.jsonl");
        std::fs::write(&path, [good.as_bytes(), bad].concat()).unwrap();
        let error = Replay::open(&path).unwrap_err();
        let message = error.to_string();
        assert!(message.starts_with(&format!("{}, {place}", path.display())), "{message}");
        let ReplayError::BadLine { line, .. } = &error else { panic!("{error:?}") };
        assert_eq!(*line, 4);
        let (_sender, mut receiver) = Box::new(error.before().unwrap()).split();
        assert_eq!(next(&mut *receiver).await.unwrap(), "{\"a\":1}");
    }
    let error = Replay::read(&b"{\"recording\":2}\n"[..]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the recording, line 1, column 1: recordings of version 2 are not known"
    );
    let error = Replay::open("no such file").unwrap_err();
    assert_eq!(error.to_string(), "could not read no such file");
    assert!(error.before().is_none());
}

#[tokio::test]
async fn a_last_line_without_its_end_is_whole() {
    let (_sender, mut receiver) =
        Box::new(open("{\"ms\":0,\"from\":\"server\",\"frame\":1}")).split();
    assert_eq!(next(&mut *receiver).await.unwrap(), "1");
}

#[tokio::test]
async fn cancelled_fills_lose_and_repeat_nothing() {
    let mut recording = String::new();
    for number in 0..20_000 {
        recording.push_str(&format!(
            "{{\"ms\":0,\"from\":\"client\",\"frame\":{{\"method\":\"go\"}}}}\n{{\"ms\":0,\"from\":\"server\",\"frame\":{number}}}\n"
        ));
    }
    let replay = open(&recording);
    let playback = replay.playback();
    let (mut sender, mut receiver) = Box::new(replay).split();
    for number in 0..20_000 {
        assert!(!fills_at_once(&mut *receiver).await);
        sender.send(&mut batch(&["{\"method\":\"go\"}"])).await.unwrap();
        assert!(fills_at_once(&mut *receiver).await);
        assert_eq!(receiver.next_frame().map(owned), Some(Ok(number.to_string())));
        assert!(receiver.next_frame().is_none());
    }
    playback.check().unwrap();
}

/// Every recording of the real server that is kept for tests.
#[tokio::test]
async fn each_recording_of_the_real_server_plays_to_its_end() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../codex-testkit/recordings");
    let mut played = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        let replay = Replay::open(&path).unwrap_or_else(|error| panic!("{error}")).exact();
        let playback = replay.playback();
        let (mut sender, mut receiver) = Box::new(replay).split();
        let recording = std::fs::read_to_string(&path).unwrap();
        for line in recording.lines().skip(1) {
            let mut line: Value = serde_json::from_str(line).unwrap();
            let mut frame = line["frame"].take();
            let (request, answer) =
                (frame["method"].is_string(), frame.get("result").or(frame.get("error")).is_some());
            match line["from"].as_str().unwrap() {
                "client" => {
                    if request && frame["id"].is_i64() {
                        frame["id"] = json!(format!("ours-{}", frame["id"]));
                    }
                    send(&mut *sender, &[frame]).await;
                }
                _ => {
                    if answer {
                        frame["id"] = json!(format!("ours-{}", frame["id"]));
                    }
                    let text = next(&mut *receiver).await.unwrap();
                    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), frame, "{path:?}");
                }
            }
        }
        playback.check().unwrap();
        sender.close().await.unwrap();
        played += 1;
    }
    assert!(played >= 15, "only {played} recordings");
}
