use bytes::BytesMut;
use codex_transport::{Error, FrameDecoder, FrameReceiver, Transport, mock};
use tokio_util::codec::Decoder;

use crate::support::{next, owned, rest};

/// Every rule of the framing in one input.
const INPUT: &[u8] =
    b"{\"a\":1}\n\r\n\n{\"crlf\":2}\r\n\"\xe2\x80\xa8\xf0\x9f\x98\x80\r\x0b\xc2\x85\"\n\"\0\"\n\"\xff\xe2\x80\"\n\"good\"\n\r\n\"last\"";

fn expected() -> Vec<Result<&'static str, (&'static [u8], usize)>> {
    vec![
        Ok(r#"{"a":1}"#),
        Ok(r#"{"crlf":2}"#),
        Ok("\"\u{2028}😀\r\u{b}\u{85}\""),
        Ok("\"\0\""),
        Err((b"\"\xff\xe2\x80\"", 1)),
        Ok("\"good\""),
        Ok("\"last\""),
    ]
}

/// The frames of an input that comes in these pieces, one read each.
async fn frames_of(pieces: impl IntoIterator<Item = &[u8]>) {
    let (transport, peer) = mock::pair();
    let (_sender, mut receiver) = Box::new(transport).split();
    for piece in pieces {
        peer.send_raw(piece);
    }
    drop(peer);
    let (frames, end) = rest(&mut *receiver).await;
    let seen: Vec<_> = frames
        .iter()
        .map(|frame| match frame {
            Ok(text) => Ok(text.as_str()),
            Err(malformed) => Err((malformed.excerpt(), malformed.valid_up_to())),
        })
        .collect();
    assert_eq!(seen, expected());
    assert!(matches!(end, Error::Disconnected), "{end:?}");
}

#[tokio::test]
async fn frames_are_the_same_at_every_split() {
    for at in 0..=INPUT.len() {
        let (head, tail) = INPUT.split_at(at);
        frames_of([head, tail]).await;
    }
    for size in 1..INPUT.len() {
        frames_of(INPUT.chunks(size)).await;
    }
}

#[test]
fn the_decoder_follows_the_same_rules_at_every_split() {
    for at in 0..=INPUT.len() {
        let (mut decoder, mut source, mut frames) =
            (FrameDecoder::new(), BytesMut::new(), Vec::new());
        for piece in [&INPUT[..at], &INPUT[at..]] {
            source.extend_from_slice(piece);
            while let Some(frame) = decoder.decode(&mut source).unwrap() {
                frames.push(frame);
            }
        }
        while let Some(frame) = decoder.decode_eof(&mut source).unwrap() {
            frames.push(frame);
        }
        let seen: Vec<_> = frames
            .iter()
            .map(|frame| match frame {
                Ok(text) => Ok(text.as_str()),
                Err(malformed) => Err((malformed.excerpt(), malformed.valid_up_to())),
            })
            .collect();
        assert_eq!(seen, expected(), "split at {at}");
        assert!(source.is_empty());
    }
}

#[test]
fn the_decoder_refuses_a_frame_too_large() {
    let mut source = BytesMut::from("1234\n12345");
    let mut decoder = FrameDecoder::with_max_frame_bytes(4);
    assert_eq!(decoder.decode(&mut source).unwrap(), Some(Ok("1234".to_owned())));
    assert!(matches!(decoder.decode(&mut source), Err(Error::FrameTooLarge { limit: 4 })));
}

#[tokio::test]
async fn a_frame_too_large_is_the_end_after_the_frames_before_it() {
    let (transport, peer) = mock::pair();
    let (_sender, mut receiver) = Box::new(transport.max_frame_bytes(8)).split();
    peer.send_raw("12345678\n123456789\nlost\n");
    let (frames, end) = rest(&mut *receiver).await;
    assert_eq!(frames, [Ok("12345678".to_owned())]);
    assert_eq!(
        end.to_string(),
        "the server sent a frame of more than 8 bytes; max_frame_bytes sets that limit"
    );
    assert!(!end.is_disconnected());
    // Sticky, whatever else comes.
    peer.send("{}");
    assert!(matches!(receiver.fill().await, Err(Error::FrameTooLarge { limit: 8 })));
    assert!(receiver.next_frame().is_none());
}

#[tokio::test]
async fn fill_is_ready_while_frames_are_left() {
    let (transport, peer) = mock::pair();
    let (_sender, mut receiver) = Box::new(transport).split();
    peer.send_raw("1\n\n2\n");
    receiver.fill().await.unwrap();
    assert_eq!(receiver.next_frame().map(owned), Some(Ok("1".to_owned())));
    // No input is left: a fill that wanted some would wait for ever.
    crate::support::within(receiver.fill()).await.unwrap();
    assert_eq!(receiver.next_frame().map(owned), Some(Ok("2".to_owned())));
    assert!(receiver.next_frame().is_none());
    peer.send("3");
    assert_eq!(next(&mut *receiver).await.unwrap(), "3");
}

#[tokio::test]
async fn cancelled_fills_lose_nothing() {
    let (transport, peer) = mock::pair();
    let (_sender, mut receiver) = Box::new(transport).split();
    let sent: Vec<String> = (0..5_000).map(|number| format!("{{\"é\":{number}}}")).collect();
    let bytes = sent.iter().flat_map(|frame| [frame, "\n"]).collect::<String>().into_bytes();
    let (mut received, mut cancelled) = (Vec::new(), 0);
    for piece in bytes.chunks(2) {
        cancelled += usize::from(!fills_at_once(&mut *receiver).await);
        peer.send_raw(piece);
        assert!(fills_at_once(&mut *receiver).await);
        while let Some(frame) = receiver.next_frame() {
            received.push(owned(frame).unwrap());
        }
    }
    assert_eq!(received, sent);
    assert!(cancelled >= 20_000, "only {cancelled} fills were cancelled");
}

/// Races a fill against nothing at all: without input it is cancelled.
async fn fills_at_once(receiver: &mut dyn FrameReceiver) -> bool {
    tokio::select! {
        biased;
        filled = receiver.fill() => { filled.unwrap(); true }
        () = std::future::ready(()) => false,
    }
}
