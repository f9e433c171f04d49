use std::panic::AssertUnwindSafe;
use std::time::Duration;

use codex_transport::mock::{self, MockPeer};
use codex_transport::{Error, FrameReceiver, FrameSender, Transport};
use serde_json::json;

use crate::support::{batch, next, rest_of_text, within};

type Halves = (Box<dyn FrameSender>, Box<dyn FrameReceiver>);

/// The message that `finish` panics with, or `None`, after the client has sent these and is closed.
async fn failure<F>(script: impl FnOnce(MockPeer) -> F, frames: &[&str]) -> Option<String>
where
    F: Future<Output = ()> + Send + 'static,
{
    let (transport, script) = mock::scripted(script);
    let (mut sender, mut receiver): Halves = Box::new(transport).split();
    sender.send(&mut batch(frames)).await.unwrap();
    sender.close().await.unwrap();
    let failure = message(tokio::spawn(script.finish()).await);
    let (_, end) = rest_of_text(&mut *receiver).await;
    assert!(matches!(end, Error::Disconnected), "its own end came first: {end:?}");
    failure
}

fn message(ended: Result<(), tokio::task::JoinError>) -> Option<String> {
    let panic = ended.err()?.into_panic();
    Some(*panic.downcast::<String>().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_script_that_is_followed_passes() {
    let (transport, script) = mock::scripted(|mut peer| async move {
        let first = peer.expect("first").await;
        assert_eq!((&first.id, &first.params), (&json!("a"), &json!({ "n": 1 })));
        assert_eq!(peer.expect_notification("note").await, json!(null));
        peer.refuse(&first, -32001, "overloaded");
        peer.notify("event", json!([1]));
        peer.delay(Duration::from_secs(3600)).await;
        assert_eq!(peer.request("ask", json!({})).await, Ok(json!("yes")));
        // What came before the answer was kept.
        let second = peer.expect("second").await;
        let id = peer.ask("ask", json!({}));
        assert_eq!(peer.expect_answer(id).await, Err(json!({ "code": 1 })));
        peer.answer(&second, json!(null));
        peer.send_raw("\"two\"\n\"at once\"\n");
        peer.expect_end().await;
    });
    let (mut sender, mut receiver) = Box::new(transport).split();
    let began = tokio::time::Instant::now();
    let sent = [r#"{"id":"a","method":"first","params":{"n":1}}"#, r#"{"method":"note"}"#];
    sender.send(&mut batch(&sent)).await.unwrap();
    let refused = r#"{"error":{"code":-32001,"message":"overloaded"},"id":"a"}"#;
    assert_eq!(next(&mut *receiver).await.unwrap(), refused);
    assert_eq!(next(&mut *receiver).await.unwrap(), r#"{"method":"event","params":[1]}"#);
    assert_eq!(receiver.fill().await.map_err(|_| ()), Ok(()));
    assert_eq!(next(&mut *receiver).await.unwrap(), r#"{"method":"ask","id":1,"params":{}}"#);
    assert_eq!(began.elapsed(), Duration::from_secs(3600));
    let sent = [r#"{"id":2,"method":"second"}"#, r#"{"id":1,"result":"yes"}"#];
    sender.send(&mut batch(&sent)).await.unwrap();
    assert_eq!(next(&mut *receiver).await.unwrap(), r#"{"method":"ask","id":2,"params":{}}"#);
    sender.send(&mut batch(&[r#"{"id":2,"error":{"code":1}}"#])).await.unwrap();
    for expected in [r#"{"id":2,"result":null}"#, "\"two\"", "\"at once\""] {
        assert_eq!(next(&mut *receiver).await.unwrap(), expected);
    }
    sender.close().await.unwrap();
    script.finish().await;
}

#[tokio::test]
async fn another_request_than_expected_fails_with_what_was_seen() {
    let failure = failure(
        |mut peer| async move {
            let request = peer.expect("first").await;
            peer.answer(&request, json!(1));
            peer.expect("second").await;
        },
        &[r#"{"id":1,"method":"first"}"#, r#"{"id":2,"method":"other","params":{"x":1}}"#],
    )
    .await;
    assert_eq!(
        failure.unwrap(),
        "expected request `second`, and there came request `other`
all frames:
  client: {\"id\":1,\"method\":\"first\"}
  server: {\"id\":1,\"result\":1}
  client: {\"id\":2,\"method\":\"other\",\"params\":{\"x\":1}}"
    );
}

#[tokio::test]
async fn a_request_is_no_notification_and_the_other_way_round() {
    let script = |mut peer: MockPeer| async move { drop(peer.expect_notification("a").await) };
    assert_eq!(
        failure(script, &[r#"{"id":1,"method":"a"}"#]).await.unwrap(),
        "expected notification `a`, and there came request `a`
all frames:
  client: {\"id\":1,\"method\":\"a\"}"
    );
    let script = |mut peer: MockPeer| async move { drop(peer.expect("a").await) };
    assert_eq!(
        failure(script, &["no json"]).await.unwrap(),
        "expected request `a`, and there came what is no JSON object
all frames:
  client: no json"
    );
}

#[tokio::test]
async fn an_expectation_that_is_not_met_fails() {
    let script = |mut peer: MockPeer| async move { drop(peer.expect("a").await) };
    assert_eq!(
        failure(script, &[]).await.unwrap(),
        "expected request `a`, and there came the end of the client\nno frame was seen"
    );
    let script = |mut peer: MockPeer| async move { drop(peer.request("ask", json!(1)).await) };
    assert_eq!(
        failure(script, &[r#"{"id":1,"method":"b"}"#]).await.unwrap(),
        "expected the answer to request 1, and there came the end of the client
all frames:
  server: {\"method\":\"ask\",\"id\":1,\"params\":1}
  client: {\"id\":1,\"method\":\"b\"}"
    );
    let script = |mut peer: MockPeer| async move { peer.expect_end().await };
    assert_eq!(
        failure(script, &[r#"{"method":"b"}"#]).await.unwrap(),
        "expected the end of the client, and there came notification `b`
all frames:
  client: {\"method\":\"b\"}"
    );
}

#[tokio::test]
async fn what_comes_after_the_script_fails_unless_it_is_ignored_or_hung_up() {
    let frames = [r#"{"id":1,"method":"a"}"#, r#"{"id":2,"method":"b"}"#];
    let script = |mut peer: MockPeer| async move { drop(peer.expect("a").await) };
    assert_eq!(
        failure(script, &frames).await.unwrap(),
        "after the end of the script there came request `b`
all frames:
  client: {\"id\":1,\"method\":\"a\"}
  client: {\"id\":2,\"method\":\"b\"}"
    );
    assert_eq!(failure(|mut peer| async move { peer.ignore_rest().await }, &frames).await, None);
    assert_eq!(failure(|mut peer| async move { peer.hang_up() }, &[]).await, None);
}

#[tokio::test]
async fn a_panic_in_the_script_fails_with_its_message() {
    let script = |mut peer: MockPeer| async move {
        let request = peer.expect("a").await;
        assert_eq!(request.params, json!(2), "wrong params");
    };
    let failure = failure(script, &[r#"{"id":1,"method":"a","params":1}"#]).await;
    assert_eq!(
        failure.unwrap(),
        "the script panicked: assertion `left == right` failed: wrong params
  left: Number(1)
 right: Number(2)
all frames:
  client: {\"id\":1,\"method\":\"a\",\"params\":1}"
    );
}

#[tokio::test]
async fn a_client_that_waits_is_told_the_story() {
    let (transport, script) = mock::scripted(|mut peer| async move {
        peer.expect("a").await;
    });
    let (mut sender, mut receiver) = Box::new(transport).split();
    sender.send(&mut batch(&[r#"{"id":1,"method":"b"}"#])).await.unwrap();
    let (_, end) = rest_of_text(&mut *receiver).await;
    let story = "expected request `a`, and there came request `b`
all frames:
  client: {\"id\":1,\"method\":\"b\"}";
    assert!(matches!(&end, Error::OffScript(told) if &**told == story), "{end:?}");
    assert!(sender.send(&mut batch(&["1"])).await.is_err());
    assert_eq!(message(tokio::spawn(script.finish()).await).unwrap(), story);
}

#[tokio::test(start_paused = true)]
async fn a_script_that_waits_for_a_client_that_does_nothing_fails() {
    let (transport, script) = mock::scripted(|mut peer| async move {
        peer.expect("a").await;
    });
    let _halves = Box::new(transport).split();
    assert_eq!(
        message(tokio::spawn(script.finish()).await).unwrap(),
        "the script still waits for request `a`\nno frame was seen"
    );
}

#[tokio::test]
async fn a_script_that_nobody_finishes_fails() {
    let (_transport, script) = mock::scripted(|_peer| async {});
    let panic = std::panic::catch_unwind(AssertUnwindSafe(|| drop(script))).unwrap_err();
    assert_eq!(
        *panic.downcast::<String>().unwrap(),
        "a mock's script was dropped without `finish().await`\nno frame was seen"
    );
}

#[tokio::test]
async fn a_story_is_bounded() {
    let frames: Vec<String> = (0..200).map(|n| format!("\"{n}{}\"", "é".repeat(5_000))).collect();
    let frames: Vec<&str> = frames.iter().map(String::as_str).collect();
    let script = |mut peer: MockPeer| async move {
        for _ in 0..200 {
            peer.recv().await.unwrap();
        }
        panic!("enough");
    };
    let story = failure(script, &frames).await.unwrap();
    let mut lines = story.lines();
    assert_eq!(lines.next(), Some("the script panicked: enough"));
    assert_eq!(lines.next(), Some("the last 10 of 200 frames:"));
    let first = format!("  client: \"190{}.. (10005 bytes)", "é".repeat(296));
    assert_eq!(lines.next(), Some(&*first));
    assert_eq!(lines.count(), 9);
}

#[tokio::test]
async fn a_peer_in_the_tests_own_hands_fails_the_test_at_once() {
    let (transport, mut peer) = mock::pair();
    let (mut sender, _receiver) = Box::new(transport).split();
    sender.send(&mut batch(&[r#"{"method":"b"}"#])).await.unwrap();
    let failed = within(tokio::spawn(async move { drop(peer.expect("a").await) })).await;
    assert_eq!(
        message(failed).unwrap(),
        "expected request `a`, and there came notification `b`
all frames:
  client: {\"method\":\"b\"}"
    );
}
