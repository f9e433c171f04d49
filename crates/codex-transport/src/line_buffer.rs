use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

use crate::scanner::{Line, Scanner};
use crate::{Error, Frame};

/// Capacity of the buffer as long as no frame needs more.
const USUAL_BYTES: usize = 256 * 1024;
/// The buffer grows rather than read fewer bytes than this.
const MIN_READ_BYTES: usize = 64 * 1024;

/// Collects input in one growing buffer and lends it line by line.
#[derive(Debug)]
pub(crate) struct LineBuffer {
    bytes: Vec<u8>,
    /// Where the first line that was not lent yet begins.
    start: usize,
    /// That line, once its end is known.
    found: Option<Line>,
    scanner: Scanner,
    failed: Option<Error>,
}

impl LineBuffer {
    pub(crate) fn new(max_frame_bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(USUAL_BYTES),
            start: 0,
            found: None,
            scanner: Scanner::new(max_frame_bytes),
            failed: None,
        }
    }

    /// Whether a frame waits to be lent. An error is fatal, and given again every time.
    pub(crate) fn has_frame(&mut self) -> Result<bool, Error> {
        while self.found.is_none() && self.failed.is_none() {
            match self.scanner.next_line(&self.bytes[self.start..]) {
                Ok(Some(line)) if line.text == 0 => self.start += line.whole,
                Ok(Some(line)) => self.found = Some(line),
                Ok(None) => break,
                Err(error) => {
                    // The bytes of a frame that nobody will get are not worth their memory.
                    self.bytes = Vec::new();
                    self.start = 0;
                    self.failed = Some(error);
                }
            }
        }
        self.failed.clone().map_or(Ok(self.found.is_some()), Err)
    }

    /// Lends the next frame; an error waits in [`has_frame`](Self::has_frame).
    pub(crate) fn next_frame(&mut self) -> Option<Frame<'_>> {
        if !self.has_frame().unwrap_or(false) {
            return None;
        }
        let Line { text, whole } = self.found.take()?;
        let start = self.start;
        self.start += whole;
        Some(Frame::from_bytes(&self.bytes[start..start + text]))
    }

    /// Reads once; zero is the end of the input. Cancel-safe.
    pub(crate) async fn read_from(
        &mut self,
        input: &mut (impl AsyncRead + Unpin),
    ) -> io::Result<usize> {
        self.make_room();
        input.read_buf(&mut self.bytes).await
    }

    /// Adds input that is there already.
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        self.make_room();
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes what is left as a line, after the end of the input. Call it when there is no frame.
    pub(crate) fn finish(&mut self) {
        let line = self.scanner.last_line(&self.bytes[self.start..]);
        if line.text > 0 {
            self.found = Some(line);
        } else {
            self.start += line.whole;
        }
    }

    fn make_room(&mut self) {
        let rest = self.bytes.len() - self.start;
        if self.bytes.capacity() > 2 * USUAL_BYTES && rest <= USUAL_BYTES / 2 {
            let mut usual = Vec::with_capacity(USUAL_BYTES);
            usual.extend_from_slice(&self.bytes[self.start..]);
            self.bytes = usual;
        } else if self.start > 0 {
            self.bytes.copy_within(self.start.., 0);
            self.bytes.truncate(rest);
        }
        self.start = 0;
        if self.bytes.capacity() - rest < MIN_READ_BYTES {
            self.bytes.reserve(USUAL_BYTES);
        }
    }
}
