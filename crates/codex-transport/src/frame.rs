use std::fmt;
use std::str::Utf8Error;

/// Longest piece of a malformed frame that is kept.
const EXCERPT_BYTES: usize = 256;

/// One frame, lent by the receiver until it is asked for the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A whole frame, checked as UTF-8; whether it is JSON is for the reader of it to find out.
    Text(&'a str),
    /// A frame that is not UTF-8; the connection goes on after it.
    Malformed(Malformed),
}

impl<'a> Frame<'a> {
    #[inline]
    pub(crate) fn from_bytes(bytes: &'a [u8]) -> Self {
        // Twice as fast as the standard library; where a fault is, only that one tells.
        if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
            return Self::Text(text);
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text),
            Err(error) => Self::Malformed(Malformed::new(bytes, &error)),
        }
    }
}

/// The text itself, or what is known of a frame that is not UTF-8.
impl fmt::Display for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Malformed(malformed) => malformed.fmt(f),
        }
    }
}

/// What is known of a frame that is not valid UTF-8.
#[derive(Clone, PartialEq, Eq)]
pub struct Malformed {
    excerpt: Box<[u8]>,
    frame_len: usize,
    valid_up_to: usize,
}

impl Malformed {
    fn new(frame: &[u8], error: &Utf8Error) -> Self {
        let valid_up_to = error.valid_up_to();
        let start = valid_up_to.saturating_sub(EXCERPT_BYTES / 2);
        let end = frame.len().min(start + EXCERPT_BYTES);
        Self { excerpt: frame[start..end].into(), frame_len: frame.len(), valid_up_to }
    }

    /// The bytes around the first offending one: at most 256, half of them before it.
    pub fn excerpt(&self) -> &[u8] {
        &self.excerpt
    }

    /// Length of the whole frame in bytes.
    pub fn frame_len(&self) -> usize {
        self.frame_len
    }

    /// Offset in the frame of the first byte that is not valid UTF-8.
    pub fn valid_up_to(&self) -> usize {
        self.valid_up_to
    }
}

impl fmt::Debug for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Malformed")
            .field("excerpt", &format_args!("\"{}\"", self.excerpt.escape_ascii()))
            .field("frame_len", &self.frame_len)
            .field("valid_up_to", &self.valid_up_to)
            .finish()
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { frame_len, valid_up_to, .. } = self;
        write!(f, "a frame of {frame_len} bytes is not UTF-8 from byte {valid_up_to} on")
    }
}

impl std::error::Error for Malformed {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_excerpt_is_bounded_and_holds_the_fault() {
        let mut frame = vec![b'a'; 1000];
        frame[600] = 0xff;
        let Frame::Malformed(malformed) = Frame::from_bytes(&frame) else {
            panic!("taken as text")
        };
        assert_eq!(malformed.excerpt(), &frame[472..728]);
        assert_eq!((malformed.frame_len(), malformed.valid_up_to()), (1000, 600));
        assert_eq!(malformed.to_string(), "a frame of 1000 bytes is not UTF-8 from byte 600 on");
    }

    #[test]
    fn debug_shows_the_bytes_escaped() {
        assert_eq!(
            format!("{:?}", Frame::from_bytes(b"a\xffb")),
            r#"Malformed(Malformed { excerpt: "a\xffb", frame_len: 3, valid_up_to: 1 })"#
        );
    }
}
