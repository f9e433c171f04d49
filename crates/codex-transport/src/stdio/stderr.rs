use std::fmt;
use std::future::poll_fn;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::process::ChildStderr;
use tokio_util::io::poll_read_buf;

/// How much of stderr is kept.
const TAIL_BYTES: usize = 64 * 1024;

const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;

/// The last 64 KiB of what a process wrote to stderr; a cheap handle.
#[derive(Clone)]
pub struct StderrTail {
    bytes: Arc<Mutex<Vec<u8>>>,
}

impl StderrTail {
    pub(super) fn new() -> Self {
        Self { bytes: Arc::default() }
    }

    /// What is kept so far, as text: terminal escapes removed, invalid UTF-8 replaced.
    pub fn text(&self) -> String {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        plain_text(&bytes[bytes.len().saturating_sub(TAIL_BYTES)..])
    }

    /// Reads to the end; a failure ends it too, as there is nobody to tell.
    pub(super) async fn drain(self, mut stderr: ChildStderr) {
        let mut chunk = Vec::with_capacity(8 * 1024);
        let mut stderr = Pin::new(&mut stderr);
        while let Ok(1..) =
            poll_fn(|context| poll_read_buf(stderr.as_mut(), context, &mut chunk)).await
        {
            self.push(&chunk);
            chunk.clear();
        }
    }

    fn push(&self, chunk: &[u8]) {
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        bytes.extend_from_slice(chunk);
        // Twice the tail is let in before the front is cut off, so that little is moved.
        if bytes.len() > 2 * TAIL_BYTES {
            let surplus = bytes.len() - TAIL_BYTES;
            bytes.drain(..surplus);
        }
    }
}

impl fmt::Debug for StderrTail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner).len();
        f.debug_struct("StderrTail").field("bytes", &bytes.min(TAIL_BYTES)).finish()
    }
}

/// Removes the escape sequences of terminals; one that is cut off or broken takes no text along.
fn plain_text(bytes: &[u8]) -> String {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(escape) = memchr::memchr(ESC, rest) {
        plain.extend_from_slice(&rest[..escape]);
        let sequence = &rest[escape + 1..];
        rest = &sequence[sequence_len(sequence)..];
    }
    plain.extend_from_slice(rest);
    String::from_utf8_lossy(&plain).into_owned()
}

/// How many bytes after an escape belong to it.
fn sequence_len(sequence: &[u8]) -> usize {
    match sequence.first() {
        Some(b'[') => 1 + ended_len(&sequence[1..], 0x20..=0x3f, 0x40..=0x7e),
        Some(b']' | b'P' | b'X' | b'^' | b'_') => string_len(sequence),
        _ => ended_len(sequence, 0x20..=0x2f, 0x30..=0x7e),
    }
}

/// Length of bytes of one range and the byte of another that ends them, if it is there.
fn ended_len(bytes: &[u8], middle: RangeInclusive<u8>, end: RangeInclusive<u8>) -> usize {
    let len = bytes.iter().take_while(|byte| middle.contains(byte)).count();
    len + usize::from(bytes.get(len).is_some_and(|byte| end.contains(byte)))
}

/// Length of a control string, such as a window's title: up to BEL or `ESC \\`, and never beyond its line.
fn string_len(bytes: &[u8]) -> usize {
    let end = bytes.iter().position(|byte| matches!(*byte, BEL | ESC | b'\n'));
    match end {
        Some(at) if bytes[at] == BEL => at + 1,
        Some(at) if bytes[at..].starts_with(b"\x1b\\") => at + 2,
        Some(at) => at,
        None => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_escapes_are_removed() {
        let cases: [(&str, &str); 13] = [
            ("plain", "plain"),
            ("\x1b[31mred\x1b[0m", "red"),
            ("a\x1b[1;38;5;12mb\x1b[Kc", "abc"),
            ("\x1b]0;title\x07text", "text"),
            ("\x1b]8;;link\x1b\\text\x1b]8;;\x1b\\", "text"),
            ("a\x1bMb", "ab"),
            ("cut\x1b[3", "cut"),
            ("cut\x1b", "cut"),
            ("\x1b(B\x1b[mreset", "reset"),
            ("\x1bP1$r0m\x1b\\answer", "answer"),
            ("\x1b[3\nbroken", "\nbroken"),
            ("\x1b]0;no end\nnext line", "\nnext line"),
            ("\x1b\x1b[1mtwice", "twice"),
        ];
        for (input, expected) in cases {
            assert_eq!(plain_text(input.as_bytes()), expected, "{input:?}");
        }
        assert_eq!(plain_text(b"\xffa"), "\u{fffd}a");
    }

    #[test]
    fn only_the_end_is_kept() {
        let tail = StderrTail::new();
        for line in 0..100_000 {
            tail.push(format!("{line:06}\n").as_bytes());
        }
        let text = tail.text();
        assert_eq!(text.len(), TAIL_BYTES);
        assert!(text.ends_with("099998\n099999\n"), "{}", &text[TAIL_BYTES - 20..]);
        assert!(tail.bytes.lock().unwrap().capacity() <= 4 * TAIL_BYTES);
    }
}
