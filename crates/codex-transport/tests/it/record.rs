use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex};

use codex_transport::{Error, Record, Redaction, Transport, mock};
use serde_json::{Value, json};

use crate::support::{batch, next, rest, within};

/// A sink that can be looked at, held up, and broken.
#[derive(Clone, Default)]
pub(crate) struct Sink(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    held: bool,
    waiting: bool,
    broken_after: Option<usize>,
}

impl Sink {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.0.lock().unwrap().bytes.clone()).unwrap()
    }

    /// The lines after the first, without their times, which are checked.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let text = self.text();
        let mut lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let header = lines.next().unwrap();
        assert_eq!(header["recording"], 1);
        assert!(header["startedAt"].as_u64().unwrap() > 1_700_000_000_000);
        let mut last = 0.0;
        lines
            .map(|mut line| {
                let ms = line.as_object_mut().unwrap().remove("ms").unwrap().as_f64().unwrap();
                assert!(ms >= last, "{ms} after {last}");
                last = ms;
                line
            })
            .collect()
    }

    pub(crate) fn hold(&self, held: bool) {
        self.0.0.lock().unwrap().held = held;
        self.0.1.notify_all();
    }

    fn wait_until_it_waits(&self) {
        let state = self.0.0.lock().unwrap();
        drop(self.0.1.wait_while(state, |state| !state.waiting).unwrap());
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        while state.held {
            state.waiting = true;
            changed.notify_all();
            state = changed.wait(state).unwrap();
        }
        if state.broken_after.is_some_and(|limit| state.bytes.len() >= limit) {
            return Err(io::Error::other("disk full"));
        }
        state.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn every_frame_is_written_as_it_was() {
    let (transport, peer) = mock::pair();
    let sink = Sink::default();
    let record = Record::new(transport, sink.clone());
    let recording = record.recording();
    let (mut sender, mut receiver) = Box::new(record).split();
    sender.send(&mut batch(&[r#"{"id":1,  "method":"a","z":1.50}"#, "no json"])).await.unwrap();
    peer.send_raw("{\"id\":1,\"result\":{}}\n\"café\"\n");
    peer.send_raw(b"\"a\xffb\"\n".to_vec());
    peer.send("{\"cut\":");
    drop(peer);
    let (frames, _) = rest(&mut *receiver).await;
    assert_eq!(frames.len(), 4);
    drop((sender, receiver));
    within(recording.finished()).await.unwrap();
    // As they stood, spaces and numbers included.
    assert!(sink.text().contains(r#""from":"client","frame":{"id":1,  "method":"a","z":1.50}}"#));
    assert_eq!(
        sink.lines(),
        [
            json!({ "from": "client", "frame": { "id": 1, "method": "a", "z": 1.5 } }),
            json!({ "from": "client", "text": "no json" }),
            json!({ "from": "server", "frame": { "id": 1, "result": {} } }),
            json!({ "from": "server", "frame": "café" }),
            json!({ "from": "server", "malformed": "\"a\u{fffd}b\"" }),
            json!({ "from": "server", "text": "{\"cut\":" }),
            json!({ "end": "the server closed the connection" }),
        ]
    );
}

#[tokio::test]
async fn a_closed_connection_is_on_disk_when_close_returns_and_ends_with_no_line_of_the_servers() {
    let (transport, peer) = mock::pair();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording.jsonl");
    let record = Record::to_file(transport, &path).unwrap();
    let (mut sender, mut receiver) = Box::new(record).split();
    let reader = tokio::spawn(async move { rest(&mut *receiver).await });
    sender.send(&mut batch(&["1"])).await.unwrap();
    peer.send("2");
    within(sender.close()).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert_eq!((&lines[1]["frame"], &lines[2]["frame"]), (&json!(1), &json!(2)));
    reader.await.unwrap();
    within(sender.close()).await.unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

/// Everything that a frame of this kind may carry, with a secret in every place.
fn frame_of_secrets() -> (Value, Vec<String>) {
    let mut planted = Vec::new();
    let mut plant = |prefix: &str| {
        let secret = format!("{prefix}MARKER{:04}", planted.len());
        planted.push(format!("MARKER{:04}", planted.len()));
        secret
    };
    let mut params = serde_json::Map::new();
    for name in [
        "apiKey",
        "api_key",
        "accessToken",
        "refreshToken",
        "idToken",
        "authorization",
        "bearer",
        "password",
        "secret",
        "clientSecret",
        "cookie",
        "Set-Cookie",
        "privateKey",
        "credentials",
        "X-Api-Key",
        "OPENAI_API_KEY",
        "GITHUB_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
    ] {
        params.insert(name.to_owned(), plant("").into());
    }
    let nested = json!({
        "tokens": { "any": [plant(""), { "deep": plant("") }] },
        "env": { "A_TOKEN": plant(""), "PLAIN": "kept" },
        "headers": [{ "name": "Authorization", "value": plant("Basic ") }, { "value": plant(""), "name": "cookie" }],
        "pairs": [["x-api-key", plant("")]],
        "command": ["tool", "--password", plant(""), format!("--token={}", plant(""))],
        "text": format!("key {} and Bearer {} and {}.{}.x", plant("sk-"), plant(""), plant("eyJ"), "payload"),
        "script": format!("export A_SECRET={}; curl -H 'Authorization: Bearer {}' https://u:{}@h/?access_token={}", plant(""), plant(""), plant(""), plant("")),
        "arguments": json!({ "apiKey": plant("") }).to_string(),
        plant("sk-"): 1,
    });
    params.insert("nested".to_owned(), nested);
    (json!({ "id": 1, "method": "m", "params": params }), planted)
}

#[tokio::test]
async fn no_secret_reaches_the_sink_by_any_way() {
    let (frame, planted) = frame_of_secrets();
    assert!(planted.len() > 30);
    let frame = frame.to_string();
    for redacted in [true, false] {
        let (transport, mut peer) = mock::pair();
        let sink = Sink::default();
        let mut record = Record::new(transport, sink.clone());
        if !redacted {
            record = record.redaction(Redaction::none());
        }
        let (mut sender, mut receiver) = Box::new(record).split();
        // As JSON and, cut short, as text; by the client and by the server.
        let cut = &frame[..frame.len() - 1];
        sender.send(&mut batch(&[&frame, cut])).await.unwrap();
        // What is sent is whole all the same.
        assert_eq!(peer.recv().await.as_deref(), Some(&*frame));
        peer.send(&frame);
        peer.send(cut);
        assert_eq!(next(&mut *receiver).await.unwrap(), frame);
        assert_eq!(next(&mut *receiver).await.unwrap(), cut);
        within(sender.close()).await.unwrap();
        let text = sink.text();
        let found: Vec<_> = planted.iter().filter(|marker| text.contains(*marker)).collect();
        if redacted {
            assert!(found.is_empty(), "{found:?} in {text}");
            let lines = sink.lines();
            assert_eq!(lines[0]["frame"]["params"]["nested"]["env"]["PLAIN"], "kept");
            assert_eq!(lines.len(), 4);
        } else {
            assert_eq!(found.len(), planted.len());
        }
    }
}

#[tokio::test]
async fn a_slow_sink_costs_frames_and_says_how_many_but_never_stops_the_connection() {
    let (transport, mut peer) = mock::pair();
    let sink = Sink::default();
    sink.hold(true);
    let record = Record::new(transport, sink.clone()).max_waiting_bytes(10);
    let recording = record.recording();
    let (mut sender, receiver) = Box::new(record).split();
    sink.wait_until_it_waits();
    for frame in ["12345", "67890", "lost1", "lost2"] {
        sender.send(&mut batch(&[frame])).await.unwrap();
        assert_eq!(peer.recv().await.as_deref(), Some(frame));
    }
    sink.hold(false);
    drop(receiver);
    let error = within(sender.close()).await.unwrap_err();
    assert!(matches!(&error, Error::Recording(_)), "{error:?}");
    assert_eq!(error.to_string(), "the recording is not whole: 2 frames are missing");
    drop(sender);
    assert_eq!(within(recording.finished()).await.unwrap_err().lost, 2);
    assert_eq!(
        sink.lines(),
        [
            json!({ "from": "client", "frame": 12345 }),
            json!({ "from": "client", "frame": 67890 }),
            json!({ "lost": 2 }),
        ]
    );
}

#[tokio::test]
async fn a_sink_that_fails_is_told_at_the_end_and_harms_nothing() {
    let (transport, mut peer) = mock::pair();
    let sink = Sink::default();
    sink.0.0.lock().unwrap().broken_after = Some(1);
    let record = Record::new(transport, sink.clone());
    let (mut sender, mut receiver) = Box::new(record).split();
    for _ in 0..100 {
        sender.send(&mut batch(&["1"])).await.unwrap();
        assert_eq!(peer.recv().await.as_deref(), Some("1"));
        peer.send("2");
        assert_eq!(next(&mut *receiver).await.unwrap(), "2");
    }
    for _ in 0..2 {
        let error = within(sender.close()).await.unwrap_err();
        assert_eq!(error.to_string(), "the recording is not whole: 200 frames are missing");
        let source = std::error::Error::source(&error).unwrap();
        assert_eq!(source.to_string(), "disk full");
    }
}

#[tokio::test]
async fn a_redaction_that_panics_is_told_at_the_end() {
    let (transport, _peer) = mock::pair();
    let redaction = Redaction::none().text(|text| panic!("cannot redact {}", text.len()));
    let record = Record::new(transport, Sink::default()).redaction(redaction);
    let (mut sender, _receiver) = Box::new(record).split();
    sender.send(&mut batch(&["\"x\""])).await.unwrap();
    let error = within(sender.close()).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "the redaction or the sink panicked");
}
