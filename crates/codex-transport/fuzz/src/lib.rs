//! What the fuzz targets do with their bytes.
//!
//! A test on stable Rust drives the same functions with spoilt recordings.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::BytesMut;
use codex_transport::{
    Error, Frame, FrameBatch, FrameDecoder, FrameReceiver, Malformed, Replay, Transport, mock,
};
use serde_json::value::RawValue;
use tokio_util::codec::Decoder;

/// So many bytes at the front of an input for [`framing`] say how it is to be cut.
pub const HEAD: usize = 4;

/// A frame: its text, or how long one that is not UTF-8 is, and up to where it is.
type Seen = Result<String, (usize, usize)>;

/// Cuts the bytes into pieces as the first of them say, and takes those for the input of a server: whatever the pieces,
/// the frames are those of a splitter that sees everything at once, and no more is kept than the limit.
pub fn framing(data: &[u8]) {
    let Some((head, input)) = data.split_at_checked(HEAD) else { return };
    let limit = match head[0] {
        0..128 => usize::from(head[0]),
        large => usize::from(large) * 64,
    };
    let sizes = [head[1], head[2], head[3]].map(|size| usize::from(size) + 1);
    let expected = split(input, limit);
    assert_eq!(by_decoder(input, sizes, limit), expected, "the decoder");
    assert_eq!(by_receiver(input, sizes, limit), expected, "the receiver");
}

/// The rules of the framing, in the plainest way; whether a frame was too large comes with the frames before it.
fn split(input: &[u8], limit: usize) -> (Vec<Seen>, bool) {
    let mut frames = Vec::new();
    for line in input.split(|byte| *byte == b'\n') {
        if line.len() > limit {
            return (frames, true);
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line.is_empty() {
            let text = std::str::from_utf8(line);
            frames.push(text.map(str::to_owned).map_err(|e| (line.len(), e.valid_up_to())));
        }
    }
    (frames, false)
}

/// The input in pieces of these sizes, over and over.
fn pieces(mut input: &[u8], sizes: [usize; 3]) -> impl Iterator<Item = &[u8]> {
    let mut sizes = sizes.into_iter().cycle();
    std::iter::from_fn(move || {
        let (piece, rest) = input.split_at(sizes.next()?.min(input.len()));
        input = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

fn by_decoder(input: &[u8], sizes: [usize; 3], limit: usize) -> (Vec<Seen>, bool) {
    let mut decoder = FrameDecoder::with_max_frame_bytes(limit);
    let (mut source, mut frames) = (BytesMut::new(), Vec::new());
    for piece in pieces(input, sizes) {
        source.extend_from_slice(piece);
        loop {
            match decoder.decode(&mut source) {
                Ok(Some(frame)) => frames.push(frame.map_err(|malformed| place(&malformed))),
                Ok(None) => break,
                Err(Error::FrameTooLarge { .. }) => return (frames, true),
                Err(error) => panic!("{error:?}"),
            }
        }
        assert!(source.len() <= limit, "{} bytes are kept", source.len());
    }
    loop {
        match decoder.decode_eof(&mut source) {
            Ok(Some(frame)) => frames.push(frame.map_err(|malformed| place(&malformed))),
            Ok(None) => return (frames, false),
            Err(Error::FrameTooLarge { .. }) => return (frames, true),
            Err(error) => panic!("{error:?}"),
        }
    }
}

fn by_receiver(input: &[u8], sizes: [usize; 3], limit: usize) -> (Vec<Seen>, bool) {
    let (transport, peer) = mock::pair();
    let (_sender, mut receiver) = Box::new(transport.max_frame_bytes(limit)).split();
    for piece in pieces(input, sizes) {
        peer.send_raw(piece);
    }
    drop(peer);
    let mut frames = Vec::new();
    loop {
        match now(receiver.fill()) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(Error::FrameTooLarge { .. })) => return (frames, true),
            Poll::Ready(Err(Error::Disconnected)) => return (frames, false),
            other => panic!("{other:?} with all input there"),
        }
        take(&mut *receiver, &mut frames);
    }
}

/// Takes the bytes for a recording and plays it to a client that sends what it says: each step ends, and nothing comes
/// that is not in it. Gives whether all of it was played.
pub fn replay(data: &[u8]) -> bool {
    let replay = match Replay::read(data) {
        Ok(replay) => replay,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            error.before().expect("bytes can be read")
        }
    };
    let playback = replay.playback();
    let (mut sender, mut receiver) = Box::new(replay).split();
    let sent: Vec<String> = data.split(|byte| *byte == b'\n').filter_map(client_frame).collect();
    // Each frame of the server has a line, and each of the client's at most one answer that was made up for it.
    let most = data.len() + sent.len();
    let mut frames = Vec::new();
    let mut sent = sent.into_iter();
    let mut batch = FrameBatch::new();
    loop {
        match now(receiver.fill()) {
            Poll::Ready(Ok(())) => take(&mut *receiver, &mut frames),
            Poll::Ready(Err(error)) => {
                assert!(!error.to_string().is_empty());
                break;
            }
            Poll::Pending => match sent.next() {
                Some(frame) if batch.push_str(&frame).is_ok() => {
                    let Poll::Ready(_) = now(sender.send(&mut batch)) else {
                        panic!("a replay does not take what is sent");
                    };
                }
                Some(_) => {}
                None => break,
            },
        }
        assert!(frames.len() <= most, "{} frames of {} bytes", frames.len(), data.len());
    }
    let Poll::Ready(closed) = now(sender.close()) else { panic!("a replay does not close") };
    let Poll::Ready(Err(_)) = now(drained(&mut *receiver)) else {
        panic!("a closed replay does not end");
    };
    assert_eq!(closed.is_ok(), playback.check().is_ok());
    closed.is_ok()
}

/// The frame of a line that the client sent, as far as it can be told.
fn client_frame(line: &[u8]) -> Option<String> {
    let line: std::collections::BTreeMap<String, &RawValue> = serde_json::from_slice(line).ok()?;
    let is_clients = line.get("from")?.get() == "\"client\"";
    is_clients.then(|| Some(line.get("frame")?.get().to_owned()))?
}

async fn drained(receiver: &mut dyn FrameReceiver) -> Result<(), Error> {
    loop {
        receiver.fill().await?;
        while receiver.next_frame().is_some() {}
    }
}

fn take(receiver: &mut dyn FrameReceiver, frames: &mut Vec<Seen>) {
    while let Some(frame) = receiver.next_frame() {
        frames.push(match frame {
            Frame::Text(text) => Ok(text.to_owned()),
            Frame::Malformed(malformed) => Err(place(&malformed)),
        });
    }
}

fn place(malformed: &Malformed) -> (usize, usize) {
    (malformed.frame_len(), malformed.valid_up_to())
}

/// What a future gives without being waited for: nothing here waits for anything but a call.
fn now<T>(future: impl Future<Output = T>) -> Poll<T> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}
