use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use tokio::io::AsyncRead;
use tokio::time::Instant;
use tokio_util::io::poll_read_buf;

use crate::scanner::{Line, Scanner};
use crate::{Error, Frame};

/// Capacity of the buffer as long as no frame needs more.
const USUAL_BYTES: usize = 256 * 1024;
/// The buffer grows rather than read fewer bytes than this.
const MIN_READ_BYTES: usize = 64 * 1024;
/// What is larger than this, an allocator gets from the system by itself.
const HEAP_BYTES: usize = 64 << 20;
/// What a huge frame took is kept so long for the next one: to get it again would cost a tenth of what reading it does.
const KEPT_FOR: Duration = Duration::from_millis(100);

/// Collects input in one growing buffer and lends it line by line.
pub struct LineBuffer {
    bytes: Vec<u8>,
    /// Where the first line that was not lent yet begins.
    start: usize,
    /// That line, once its end is known.
    found: Option<Line>,
    scanner: Scanner,
    failed: Option<Error>,
    /// Until when the memory of a huge frame is not given back.
    kept_until: Option<Instant>,
    /// Bytes of the largest huge frame since the buffer last grew.
    largest: usize,
}

impl LineBuffer {
    /// An empty buffer.
    pub fn new(max_frame_bytes: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(USUAL_BYTES),
            start: 0,
            found: None,
            scanner: Scanner::new(max_frame_bytes),
            failed: None,
            kept_until: None,
            largest: 0,
        }
    }

    /// Whether a frame waits to be lent. An error is fatal, and given again every time.
    pub(crate) fn has_frame(&mut self) -> Result<bool, Error> {
        let found = self.find();
        self.failed.clone().map_or(Ok(found), Err)
    }

    /// Lends the next frame; an error waits in `has_frame`.
    pub fn next_frame(&mut self) -> Option<Frame<'_>> {
        if !self.find() {
            return None;
        }
        let Line { text, whole } = self.found.take()?;
        let start = self.start;
        self.start += whole;
        if whole > USUAL_BYTES {
            self.kept_until = Some(Instant::now() + KEPT_FOR);
            self.largest = self.largest.max(whole);
        }
        Some(Frame::from_bytes(&self.bytes[start..start + text]))
    }

    /// Looks for the next line that is not empty, unless it is known or there will be none.
    #[inline]
    fn find(&mut self) -> bool {
        while self.found.is_none() && self.failed.is_none() {
            match self.scanner.next_line(&self.bytes[self.start..]) {
                Ok(Some(line)) if line.text == 0 => self.start += line.whole,
                Ok(None) => return false,
                Ok(found) => self.found = found,
                Err(error) => self.fail(error),
            }
        }
        self.found.is_some()
    }

    #[cold]
    fn fail(&mut self, error: Error) {
        // The bytes of a frame that nobody will get are not worth their memory.
        self.bytes = Vec::new();
        self.start = 0;
        self.failed = Some(error);
    }

    /// Reads once; zero is the end of the input. Cancel-safe.
    ///
    /// Gives back the memory of a huge frame if there is nothing to read and the last such frame is a while ago. Only
    /// whoever asks looks: while nobody does, it is kept. The reader of a client asks four times a second.
    pub(crate) async fn read_from(
        &mut self,
        input: &mut (impl AsyncRead + Unpin),
    ) -> io::Result<usize> {
        self.make_room();
        poll_fn(|context| {
            let read = poll_read_buf(Pin::new(&mut *input), context, &mut self.bytes);
            if read.is_pending() && self.kept_until.is_none_or(|until| until <= Instant::now()) {
                self.give_back();
            }
            read
        })
        .await
    }

    /// Adds input that is there already.
    pub fn extend(&mut self, bytes: &[u8]) {
        self.give_back();
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

    /// Gives back what a huge frame took and usual frames do not need.
    fn give_back(&mut self) {
        let rest = &self.bytes[self.start..];
        if self.bytes.capacity() > 2 * USUAL_BYTES && rest.len() <= USUAL_BYTES / 2 {
            let mut usual = Vec::with_capacity(USUAL_BYTES);
            usual.extend_from_slice(rest);
            self.bytes = usual;
            self.start = 0;
        }
    }

    fn make_room(&mut self) {
        let rest = self.bytes.len() - self.start;
        if self.start > 0 {
            self.bytes.copy_within(self.start.., 0);
            self.bytes.truncate(rest);
            self.start = 0;
        }
        if self.bytes.capacity() - rest < MIN_READ_BYTES {
            match std::mem::take(&mut self.largest) {
                0 => self.bytes.reserve(USUAL_BYTES),
                // Room for another such frame, at once and elsewhere.
                largest => {
                    let mut grown = Vec::with_capacity(room_again(largest.max(rest)));
                    grown.extend_from_slice(&self.bytes);
                    self.bytes = grown;
                }
            }
        }
    }
}

