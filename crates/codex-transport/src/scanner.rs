use crate::Error;

/// Finds where lines end, looking at each byte once however often it is asked.
#[derive(Debug)]
pub(crate) struct Scanner {
    scanned: usize,
    max_frame_bytes: usize,
}

/// A line at the front of the scanned bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Its length without its end; zero for an empty line.
    pub(crate) text: usize,
    /// Its length with its end.
    pub(crate) whole: usize,
}

impl Scanner {
    pub(crate) fn new(max_frame_bytes: usize) -> Self {
        Self { scanned: 0, max_frame_bytes }
    }

    /// Looks for the first line of `bytes`, which starts where the line before it ended.
    ///
    /// Without a line, `bytes` must be the same with something added at the next call.
    #[inline]
    pub(crate) fn next_line(&mut self, bytes: &[u8]) -> Result<Option<Line>, Error> {
        let end = memchr::memchr(b'\n', &bytes[self.scanned..]).map(|found| self.scanned + found);
        let text = end.unwrap_or(bytes.len());
        if text > self.max_frame_bytes {
            return Err(Error::FrameTooLarge { limit: self.max_frame_bytes });
        }
        let Some(end) = end else {
            self.scanned = bytes.len();
            return Ok(None);
        };
        self.scanned = 0;
        Ok(Some(Line { text: without_return(&bytes[..end]), whole: end + 1 }))
    }

    /// The line that the end of the input ended; `bytes` holds no line feed.
    pub(crate) fn last_line(&mut self, bytes: &[u8]) -> Line {
        self.scanned = 0;
        Line { text: without_return(bytes), whole: bytes.len() }
    }
}

fn without_return(line: &[u8]) -> usize {
    line.strip_suffix(b"\r").unwrap_or(line).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_a_line_feed_alone() {
        let cases: [(&str, Option<Line>); 7] = [
            ("", None),
            ("{}", None),
            ("{}\r", None),
            ("\n{}", Some(Line { text: 0, whole: 1 })),
            ("{}\n[]\n", Some(Line { text: 2, whole: 3 })),
            ("{}\r\n[]", Some(Line { text: 2, whole: 4 })),
            ("a\rb\u{2028}\u{85}\x0b\0\r\r\n", Some(Line { text: 11, whole: 13 })),
        ];
        for (input, expected) in cases {
            let line = Scanner::new(100).next_line(input.as_bytes()).unwrap();
            assert_eq!(line, expected, "{input:?}");
        }
    }

    #[test]
    fn nothing_is_looked_at_twice() {
        let mut scanner = Scanner::new(100);
        assert_eq!(scanner.next_line(b"abc").unwrap(), None);
        // A line feed put where it has looked already is not found: only the new byte is.
        assert_eq!(scanner.next_line(b"\n\n\nd").unwrap(), None);
        assert_eq!(scanner.next_line(b"abcd\n").unwrap(), Some(Line { text: 4, whole: 5 }));
        assert_eq!(scanner.next_line(b"\n").unwrap(), Some(Line { text: 0, whole: 1 }));
    }

    #[test]
    fn the_limit_holds_with_and_without_the_end_in_sight() {
        for input in ["abcd", "abcd\n", "abcdefg"] {
            let result = Scanner::new(3).next_line(input.as_bytes());
            assert!(matches!(result, Err(Error::FrameTooLarge { limit: 3 })), "{input:?}");
        }
        assert_eq!(Scanner::new(3).next_line(b"abc\n").unwrap(), Some(Line { text: 3, whole: 4 }));
    }
}
