//! What the person at the terminal types.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{self, error::TryRecvError};

/// The lines that the person at the terminal types, and when each was read.
#[derive(Debug)]
pub struct Lines {
    /// `None` when nobody is there any more.
    pieces: Option<mpsc::Receiver<Piece>>,
    /// What nobody has asked for yet of the pieces that were taken up.
    ready: VecDeque<(Instant, String)>,
}

/// Lines that came at once, and when.
type Piece = (Instant, Vec<String>);

/// More than a person types ahead; what is beyond is read, and counts as typed, when there is room.
const TYPED_AHEAD: usize = 64;

/// Nobody notices that a line is taken up so much later.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

impl Lines {
    /// Reads stdin on a thread of its own: a read of a terminal cannot be given up, and must not keep the runtime.
    pub fn of_stdin() -> Self {
        let (sender, receiver) = mpsc::channel(TYPED_AHEAD);
        std::thread::spawn(move || read(std::io::stdin(), &sender));
        Self { pieces: Some(receiver), ready: VecDeque::new() }
    }

    /// The next line; `None` when nobody is there any more, for ever.
    ///
    /// # Cancel safety
    /// No line is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<String> {
        self.receive().await.map(|(_, line)| line)
    }

    /// The next line that is typed after this moment; those before it are thrown away. So a yes that was typed too
    /// early does not count for a question that nobody had seen.
    ///
    /// # Cancel safety
    /// As for [`next`](Self::next).
    pub async fn next_since(&mut self, asked: Instant) -> Option<String> {
        loop {
            let (typed, line) = self.receive().await?;
            if typed >= asked {
                return Some(line);
            }
        }
    }

    /// [`next`](Self::next) without async.
    ///
    /// # Panics
    /// Inside an async context.
    pub fn blocking_next(&mut self) -> Option<String> {
        while self.ready.is_empty() {
            let piece = self.pieces.as_mut()?.blocking_recv();
            self.take_up(piece);
        }
        self.ready.pop_front().map(|(_, line)| line)
    }

    /// [`next_since`](Self::next_since) without async, and no longer than it is wanted: `given_up` is asked again and
    /// again, and waits for a reason to give up as long as it is told.
    pub fn blocking_next_unless(
        &mut self,
        asked: Instant,
        given_up: impl Fn(Duration) -> bool,
    ) -> Option<String> {
        loop {
            while let Some((typed, line)) = self.ready.pop_front() {
                if typed >= asked {
                    return Some(line);
                }
            }
            match self.pieces.as_mut()?.try_recv() {
                Ok(piece) => self.take_up(Some(piece)),
                Err(TryRecvError::Empty) if given_up(LOOK_AGAIN) => return None,
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => self.take_up(None),
            }
        }
    }

    async fn receive(&mut self) -> Option<(Instant, String)> {
        while self.ready.is_empty() {
            let piece = self.pieces.as_mut()?.recv().await;
            self.take_up(piece);
        }
        self.ready.pop_front()
    }

    /// Makes the lines of a piece ready; without one, nobody is there any more.
    fn take_up(&mut self, piece: Option<Piece>) {
        match piece {
            Some((typed, lines)) => self.ready.extend(lines.into_iter().map(|line| (typed, line))),
            None => self.pieces = None,
        }
    }
}

/// Reads to the end, or until nobody listens. What came in one piece was typed at one time: before anybody could answer
/// its first line, and so before what was asked then.
fn read(input: impl Read, sender: &mpsc::Sender<Piece>) {
    let mut input = BufReader::new(input);
    let mut lines = Vec::new();
    while let Some(Ok(line)) = input.by_ref().lines().next() {
        lines.push(line);
        if input.buffer().contains(&b'\n') {
            continue;
        }
        if sender.blocking_send((Instant::now(), std::mem::take(&mut lines))).is_err() {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Lines, read};
    use std::collections::VecDeque;
    use std::io::Read;
    use std::time::Instant;
    use tokio::sync::mpsc;

    #[test]
    fn what_comes_at_once_is_one_piece() {
        let (sender, mut receiver) = mpsc::channel(3);
        read(b"one\ntwo\nthr".chain(&b"ee\nfour"[..]), &sender);
        drop(sender);
        let pieces: Vec<_> =
            std::iter::from_fn(|| receiver.blocking_recv()).map(|it| it.1).collect();
        assert_eq!(pieces, [vec!["one", "two"], vec!["three"], vec!["four"]]);
    }

    #[test]
    fn what_came_with_a_line_is_no_answer_to_what_is_asked_after_it() {
        let (sender, receiver) = mpsc::channel(1);
        read(&b"one\ntwo\nthree\n"[..], &sender);
        drop(sender);
        let mut lines = Lines { pieces: Some(receiver), ready: VecDeque::new() };
        assert_eq!(lines.blocking_next().as_deref(), Some("one"));
        let over =
            lines.blocking_next_unless(Instant::now(), |_| panic!("there is no more to wait for"));
        assert_eq!((over, lines.blocking_next()), (None, None));
    }
}
