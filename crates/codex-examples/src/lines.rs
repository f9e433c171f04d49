//! What the person at the terminal types.

use std::time::{Duration, Instant};
use tokio::sync::mpsc::{self, error::TryRecvError};

/// The lines that the person at the terminal types, and when each was read.
#[derive(Debug)]
pub struct Lines(Option<mpsc::Receiver<(Instant, String)>>);

/// More than a person types ahead; a line beyond is read, and counts as typed, when there is room.
const TYPED_AHEAD: usize = 64;

/// Nobody notices that a line is taken up so much later.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

impl Lines {
    /// Reads stdin on a thread of its own: a read of a terminal cannot be given up, and must not keep the runtime.
    pub fn of_stdin() -> Self {
        let (sender, receiver) = mpsc::channel(TYPED_AHEAD);
        std::thread::spawn(move || {
            for line in std::io::stdin().lines().map_while(Result::ok) {
                if sender.blocking_send((Instant::now(), line)).is_err() {
                    break;
                }
            }
        });
        Self(Some(receiver))
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
        let line = self.0.as_mut()?.blocking_recv();
        if line.is_none() {
            self.0 = None;
        }
        line.map(|(_, line)| line)
    }

    /// [`next_since`](Self::next_since) without async, and no longer than it is wanted: `given_up` is asked again and
    /// again, and waits for a reason to give up as long as it is told.
    pub fn blocking_next_unless(
        &mut self,
        asked: Instant,
        given_up: impl Fn(Duration) -> bool,
    ) -> Option<String> {
        loop {
            match self.0.as_mut()?.try_recv() {
                Ok((typed, line)) if typed >= asked => return Some(line),
                Ok(_) => {}
                Err(TryRecvError::Empty) if given_up(LOOK_AGAIN) => return None,
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => self.0 = None,
            }
        }
    }

    async fn receive(&mut self) -> Option<(Instant, String)> {
        let line = self.0.as_mut()?.recv().await;
        if line.is_none() {
            self.0 = None;
        }
        line
    }
}
