//! A transport that plays the server of a recording.

mod shape;
mod stage;

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::line_buffer::LineBuffer;
use crate::recorded::{self, Entry, Fault};
use crate::{
    Closed, DEFAULT_MAX_FRAME_BYTES, Error, Frame, FrameBatch, FrameReceiver, FrameSender,
    Transport,
};

use stage::{Next, Stage};

/// Frames that are played at one go, in bytes, before the client is given the word.
const PLAYED_AT_ONCE: usize = 64 * 1024;

/// A transport that plays the server of a recording made by [`Record`](crate::Record): no process, no network.
///
/// What the client sends is matched with what was recorded by method and structure: the same members, kinds of values, lengths of lists and `type`s.
/// Ids may differ, and so may values: a prompt, a path, a version ([`exact`](Self::exact) asks for equal ones); among several that fit, one with equal values is taken first.
/// What was redacted, and `null` or absent, make no difference.
///
/// Each frame of the server is sent once everything that the client sent before it has come, in the recorded order, with the ids that this client chose.
/// The ids of the server's own requests stay as they were.
///
/// A client that sends what the recording lacks is told: a request is answered with an error, anything else ends the connection with [`Error::OffScript`].
/// So is the test: [`close`](FrameSender::close) and [`Playback::check`] fail with the story.
pub struct Replay {
    entries: Vec<Entry>,
    options: Options,
    shared: Arc<Shared>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Options {
    exact: bool,
    recorded_clock: bool,
}

impl Replay {
    /// Reads a recording from a file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or there is a line in it that is no line of a recording; see [`ReplayError::before`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ReplayError> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|source| ReplayError::Read {
            recording: path.display().to_string(),
            source,
        })?;
        Self::parse(&path.display().to_string(), &bytes)
    }

    /// Reads a recording.
    ///
    /// # Errors
    ///
    /// It cannot be read, or there is a line in it that is no line of a recording; see [`ReplayError::before`].
    pub fn read(mut recording: impl io::Read) -> Result<Self, ReplayError> {
        let mut bytes = Vec::new();
        let name = "the recording".to_owned();
        match recording.read_to_end(&mut bytes) {
            Ok(_) => Self::parse(&name, &bytes),
            Err(source) => Err(ReplayError::Read { recording: name, source }),
        }
    }

    fn parse(name: &str, bytes: &[u8]) -> Result<Self, ReplayError> {
        let (entries, fault) = recorded::read(bytes);
        let replay = Self { entries, options: Options::default(), shared: Arc::default() };
        let Some(Fault { line, column, reason }) = fault else { return Ok(replay) };
        let recording = name.to_owned();
        Err(ReplayError::BadLine { recording, line, column, reason, before: Box::new(replay) })
    }

    /// Asks for equal values, not only for the same structure.
    #[must_use]
    pub fn exact(mut self) -> Self {
        self.options.exact = true;
        self
    }

    /// Keeps the recorded pauses, by tokio's clock (default: as fast as possible).
    #[must_use]
    pub fn on_recorded_clock(mut self) -> Self {
        self.options.recorded_clock = true;
        self
    }

    /// A handle to ask how it went.
    pub fn playback(&self) -> Playback {
        Playback(self.shared.clone())
    }
}

impl Transport for Replay {
    fn split(self: Box<Self>) -> (Box<dyn FrameSender>, Box<dyn FrameReceiver>) {
        let Self { entries, options, shared } = *self;
        shared.stage().begin(entries, options.exact);
        let receiver = ReplayReceiver {
            shared: shared.clone(),
            lines: LineBuffer::new(DEFAULT_MAX_FRAME_BYTES),
            recorded_clock: options.recorded_clock,
            end: None,
        };
        (Box::new(ReplaySender { shared, closed: false }), Box::new(receiver))
    }
}

/// How a [`Replay`] goes. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Playback(Arc<Shared>);

impl Playback {
    /// Whether the client has done what was recorded, all of it and nothing else.
    ///
    /// # Errors
    ///
    /// [`Error::OffScript`], which says what it did that the recording lacks, or else what it has not done yet.
    pub fn check(&self) -> Result<(), Error> {
        self.0.stage().check()
    }
}

