//! Cutting frames into fragments.

use bytes::{Buf, Bytes};
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::FrameBatch;

/// Longest fragment that is sent, in bytes.
///
/// Small enough that a ping or a close between two of them does not have to wait, and that neither the copy of it nor the memory that the copy leaves behind matters.
pub(super) const PIECE_BYTES: usize = 1024 * 1024;

/// Takes fragments from the front of a batch.
#[derive(Debug, Default)]
pub(super) struct Cutter {
    /// Whether the front of the batch goes on with a frame of which a part was taken.
    within: bool,
}

impl Cutter {
    /// Takes the next fragment; `None` if the batch is empty.
    pub(super) fn next(&mut self, batch: &mut FrameBatch) -> Option<Frame> {
        let bytes = batch.as_bytes();
        if bytes.is_empty() {
            return None;
        }
        let window = &bytes[..bytes.len().min(PIECE_BYTES + 1)];
        let end = memchr::memchr(b'\n', window);
        let length = end.unwrap_or(PIECE_BYTES.min(bytes.len()));
        let payload = Bytes::copy_from_slice(&bytes[..length]);
        // The line feed between frames is none of the message.
        batch.advance(length + usize::from(end.is_some()));
        let data = if self.within { Data::Continue } else { Data::Text };
        self.within = end.is_none();
        Some(Frame::message(payload, OpCode::Data(data), end.is_some()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Length, whether it continues a message, whether it ends one.
    fn cut(frames: &[&str]) -> Vec<(usize, bool, bool)> {
        let mut batch = FrameBatch::new();
        for frame in frames {
            batch.push_str(frame).unwrap();
        }
        let mut cutter = Cutter::default();
        let mut pieces = Vec::new();
        let mut text = Vec::new();
        while let Some(piece) = cutter.next(&mut batch) {
            let header = piece.header();
            let continues = header.opcode == OpCode::Data(Data::Continue);
            pieces.push((piece.payload().len(), continues, header.is_final));
            text.extend_from_slice(piece.payload());
        }
        assert_eq!(text, frames.concat().into_bytes());
        pieces
    }

    #[test]
    fn usual_frames_are_whole() {
        assert_eq!(cut(&["{}", "[1]"]), [(2, false, true), (3, false, true)]);
        assert_eq!(cut(&[&"x".repeat(PIECE_BYTES)]), [(PIECE_BYTES, false, true)]);
    }

    #[test]
    fn larger_ones_are_cut_wherever_the_limit_falls() {
        // Two bytes a character, so that the limit falls within one.
        let frame = format!("x{}", "é".repeat(PIECE_BYTES));
        let pieces = cut(&["{}", &frame, "[1]"]);
        assert_eq!(
            pieces,
            [
                (2, false, true),
                (PIECE_BYTES, false, false),
                (PIECE_BYTES, true, false),
                (1, true, true),
                (3, false, true),
            ]
        );
    }

    #[test]
    fn a_batch_that_is_added_to_goes_on_where_it_was() {
        let mut batch = FrameBatch::new();
        batch.push_str(&"x".repeat(PIECE_BYTES + 5)).unwrap();
        let mut cutter = Cutter::default();
        assert!(!cutter.next(&mut batch).unwrap().header().is_final);
        batch.push_str("[]").unwrap();
        let rest = cutter.next(&mut batch).unwrap();
        assert_eq!((rest.payload(), rest.header().is_final), (&b"xxxxx"[..], true));
        assert_eq!(cutter.next(&mut batch).unwrap().payload(), b"[]");
        assert!(cutter.next(&mut batch).is_none());
    }
}
