use bytes::BytesMut;
use tokio_util::codec::Decoder;

use crate::frame::Frame;
use crate::scanner::Scanner;
use crate::{DEFAULT_MAX_FRAME_BYTES, Error, Malformed};

/// Splits lines into frames for [`tokio_util::codec::FramedRead`], by the rules of [`Stdio`](crate::Stdio).
///
/// Lines end with LF or CRLF, empty ones are skipped, and what is not UTF-8 is an item like any other.
/// Each frame is a `String` of its own here; a [`FrameReceiver`](crate::FrameReceiver) lends them without a copy.
#[derive(Debug)]
pub struct FrameDecoder {
    scanner: Scanner,
}

impl FrameDecoder {
    /// A decoder that refuses frames over [`DEFAULT_MAX_FRAME_BYTES`].
    pub fn new() -> Self {
        Self::with_max_frame_bytes(DEFAULT_MAX_FRAME_BYTES)
    }

    /// A decoder with a limit of its own, in bytes.
    pub fn with_max_frame_bytes(limit: usize) -> Self {
        Self { scanner: Scanner::new(limit) }
    }
}

impl Default for FrameDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl Decoder for FrameDecoder {
    type Item = Result<String, Malformed>;
    type Error = Error;

    fn decode(&mut self, source: &mut BytesMut) -> Result<Option<Self::Item>, Error> {
        while let Some(line) = self.scanner.next_line(source)? {
            let bytes = source.split_to(line.whole);
            if line.text > 0 {
                return Ok(Some(owned(&bytes[..line.text])));
            }
        }
        Ok(None)
    }

    fn decode_eof(&mut self, source: &mut BytesMut) -> Result<Option<Self::Item>, Error> {
        if let Some(item) = self.decode(source)? {
            return Ok(Some(item));
        }
        let line = self.scanner.last_line(source);
        let bytes = source.split_to(line.whole);
        Ok((line.text > 0).then(|| owned(&bytes[..line.text])))
    }
}

fn owned(bytes: &[u8]) -> Result<String, Malformed> {
    match Frame::from_bytes(bytes) {
        Frame::Text(text) => Ok(text.to_owned()),
        Frame::Malformed(malformed) => Err(malformed),
    }
}
