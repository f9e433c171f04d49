//! Pings and ends. The clock is paused: time passes as soon as everybody waits.

use std::time::Duration;

use codex_transport::{Closed, Error};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::tungstenite::{Error as PeerError, Message};

use super::{builder, pair};
use crate::support::{batch, next, rest_of_text};

const INTERVAL: Duration = Duration::from_secs(20);

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_pings_is_kept() {
    let ((_sender, mut receiver), mut peer) =
        pair(builder().ping_interval(INTERVAL), 1 << 16).await;
    let peer = tokio::spawn(async move {
        let mut pings = 0;
        while let Ok(Some(Ok(message))) = timeout(10 * INTERVAL, peer.next()).await {
            assert!(message.is_ping(), "{message:?}");
            pings += 1;
            if pings == 5 {
                peer.send(Message::text("still here")).await.unwrap();
            }
        }
        pings
    });
    let start = Instant::now();
    assert_eq!(next_unhurried(&mut *receiver).await, "still here");
    // Every other interval begins with an answer, and needs no ping.
    assert!(start.elapsed() >= 5 * INTERVAL, "{:?}", start.elapsed());
    drop(receiver);
    assert_eq!(peer.await.unwrap(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_no_ping_is_given_up() {
    let ((mut sender, mut receiver), _peer) =
        pair(builder().ping_interval(INTERVAL), 1 << 16).await;
    let start = Instant::now();
    let error = receiver.fill().await.unwrap_err();
    assert!(matches!(error, Error::Silent { after: INTERVAL }), "{error:?}");
    assert_eq!(start.elapsed(), 2 * INTERVAL);
    assert_eq!(error.to_string(), "the server sent nothing for 20 s and left a ping unanswered");
    assert!(matches!(receiver.fill().await, Err(Error::Silent { .. })));
    assert!(matches!(sender.send(&mut batch(&["1"])).await, Err(Error::Silent { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_send_that_waits_is_told_when_the_peer_is_given_up() {
    let ((mut sender, mut receiver), _peer) = pair(builder().ping_interval(INTERVAL), 100).await;
    let mut frames = batch(&[&"x".repeat(1000)]);
    let (sent, filled) = tokio::join!(sender.send(&mut frames), receiver.fill());
    assert!(matches!(sent, Err(Error::Silent { .. })), "{sent:?}");
    assert!(matches!(filled, Err(Error::Silent { .. })), "{filled:?}");
}

#[tokio::test(start_paused = true)]
async fn pings_can_be_switched_off() {
    let ((_sender, mut receiver), _peer) = pair(builder().ping_interval(None), 1 << 16).await;
    let day = Duration::from_secs(24 * 3600);
    assert!(timeout(day, receiver.fill()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_large_message_that_comes_slowly_is_a_sign_of_life() {
    let ((_sender, mut receiver), mut peer) =
        pair(builder().ping_interval(INTERVAL), 1 << 16).await;
    tokio::spawn(async move {
        // It answers no ping, since it is busy with this.
        peer.get_mut().write_all(b"\x81\x14").await.unwrap();
        for _ in 0..20 {
            sleep(INTERVAL * 3 / 4).await;
            peer.get_mut().write_all(b"x").await.unwrap();
        }
        sleep(10 * INTERVAL).await;
    });
    assert_eq!(next_unhurried(&mut *receiver).await, "x".repeat(20));
    assert!(matches!(receiver.fill().await, Err(Error::Silent { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_a_large_message_slowly_is_kept() {
    let ((mut sender, mut receiver), mut peer) =
        pair(builder().ping_interval(INTERVAL), 1000).await;
    tokio::spawn(async move {
        let mut bytes = vec![0; 1000];
        for _ in 0..20 {
            sleep(INTERVAL * 3 / 4).await;
            peer.get_mut().read_exact(&mut bytes).await.unwrap();
        }
        sleep(10 * INTERVAL).await;
    });
    let mut frames = batch(&[&"x".repeat(19_000)]);
    let start = Instant::now();
    tokio::select! {
        sent = sender.send(&mut frames) => sent.unwrap(),
        filled = receiver.fill() => panic!("{filled:?} after {:?}", start.elapsed()),
    }
    assert!(start.elapsed() > 10 * INTERVAL);
}

#[tokio::test(start_paused = true)]
async fn close_announces_itself_after_what_was_sent_and_waits_for_the_answer() {
    let ((mut sender, mut receiver), mut peer) = pair(builder(), 1 << 16).await;
    let peer = tokio::spawn(async move {
        assert_eq!(peer.next().await.unwrap().unwrap(), Message::text("last"));
        assert_eq!(peer.next().await.unwrap().unwrap(), Message::Close(None));
        sleep(Duration::from_secs(1)).await;
        // Going on sends the answer.
        assert!(peer.next().await.is_none());
    });
    sender.send(&mut batch(&["last"])).await.unwrap();
    let start = Instant::now();
    let (closed, end) = tokio::join!(sender.close(), receiver.fill());
    assert_eq!(closed.unwrap(), Closed::default());
    assert!(matches!(end, Err(Error::Closed)), "{end:?}");
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    peer.await.unwrap();
    assert_eq!(sender.close().await.unwrap(), Closed::default());
    assert!(matches!(sender.send(&mut batch(&["1"])).await, Err(Error::Closed)));
}

#[tokio::test(start_paused = true)]
async fn close_reads_on_by_itself_where_the_receiver_is_gone() {
    let ((mut sender, receiver), mut peer) = pair(builder(), 100).await;
    let peer = tokio::spawn(async move {
        for number in 0..100 {
            peer.send(Message::text(number.to_string())).await.unwrap();
        }
        assert_eq!(peer.next().await.unwrap().unwrap(), Message::Close(None));
        assert!(peer.next().await.is_none());
    });
    drop(receiver);
    let start = Instant::now();
    sender.close().await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
    peer.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn close_cuts_off_a_peer_that_does_not_answer_in_time() {
    let grace = Duration::from_secs(3);
    let ((mut sender, mut receiver), mut peer) = pair(builder().grace(grace), 1 << 16).await;
    let start = Instant::now();
    let (closed, end) = tokio::join!(sender.close(), receiver.fill());
    closed.unwrap();
    assert!(matches!(end, Err(Error::Closed)), "{end:?}");
    assert_eq!(start.elapsed(), grace);
    let mut raw = Vec::new();
    peer.get_mut().read_to_end(&mut raw).await.unwrap();
    assert_eq!(raw.len(), 2 + 4, "a close frame, then the end");
}

#[tokio::test(start_paused = true)]
async fn a_close_that_was_given_up_goes_on() {
    let grace = Duration::from_secs(3);
    let ((mut sender, _receiver), mut peer) = pair(builder().grace(grace), 1 << 16).await;
    assert!(timeout(grace / 3, sender.close()).await.is_err());
    let mut raw = Vec::new();
    let start = Instant::now();
    peer.get_mut().read_to_end(&mut raw).await.unwrap();
    assert_eq!(start.elapsed(), grace - grace / 3);
    sender.close().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_closes_is_heard_to_the_end() {
    let ((mut sender, mut receiver), mut peer) = pair(builder(), 1 << 16).await;
    let peer = tokio::spawn(async move {
        peer.send(Message::text("last")).await.unwrap();
        peer.close(None).await.unwrap();
        assert_eq!(peer.next().await.unwrap().unwrap(), Message::Close(None));
        assert!(matches!(peer.next().await, None | Some(Err(PeerError::ConnectionClosed))));
    });
    let (frames, end) = rest_of_text(&mut *receiver).await;
    assert_eq!(frames, ["last"]);
    assert!(matches!(end, Error::Disconnected), "{end:?}");
    peer.await.unwrap();
    assert!(matches!(receiver.fill().await, Err(Error::Disconnected)));
    assert!(matches!(sender.send(&mut batch(&["1"])).await, Err(Error::Disconnected)));
    assert_eq!(sender.close().await.unwrap(), Closed::default());
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_is_simply_gone_is_heard_to_the_end() {
    let ((mut sender, mut receiver), mut peer) = pair(builder(), 1 << 16).await;
    peer.send(Message::text("last")).await.unwrap();
    drop(peer);
    let (frames, end) = rest_of_text(&mut *receiver).await;
    assert_eq!(frames, ["last"]);
    assert!(matches!(end, Error::Disconnected), "{end:?}");
    assert!(matches!(sender.send(&mut batch(&["1"])).await, Err(Error::Disconnected)));
}

#[tokio::test(start_paused = true)]
async fn dropping_the_sender_says_goodbye_and_leaves_the_receiver_what_still_comes() {
    let ((sender, mut receiver), mut peer) = pair(builder(), 1 << 16).await;
    drop(sender);
    peer.send(Message::text("last")).await.unwrap();
    assert_eq!(next(&mut *receiver).await.unwrap(), "last");
    let peer = tokio::spawn(async move {
        assert_eq!(peer.next().await.unwrap().unwrap(), Message::Close(None));
        assert!(peer.next().await.is_none());
    });
    assert!(matches!(receiver.fill().await, Err(Error::Closed)));
    peer.await.unwrap();
}

/// As `next`, without its guard: on a paused clock that would be what time jumps to.
async fn next_unhurried(receiver: &mut dyn codex_transport::FrameReceiver) -> String {
    loop {
        if let Some(frame) = receiver.next_frame() {
            return crate::support::owned(frame).unwrap();
        }
        receiver.fill().await.unwrap();
    }
}
