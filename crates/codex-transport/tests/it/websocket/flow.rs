//! What goes through.

use std::future::ready;
use std::pin::Pin;

use codex_transport::{Error, FrameBatch};
use futures_util::{Sink, SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::{builder, pair};
use crate::support::{batch, next, rest, rest_of_text, within};

/// The next text that the peer gets.
async fn heard(peer: &mut WebSocketStream<DuplexStream>) -> Utf8Bytes {
    match within(peer.next()).await.unwrap().unwrap() {
        Message::Text(text) => text,
        other => panic!("no text: {other:?}"),
    }
}

#[tokio::test]
async fn frames_are_text_messages_in_both_directions() {
    let ((mut sender, mut receiver), mut peer) = pair(builder(), 1 << 16).await;
    let mut frames = batch(&["{\"id\":1}", "[\"é\u{2028}\"]"]);
    sender.send(&mut frames).await.unwrap();
    assert!(frames.is_empty());
    assert_eq!(heard(&mut peer).await.as_str(), "{\"id\":1}");
    assert_eq!(heard(&mut peer).await.as_str(), "[\"é\u{2028}\"]");
    // What comes may be written over several lines, or be empty.
    for text in ["{\n}", "", "2"] {
        peer.send(Message::text(text)).await.unwrap();
    }
    assert_eq!(next(&mut *receiver).await.unwrap(), "{\n}");
    assert_eq!(next(&mut *receiver).await.unwrap(), "2");
}

#[tokio::test]
async fn many_messages_come_with_one_fill_and_many_leave_with_one_write() {
    let ((mut sender, mut receiver), mut peer) = pair(builder(), 1 << 20).await;
    for number in 0..1000 {
        peer.feed(Message::text(number.to_string())).await.unwrap();
    }
    peer.flush().await.unwrap();
    within(receiver.fill()).await.unwrap();
    for number in 0..1000 {
        assert_eq!(
            receiver.next_frame().map(|frame| format!("{frame:?}")),
            Some(format!("Text(\"{number}\")"))
        );
    }
    assert!(receiver.next_frame().is_none());

    // Of the raw stream, one read gives all that one send wrote.
    let mut frames = batch(&["1"; 1000]);
    sender.send(&mut frames).await.unwrap();
    let mut raw = vec![0; 1 << 20];
    let count = within(peer.get_mut().read(&mut raw)).await.unwrap();
    assert_eq!(count, 1000 * (2 + 4 + 1), "header, mask and text of each");
}

#[tokio::test]
async fn what_is_too_large_for_one_fragment_arrives_whole() {
    let ((mut sender, mut receiver), mut peer) = pair(builder(), 1 << 16).await;
    let large = format!("\"{}\"", "é".repeat(10 << 20));
    let mut frames = batch(&["1", &large, "2"]);
    let send = async {
        sender.send(&mut frames).await.unwrap();
        frames
    };
    let hear = async {
        assert_eq!(heard(&mut peer).await.as_str(), "1");
        assert!(heard(&mut peer).await.as_str() == large);
        assert_eq!(heard(&mut peer).await.as_str(), "2");
        peer.send(Message::text(large.as_str())).await.unwrap();
    };
    let receive = next(&mut *receiver);
    let (frames, (), received) = within(async { tokio::join!(send, hear, receive) }).await;
    assert!(frames.is_empty());
    assert!(received.unwrap() == large, "a large one comes back in one fragment");
}

#[tokio::test]
async fn a_message_beyond_64_mib_passes_by_default() {
    let ((_sender, mut receiver), mut peer) = pair(builder(), 1 << 20).await;
    let large = Utf8Bytes::from("x".repeat(65 << 20));
    let sent = peer.send(Message::Text(large.clone()));
    let (sent, received) = within(async { tokio::join!(sent, next(&mut *receiver)) }).await;
    sent.unwrap();
    assert!(received.unwrap() == large.as_str(), "it differs");
}

#[tokio::test]
async fn a_frame_over_the_limit_ends_the_connection_and_one_at_it_does_not() {
    let ((mut sender, mut receiver), mut peer) = pair(builder().max_frame_bytes(10), 1 << 16).await;
    peer.send(Message::text("0123456789")).await.unwrap();
    peer.send(Message::text("0123456789x")).await.unwrap();
    let (frames, end) = rest_of_text(&mut *receiver).await;
    assert_eq!(frames, ["0123456789"]);
    assert!(matches!(end, Error::FrameTooLarge { limit: 10 }), "{end:?}");
    let error = sender.send(&mut batch(&["1"])).await.unwrap_err();
    assert!(matches!(error, Error::FrameTooLarge { limit: 10 }), "{error:?}");
}

#[tokio::test]
async fn binary_messages_are_taken_as_text_or_as_malformed() {
    let ((_sender, mut receiver), mut peer) = pair(builder(), 1 << 16).await;
    peer.send(Message::binary(&b"{}"[..])).await.unwrap();
    peer.send(Message::binary(&b"a\xff"[..])).await.unwrap();
    peer.send(Message::text("[]")).await.unwrap();
    peer.close(None).await.unwrap();
    let (frames, end) = rest(&mut *receiver).await;
    let [Ok(object), Err(malformed), Ok(list)] = &*frames else { panic!("{frames:?}") };
    assert_eq!((&**object, malformed.excerpt(), &**list), ("{}", &b"a\xff"[..], "[]"));
    assert!(matches!(end, Error::Disconnected), "{end:?}");
}

#[tokio::test]
async fn text_that_is_not_utf_8_ends_the_connection_after_what_came_before() {
    let ((_sender, mut receiver), mut peer) = pair(builder(), 1 << 16).await;
    peer.send(Message::text("{}")).await.unwrap();
    peer.get_mut().write_all(b"\x81\x02a\xff").await.unwrap();
    let (frames, end) = rest_of_text(&mut *receiver).await;
    assert_eq!(frames, ["{}"]);
    assert!(matches!(end, Error::Read(_)), "{end:?}");
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_still_heard() {
    let ((mut sender, mut receiver), mut peer) = pair(builder(), 1 << 10).await;
    let mut frames = batch(&[&"x".repeat(1 << 20)]);
    let mut send = Box::pin(sender.send(&mut frames));
    for number in 0..100 {
        let sent = std::future::poll_fn(|cx| std::task::Poll::Ready(send.as_mut().poll(cx)));
        assert!(sent.await.is_pending());
        // The peer's own flush would read nothing either.
        peer.send(Message::text(number.to_string())).await.unwrap();
        assert_eq!(next(&mut *receiver).await.unwrap(), number.to_string());
    }
    let (sent, heard) = within(async { tokio::join!(send, heard(&mut peer)) }).await;
    sent.unwrap();
    assert_eq!(heard.len(), 1 << 20);
}

#[tokio::test]
async fn fills_and_sends_that_are_cut_short_lose_and_repeat_nothing() {
    // Reads and writes of seven bytes, each raced against a future that is ready.
    let ((mut sender, mut receiver), mut peer) = pair(builder(), 7).await;
    let texts: Vec<String> = (0..3000).map(|number| format!("{{\"é\":{number}}}")).collect();
    let (mut frames, mut queued) = (FrameBatch::new(), 0);
    let (mut received, mut echoed, mut cancelled) = (Vec::new(), Vec::new(), 0);
    within(async {
        while received.len() < texts.len() {
            if queued < texts.len() {
                frames.push_str(&texts[queued]).unwrap();
                queued += 1;
            }
            tokio::select! {
                biased;
                sent = sender.send(&mut frames) => sent.unwrap(),
                () = ready(()) => cancelled += 1,
            }
            // The peer says again what it hears, as far as it goes at once.
            tokio::select! {
                biased;
                message = peer.next() => echoed.push(message.unwrap().unwrap()),
                () = ready(()) => {}
            }
            if !echoed.is_empty() {
                let say = std::future::poll_fn(|cx| Pin::new(&mut peer).poll_ready(cx));
                tokio::select! {
                    biased;
                    said = say => { said.unwrap(); peer.start_send_unpin(echoed.remove(0)).unwrap(); }
                    () = ready(()) => {}
                }
            }
            let flush = std::future::poll_fn(|cx| Pin::new(&mut peer).poll_flush(cx));
            tokio::select! { biased; flushed = flush => flushed.unwrap(), () = ready(()) => {} }
            tokio::select! {
                biased;
                filled = receiver.fill() => filled.unwrap(),
                () = ready(()) => cancelled += 1,
            }
            while let Some(frame) = receiver.next_frame() {
                received.push(crate::support::owned(frame).unwrap());
            }
        }
    })
    .await;
    assert_eq!(received, texts);
    assert!(cancelled >= 10_000, "only {cancelled} were cut short");
}
