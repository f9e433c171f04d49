use std::fmt;

use bytes::Buf;

use crate::Error;

/// Capacity that an emptied batch keeps.
const KEPT_BYTES: usize = 256 * 1024;

/// Frames to be sent, in one reused buffer: each ends with a line feed.
///
/// As a [`Buf`] it is what remains to be sent: a transport of bytes takes from its front as it writes, so that a send that was cut short can go on where it stopped.
#[derive(Default)]
pub struct FrameBatch {
    bytes: Vec<u8>,
    taken: usize,
}

impl FrameBatch {
    /// An empty batch, with nothing allocated yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a frame that the closure appends to the buffer; one that appends nothing adds none.
    ///
    /// # Errors
    ///
    /// [`Error::LineFeed`] or [`Error::NotUtf8`]: the frame is left out, those before it stay.
    ///
    /// # Panics
    ///
    /// If the closure takes away what was there before it.
    pub fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), Error> {
        self.try_push(|bytes| {
            write(bytes);
            Ok(())
        })
    }

    /// As [`push`](Self::push), for a closure that may fail, say because something cannot be serialized.
    ///
    /// # Errors
    ///
    /// The closure's error, and those of [`push`](Self::push): the frame is left out, those before it stay.
    ///
    /// # Panics
    ///
    /// If the closure takes away what was there before it.
    pub fn try_push<E: From<Error>>(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let start = self.bytes.len();
        let written = write(&mut self.bytes);
        assert!(self.bytes.len() >= start, "the closure of a push must only append");
        let checked = written.and_then(|()| Ok(check(&self.bytes[start..])?));
        match checked {
            Ok(()) if self.bytes.len() > start => self.bytes.push(b'\n'),
            _ => self.bytes.truncate(start),
        }
        checked
    }

    /// Adds a copy of a frame.
    ///
    /// # Errors
    ///
    /// [`Error::LineFeed`]: the frame is left out, those before it stay.
    pub fn push_str(&mut self, frame: &str) -> Result<(), Error> {
        self.push(|bytes| bytes.extend_from_slice(frame.as_bytes()))
    }

    /// Whether nothing remains to be sent.
    pub fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }

    /// What remains to be sent, line feeds included.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[self.taken..]
    }

    /// The frames that remain to be sent, without their line feeds.
    ///
    /// For transports that send frame by frame: after some bytes were [taken](Buf::advance) the first may be the rest of a frame.
    pub fn frames(&self) -> impl Iterator<Item = &str> {
        self.frames_after(0)
    }

    /// As [`frames`](Self::frames), without those in the first bytes; more bytes than remain leave none.
    pub(crate) fn frames_after(&self, bytes: usize) -> impl Iterator<Item = &str> {
        // A rest that was cut inside a character cannot be text; no transport of frames cuts there.
        let rest = self.as_bytes().get(bytes..).unwrap_or_default();
        memchr_lines(rest).filter_map(|line| std::str::from_utf8(line).ok())
    }

    /// Empties the batch, and gives memory back if it grew beyond 256 KiB.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT_BYTES);
        self.taken = 0;
    }
}

impl Buf for FrameBatch {
    fn remaining(&self) -> usize {
        self.as_bytes().len()
    }

    fn chunk(&self) -> &[u8] {
        self.as_bytes()
    }

    fn advance(&mut self, count: usize) {
        assert!(count <= self.remaining(), "cannot take more than remains");
        self.taken += count;
        if self.is_empty() {
            self.clear();
        }
    }
}

impl fmt::Debug for FrameBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Frames carry what the user wrote: their size is all that a log needs.
        f.debug_struct("FrameBatch").field("bytes", &self.remaining()).finish_non_exhaustive()
    }
}

fn check(frame: &[u8]) -> Result<(), Error> {
    if memchr::memchr(b'\n', frame).is_some() {
        return Err(Error::LineFeed);
    }
    std::str::from_utf8(frame).map_err(|_| Error::NotUtf8)?;
    Ok(())
}

fn memchr_lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    memchr::memchr_iter(b'\n', bytes)
        .map(move |end| &bytes[std::mem::replace(&mut start, end + 1)..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_as_they_went_in() {
        let mut batch = FrameBatch::new();
        assert!(batch.is_empty());
        batch.push_str("{}").unwrap();
        batch.push(|bytes| bytes.extend_from_slice("[\"é\u{2028}\"]".as_bytes())).unwrap();
        batch.push(|_| {}).unwrap();
        assert_eq!(batch.frames().collect::<Vec<_>>(), ["{}", "[\"é\u{2028}\"]"]);
        assert_eq!(batch.as_bytes(), "{}\n[\"é\u{2028}\"]\n".as_bytes());
        batch.clear();
        assert!(batch.is_empty());
        assert_eq!(batch.frames().count(), 0);
    }

    #[test]
    fn a_bad_frame_is_left_out_alone() {
        let mut batch = FrameBatch::new();
        batch.push_str("1").unwrap();
        assert!(matches!(batch.push_str("{\n}"), Err(Error::LineFeed)));
        assert!(matches!(batch.push(|bytes| bytes.extend(b"\"\xff\"")), Err(Error::NotUtf8)));
        let failed: Result<(), Error> = batch.try_push(|bytes| {
            bytes.extend(b"half");
            Err(Error::Closed)
        });
        assert!(matches!(failed, Err(Error::Closed)));
        batch.push_str("2").unwrap();
        assert_eq!(batch.as_bytes(), b"1\n2\n");
    }

    #[test]
    fn what_was_taken_is_not_sent_again() {
        let mut batch = FrameBatch::new();
        batch.push_str("abc").unwrap();
        batch.advance(2);
        batch.push_str("de").unwrap();
        assert_eq!(batch.as_bytes(), b"c\nde\n");
        batch.advance(5);
        assert!(batch.is_empty());
        batch.push_str("f").unwrap();
        assert_eq!(batch.as_bytes(), b"f\n");
    }

    #[test]
    fn a_huge_batch_gives_its_memory_back() {
        let mut batch = FrameBatch::new();
        batch.push_str(&"x".repeat(8 << 20)).unwrap();
        batch.advance(batch.remaining());
        assert!(batch.bytes.capacity() <= KEPT_BYTES, "{}", batch.bytes.capacity());
    }

    #[test]
    fn debug_shows_no_payload() {
        let mut batch = FrameBatch::new();
        batch.push_str("secret").unwrap();
        assert_eq!(format!("{batch:?}"), "FrameBatch { bytes: 7, .. }");
    }
}
