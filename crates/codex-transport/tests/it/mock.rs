use std::sync::Arc;
use std::time::Duration;

use codex_transport::{Closed, Error, Transport, mock};

use crate::support::{batch, next, rest_of_text, within};

#[tokio::test]
async fn frames_pass_both_ways_in_order() {
    let (transport, mut peer) = mock::pair();
    let (mut sender, mut receiver) = Box::new(transport).split();
    let mut frames = batch(&["1", "\"é\"", "3"]);
    sender.send(&mut frames).await.unwrap();
    assert!(frames.is_empty());
    let mut received = Vec::new();
    for _ in 0..3 {
        received.push(peer.recv().await.unwrap());
    }
    assert_eq!(received, ["1", "\"é\"", "3"]);
    peer.send("a");
    peer.send("b");
    assert_eq!(next(&mut *receiver).await.unwrap(), "a");
    assert_eq!(next(&mut *receiver).await.unwrap(), "b");
}

#[tokio::test]
async fn closing_ends_both_directions() {
    let (transport, mut peer) = mock::pair();
    let (mut sender, mut receiver) = Box::new(transport).split();
    sender.send(&mut batch(&["1"])).await.unwrap();
    peer.send("answer");
    assert_eq!(sender.close().await.unwrap(), Closed::default());
    assert_eq!(sender.close().await.unwrap(), Closed::default());
    assert!(matches!(sender.send(&mut batch(&["2"])).await, Err(Error::Closed)));
    assert_eq!(peer.recv().await.as_deref(), Some("1"));
    assert_eq!(peer.recv().await, None);
    let (frames, end) = rest_of_text(&mut *receiver).await;
    assert_eq!(frames, ["answer"]);
    assert!(matches!(end, Error::Disconnected), "{end:?}");
}

#[tokio::test]
async fn a_dropped_sender_leaves_the_receiver_connected() {
    let (transport, mut peer) = mock::pair();
    let (sender, mut receiver) = Box::new(transport).split();
    drop(sender);
    assert_eq!(peer.recv().await, None);
    peer.send("late");
    assert_eq!(next(&mut *receiver).await.unwrap(), "late");
    drop(peer);
    assert!(matches!(rest_of_text(&mut *receiver).await.1, Error::Disconnected));
}

#[tokio::test]
async fn a_peer_that_hangs_up_is_seen_after_what_it_sent() {
    let (transport, mut peer) = mock::pair();
    let (mut sender, mut receiver) = Box::new(transport).split();
    sender.send(&mut batch(&["before"])).await.unwrap();
    peer.send("a");
    peer.send_raw("no line feed");
    peer.hang_up();
    assert!(matches!(sender.send(&mut batch(&["after"])).await, Err(Error::Disconnected)));
    assert_eq!(peer.recv().await.as_deref(), Some("before"));
    assert_eq!(peer.recv().await, None);
    let (frames, end) = rest_of_text(&mut *receiver).await;
    assert_eq!(frames, ["a", "no line feed"]);
    assert!(end.is_disconnected());
    // Sticky.
    assert!(matches!(within(receiver.fill()).await, Err(Error::Disconnected)));
}

#[tokio::test]
async fn a_failure_of_the_tests_choice_reaches_the_receiver() {
    let (transport, mut peer) = mock::pair();
    let (_sender, mut receiver) = Box::new(transport).split();
    peer.fail(Error::Read(Arc::new(std::io::Error::other("cable cut"))));
    for _ in 0..2 {
        let error = within(receiver.fill()).await.unwrap_err();
        assert_eq!(error.to_string(), "could not read from the server");
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "cable cut");
    }
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_does_no_harm() {
    let (transport, mut peer) = mock::pair();
    let (mut sender, mut receiver) = Box::new(transport).split();
    let server = tokio::spawn(async move {
        while let Some(frame) = peer.recv().await {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            peer.send(&frame);
        }
    });
    let began = tokio::time::Instant::now();
    for frame in ["1", "2"] {
        sender.send(&mut batch(&[frame])).await.unwrap();
        receiver.fill().await.unwrap();
        assert_eq!(receiver.next_frame().map(crate::support::owned), Some(Ok(frame.to_owned())));
    }
    assert_eq!(began.elapsed(), Duration::from_secs(7200));
    sender.close().await.unwrap();
    server.await.unwrap();
}
