//! What is true of every transport around another one: tap and record.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Buf;
use codex_transport::{
    Closed, Direction, Error, FrameBatch, FrameReceiver, FrameSender, Record, Tap, Transport, mock,
};
use serde_json::Value;

use crate::record::Sink;
use crate::support::{batch, owned, rest_of_text, within};

/// A transport between a mock and the test, and the frames that it showed, to be asked for once at the end.
type Wrapped = (Box<dyn Transport>, Box<dyn FnOnce() -> Vec<(Direction, String)>>);

fn wrapped(transport: impl Transport + 'static, tap: bool) -> Wrapped {
    if tap {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let shown = seen.clone();
        let tap = Tap::new(transport, move |direction, frame| {
            shown.lock().unwrap().push((direction, frame.to_string()));
        });
        return (Box::new(tap), Box::new(move || seen.lock().unwrap().clone()));
    }
    let sink = Sink::default();
    let record = Record::new(transport, sink.clone());
    let read = move || {
        let read = |line: Value| match &*line["from"].to_string() {
            "\"client\"" => Some((Direction::ToServer, line["frame"].to_string())),
            "\"server\"" => Some((Direction::FromServer, line["frame"].to_string())),
            _ => None,
        };
        sink.lines().into_iter().filter_map(read).collect()
    };
    (Box::new(record), Box::new(read))
}

fn from_server(frames: &[String]) -> Vec<(Direction, String)> {
    frames.iter().map(|frame| (Direction::FromServer, frame.clone())).collect()
}

#[tokio::test]
async fn both_directions_are_shown_in_order() {
    for tap in [true, false] {
        let (transport, mut peer) = mock::pair();
        let (transport, shown) = wrapped(transport, tap);
        let (mut sender, mut receiver) = transport.split();
        sender.send(&mut batch(&["1", "2"])).await.unwrap();
        assert_eq!(peer.recv().await.as_deref(), Some("1"));
        assert_eq!(peer.recv().await.as_deref(), Some("2"));
        peer.send("3");
        assert_eq!(crate::support::next(&mut *receiver).await.unwrap(), "3");
        sender.send(&mut batch(&["4"])).await.unwrap();
        within(sender.close()).await.unwrap();
        assert!(matches!(sender.send(&mut batch(&["5"])).await, Err(Error::Closed)));
        assert!(
            matches!(rest_of_text(&mut *receiver).await, (none, Error::Disconnected) if none.is_empty())
        );
        let mut shown = shown();
        // What could not be sent was on its way.
        if tap {
            assert_eq!(shown.pop(), Some((Direction::ToServer, "5".to_owned())));
        }
        let directions =
            [Direction::ToServer, Direction::ToServer, Direction::FromServer, Direction::ToServer];
        let expected: Vec<_> =
            directions.into_iter().zip(["1", "2", "3", "4"].map(str::to_owned)).collect();
        assert_eq!(shown[..4], expected);
    }
}

#[tokio::test]
async fn cancelled_fills_lose_and_repeat_nothing() {
    for tap in [true, false] {
        let (transport, peer) = mock::pair();
        let (transport, shown) = wrapped(transport, tap);
        let (mut sender, mut receiver) = transport.split();
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
        within(sender.close()).await.unwrap();
        assert_eq!(shown(), from_server(&sent));
    }
}

/// Races a fill against nothing at all: without input it is cancelled.
pub(crate) async fn fills_at_once(receiver: &mut dyn FrameReceiver) -> bool {
    tokio::select! {
        biased;
        filled = receiver.fill() => { filled.unwrap(); true }
        () = std::future::ready(()) => false,
    }
}

/// Sends a byte at a time into a buffer, and waits before each.
#[derive(Debug)]
struct Trickle(Arc<Mutex<Vec<u8>>>);

#[async_trait]
impl FrameSender for Trickle {
    async fn send(&mut self, batch: &mut FrameBatch) -> Result<(), Error> {
        while batch.has_remaining() {
            tokio::task::yield_now().await;
            self.0.lock().unwrap().push(batch.get_u8());
        }
        Ok(())
    }

    async fn close(&mut self) -> Result<Closed, Error> {
        Ok(Closed::default())
    }
}

#[derive(Debug)]
struct Silent;

#[async_trait]
impl FrameReceiver for Silent {
    async fn fill(&mut self) -> Result<(), Error> {
        std::future::pending().await
    }

    fn next_frame(&mut self) -> Option<codex_transport::Frame<'_>> {
        None
    }
}

impl Transport for Trickle {
    fn split(self: Box<Self>) -> (Box<dyn FrameSender>, Box<dyn FrameReceiver>) {
        (self, Box::new(Silent))
    }
}

#[tokio::test]
async fn a_send_cut_short_at_any_byte_and_taken_up_again_shows_each_frame_once() {
    for tap in [true, false] {
        let wire = Arc::new(Mutex::new(Vec::new()));
        let (transport, shown) = wrapped(Trickle(wire.clone()), tap);
        let (mut sender, receiver) = transport.split();
        let sent: Vec<String> = (0..2_000).map(|number| format!("\"frame {number}\"")).collect();
        let mut frames = sent.iter();
        let (mut batch, mut cancelled) = (FrameBatch::new(), 0);
        // A send that is dropped before it is polled does nothing.
        batch.push_str(frames.next().unwrap()).unwrap();
        drop(sender.send(&mut batch));
        assert_eq!(batch.frames().count(), 1);
        loop {
            // Two polls of it, each of which sends at most a byte; more frames may join meanwhile.
            tokio::select! {
                biased;
                sent = sender.send(&mut batch) => sent.unwrap(),
                () = tokio::task::yield_now() => cancelled += 1,
            }
            if cancelled % 7 == 0 || batch.is_empty() {
                match frames.next() {
                    Some(frame) => batch.push_str(frame).unwrap(),
                    None if batch.is_empty() => break,
                    None => {}
                }
            }
        }
        assert!(cancelled >= 20_000, "only {cancelled} sends were cancelled");
        let lines: String = sent.iter().flat_map(|frame| [frame, "\n"]).collect();
        assert_eq!(String::from_utf8(wire.lock().unwrap().clone()).unwrap(), lines);
        drop(receiver);
        within(sender.close()).await.unwrap();
        let expected: Vec<_> = sent.into_iter().map(|frame| (Direction::ToServer, frame)).collect();
        assert_eq!(shown(), expected);
    }
}