/// Why a recording cannot be replayed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// It cannot be read.
    #[error("could not read {recording}")]
    Read {
        /// Which one.
        recording: String,
        /// What the system said.
        source: io::Error,
    },

    /// A line in it is no line of a recording.
    #[error("{recording}, line {line}, column {column}: {reason}")]
    #[non_exhaustive]
    BadLine {
        /// Which one.
        recording: String,
        /// The line, from 1.
        line: usize,
        /// The byte in the line, from 1.
        column: usize,
        /// What is wrong there.
        reason: String,
        /// All that came before.
        before: Box<Replay>,
    },
}

impl ReplayError {
    /// The part of the recording before the bad line, which can be replayed.
    pub fn before(self) -> Option<Replay> {
        match self {
            Self::BadLine { before, .. } => Some(*before),
            Self::Read { .. } => None,
        }
    }
}

#[derive(Debug, Default)]
struct Shared {
    stage: Mutex<Stage>,
    /// The client did something.
    changed: Notify,
}

impl Shared {
    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct ReplaySender {
    shared: Arc<Shared>,
    closed: bool,
}

#[async_trait]
impl FrameSender for ReplaySender {
    async fn send(&mut self, batch: &mut FrameBatch) -> Result<(), Error> {
        if self.closed {
            return Err(Error::Closed);
        }
        let mut stage = self.shared.stage();
        if stage.is_over() {
            return Err(Error::Disconnected);
        }
        for frame in batch.frames() {
            stage.client_sent(frame);
        }
        drop(stage);
        batch.clear();
        self.shared.changed.notify_one();
        Ok(())
    }

    async fn close(&mut self) -> Result<Closed, Error> {
        self.closed = true;
        let mut stage = self.shared.stage();
        stage.close();
        self.shared.changed.notify_one();
        stage.complaint().map_or(Ok(Closed::default()), Err)
    }
}

impl Drop for ReplaySender {
    fn drop(&mut self) {
        self.shared.stage().end_input();
        self.shared.changed.notify_one();
    }
}

struct ReplayReceiver {
    shared: Arc<Shared>,
    lines: LineBuffer,
    recorded_clock: bool,
    end: Option<Error>,
}

#[async_trait]
impl FrameReceiver for ReplayReceiver {
    async fn fill(&mut self) -> Result<(), Error> {
        loop {
            if self.lines.has_frame()? {
                return Ok(());
            }
            if let Some(end) = &self.end {
                return Err(end.clone());
            }
            match self.play() {
                Wait::Nothing => {}
                Wait::Client => self.shared.changed.notified().await,
                Wait::Until(due) => {
                    tokio::select! {
                        () = tokio::time::sleep_until(due) => {}
                        // It may have closed.
                        () = self.shared.changed.notified() => {}
                    }
                }
            }
        }
    }

    fn next_frame(&mut self) -> Option<Frame<'_>> {
        self.lines.next_frame()
    }
}

enum Wait {
    Nothing,
    Client,
    Until(Instant),
}

impl ReplayReceiver {
    /// Plays what is due, and tells what to wait for.
    fn play(&mut self) -> Wait {
        let mut stage = self.shared.stage();
        let mut played = 0;
        while played < PLAYED_AT_ONCE {
            let due = stage.due().filter(|due| self.recorded_clock && *due > Instant::now());
            match stage.next(due.is_none()) {
                Next::Frame(frame) => {
                    played += frame.len() + 1;
                    self.lines.extend(&frame);
                    self.lines.extend(b"\n");
                }
                Next::End(error) => {
                    self.end = Some(error);
                    return Wait::Nothing;
                }
                Next::Later if played > 0 => return Wait::Nothing,
                Next::Later => return due.map_or(Wait::Client, Wait::Until),
                Next::Client if played > 0 => return Wait::Nothing,
                Next::Client => return Wait::Client,
            }
        }
        Wait::Nothing
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay")
            .field("entries", &self.entries.len())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ReplayReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayReceiver").field("end", &self.end).finish_non_exhaustive()
    }
}

/// The time from one entry to the next.
fn pause(entries: &[Entry], index: usize) -> Duration {
    let before = index.checked_sub(1).and_then(|before| entries.get(before));
    let at = |entry: Option<&Entry>| entry.map_or(Duration::ZERO, |entry| entry.at);
    at(entries.get(index)).saturating_sub(at(before))
}
