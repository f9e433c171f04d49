use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::AsyncReadExt;
use tokio::process::ChildStderr;

/// How much of stderr is kept.
const TAIL_BYTES: usize = 64 * 1024;

/// The last 64 KiB of what a process wrote to stderr; a cheap handle.
#[derive(Debug, Clone)]
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
        let mut chunk = vec![0; 8 * 1024];
        while let Ok(count @ 1..) = stderr.read(&mut chunk).await {
            self.push(&chunk[..count]);
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

/// Removes escape sequences: `ESC [` up to its final byte, `ESC ]` up to BEL or `ESC \`, and other pairs.
fn plain_text(bytes: &[u8]) -> String {
    const ESC: u8 = 0x1b;
    const BEL: u8 = 0x07;
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(escape) = memchr::memchr(ESC, rest) {
        plain.extend_from_slice(&rest[..escape]);
        let sequence = &rest[escape + 1..];
        let len = match sequence.first() {
            Some(b'[') => {
                sequence[1..].iter().position(|byte| (0x40..=0x7e).contains(byte)).map(|at| at + 2)
            }
            Some(b']') => sequence.iter().position(|byte| matches!(*byte, BEL | ESC)).map(|at| {
                if sequence[at] == ESC && sequence.get(at + 1) == Some(&b'\\') {
                    at + 2
                } else {
                    at + 1
                }
            }),
            _ => Some(1),
        };
        rest = len.and_then(|len| sequence.get(len..)).unwrap_or_default();
    }
    plain.extend_from_slice(rest);
    String::from_utf8_lossy(&plain).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_escapes_are_removed() {
        let cases: [(&str, &str); 8] = [
            ("plain", "plain"),
            ("\x1b[31mred\x1b[0m", "red"),
            ("a\x1b[1;38;5;12mb\x1b[Kc", "abc"),
            ("\x1b]0;title\x07text", "text"),
            ("\x1b]8;;link\x1b\\text\x1b]8;;\x1b\\", "text"),
            ("a\x1bMb", "ab"),
            ("cut\x1b[3", "cut"),
            ("cut\x1b", "cut"),
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