/// Bytes to ask for where a frame of so many came before.
///
/// Growth by doubling would come to half of it. But a buffer that fits into the heap that the allocator has for a thread
/// (64 MiB in glibc) keeps the text that is decoded from it out of there, and for that a second heap is made and thrown
/// away for every frame. What is not used of it costs addresses alone.
fn room_again(frame: usize) -> usize {
    let enough = (frame + USUAL_BYTES).next_power_of_two();
    if enough < HEAP_BYTES { 2 * enough } else { enough }
}

impl fmt::Debug for LineBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineBuffer")
            .field("bytes", &(self.bytes.len() - self.start))
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::io::AsyncWriteExt;

    use super::*;

    fn text(lines: &mut LineBuffer) -> Option<String> {
        lines.next_frame().map(|frame| match frame {
            Frame::Text(text) => text.to_owned(),
            Frame::Malformed(malformed) => panic!("{malformed:?}"),
        })
    }

    #[test]
    fn the_buffer_is_allocated_once_for_usual_frames() {
        let mut lines = LineBuffer::new(usize::MAX);
        let place = lines.bytes.as_ptr();
        for round in 0..2_000 {
            // Each input ends within a frame, so there is always a rest to be moved.
            lines.extend(format!("{round}\n{}\n{round}", "x".repeat(50_000)).as_bytes());
            while lines.next_frame().is_some() {}
        }
        assert_eq!((lines.bytes.as_ptr(), lines.bytes.capacity()), (place, USUAL_BYTES));
    }

    #[test]
    fn the_buffer_shrinks_after_a_huge_frame() {
        let mut lines = LineBuffer::new(usize::MAX);
        let huge = "x".repeat(16 << 20);
        for piece in huge.as_bytes().chunks(4096) {
            lines.extend(piece);
        }
        lines.extend(b"\nrest");
        assert_eq!(text(&mut lines), Some(huge));
        assert_eq!(text(&mut lines), None);
        lines.extend(b" of it\n");
        assert_eq!(text(&mut lines).as_deref(), Some("rest of it"));
        assert_eq!(lines.bytes.capacity(), USUAL_BYTES);
    }

    #[test]
    fn a_huge_frame_after_another_finds_room_at_once() {
        let mut lines = LineBuffer::new(usize::MAX);
        let huge = format!("{}\n", "x".repeat(5 << 20));
        let capacities = |lines: &mut LineBuffer, input: &str| {
            let mut seen = vec![lines.bytes.capacity()];
            for piece in input.as_bytes().chunks(4096) {
                lines.extend(piece);
                seen.push(lines.bytes.capacity());
            }
            assert!(text(lines).is_some());
            seen.dedup();
            seen
        };
        let grown: Vec<usize> = (0..6).map(|times| USUAL_BYTES << times).collect();
        assert_eq!(capacities(&mut lines, &huge), grown);
        assert_eq!(capacities(&mut lines, "usual\n"), [grown[5], USUAL_BYTES]);
        assert_eq!(capacities(&mut lines, &huge), [USUAL_BYTES, 16 << 20]);
        // Only the next time; after that it counts what has come since.
        assert_eq!(capacities(&mut lines, "usual\n"), [16 << 20, USUAL_BYTES]);
        let larger = format!("{}\n", "x".repeat(USUAL_BYTES));
        assert_eq!(capacities(&mut lines, &larger), [USUAL_BYTES, 16 << 20]);
        assert_eq!(capacities(&mut lines, "usual\n"), [16 << 20, USUAL_BYTES]);
        assert_eq!(capacities(&mut lines, &larger), [USUAL_BYTES, 2 << 20]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_memory_of_a_huge_frame_is_kept_for_the_next_one_and_given_back_in_the_end() {
        let huge = "x".repeat(1 << 20);
        let (mut far, mut near) = tokio::io::duplex(1 << 22);
        let mut lines = LineBuffer::new(usize::MAX);
        let mut place = None;
        for _ in 0..3 {
            far.write_all(format!("{huge}\n").as_bytes()).await.unwrap();
            let frame = loop {
                match text(&mut lines) {
                    Some(frame) => break frame,
                    None => assert_ne!(lines.read_from(&mut near).await.unwrap(), 0),
                }
            };
            assert_eq!(frame, huge);
            assert_eq!(*place.get_or_insert(lines.bytes.as_ptr()), lines.bytes.as_ptr());
            tokio::time::advance(KEPT_FOR / 2).await;
            assert!(lines.read_from(&mut near).now_or_never().is_none());
        }
        assert!(lines.bytes.capacity() > huge.len());
        tokio::time::advance(KEPT_FOR / 2).await;
        assert!(lines.read_from(&mut near).now_or_never().is_none());
        assert_eq!(lines.bytes.capacity(), USUAL_BYTES);
        far.write_all(b"a\n").await.unwrap();
        lines.read_from(&mut near).await.unwrap();
        assert_eq!(text(&mut lines).as_deref(), Some("a"));
    }

    #[test]
    fn a_frame_too_large_frees_its_memory() {
        let mut lines = LineBuffer::new(10);
        lines.extend(b"first\nmuch too large");
        assert_eq!(text(&mut lines).as_deref(), Some("first"));
        assert_eq!(text(&mut lines), None);
        assert!(matches!(lines.has_frame(), Err(Error::FrameTooLarge { limit: 10 })));
        assert_eq!(lines.bytes.capacity(), 0);
        lines.extend(b"\nmore\n");
        assert_eq!(text(&mut lines), None);
        assert!(matches!(lines.has_frame(), Err(Error::FrameTooLarge { limit: 10 })));
    }

    #[test]
    fn debug_shows_no_input() {
        let mut lines = LineBuffer::new(100);
        lines.extend(b"1\nabc");
        assert_eq!(text(&mut lines).as_deref(), Some("1"));
        let shown = format!("{lines:?}");
        assert!(!shown.contains("97, 98, 99"), "{shown}");
        assert!(shown.starts_with("LineBuffer { bytes: "), "{shown}");
    }

    #[tokio::test]
    async fn a_cancelled_read_loses_nothing() {
        let (mut far, mut near) = tokio::io::duplex(7);
        let sent: Vec<String> = (0..5_000).map(|number| format!("{{\"é\":{number}}}")).collect();
        let bytes = sent.iter().flat_map(|frame| [frame, "\n"]).collect::<String>().into_bytes();
        let mut pieces = bytes.chunks(2);
        let mut lines = LineBuffer::new(100);
        let (mut received, mut cancelled) = (Vec::new(), 0);
        while received.len() < sent.len() {
            tokio::select! {
                biased;
                read = lines.read_from(&mut near) => assert_ne!(read.unwrap(), 0),
                () = std::future::ready(()) => {
                    cancelled += 1;
                    far.write_all(pieces.next().expect("a frame was lost")).await.unwrap();
                }
            }
            received.extend(std::iter::from_fn(|| text(&mut lines)));
        }
        assert_eq!(received, sent);
        assert!(cancelled >= 20_000, "only {cancelled} reads were cancelled");
    }
}
