//! A transport that is written down.

mod writer;

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;

use crate::observed::{self, Direction, Observer};
use crate::recording::Line;
use crate::{Error, Frame, FrameReceiver, FrameSender, Redaction, Transport};

use writer::Writer;

/// Bytes of frames that may wait to be written, unless told otherwise: 64 MiB.
const DEFAULT_MAX_WAITING_BYTES: usize = 64 << 20;

/// A transport whose frames are written to a file, or elsewhere, to be looked at or replayed by `Replay`.
///
/// One JSON object a line: first `{"recording":1,"startedAt":..}` with the start in milliseconds since 1970, then for each frame `{"ms":..,"from":"client","frame":..}`, with the milliseconds since the start and `client` or `server`.
/// A frame that is not JSON is written as `text`, one that is not UTF-8 as `malformed`, its excerpt with U+FFFD for what is wrong.
/// An end that the server made is a line with `end`.
///
/// Secrets are taken out by the standard [`Redaction`] unless another is chosen.
///
/// # What it does to the connection
///
/// It copies each frame into a queue, nothing else: redacting and writing are done by a thread of its own.
/// Closing waits until that is done, for which it needs a tokio runtime with time.
/// A sink that blocks without end keeps it waiting: give the close a time limit where the sink may be a pipe or a network mount.
/// If more than the bound waits there ([`max_waiting_bytes`](Self::max_waiting_bytes)) because the sink is slow, frames are left out of the recording, and a line `{"ms":..,"lost":3}` says how many.
/// After a failed write nothing more is written.
/// Either is reported at the end: by [`close`](FrameSender::close), as [`Error::Recording`], and by [`Recording::finished`].
pub struct Record {
    transport: Box<dyn Transport>,
    redaction: Redaction,
    max_waiting_bytes: usize,
    sink: Box<dyn Write + Send>,
    recording: Recording,
}

impl Record {
    /// Records into anything that can be written to; it is flushed whenever nothing waits.
    pub fn new(transport: impl Transport + 'static, sink: impl Write + Send + 'static) -> Self {
        Self {
            transport: Box::new(transport),
            redaction: Redaction::standard(),
            max_waiting_bytes: DEFAULT_MAX_WAITING_BYTES,
            sink: Box::new(sink),
            recording: Recording(Arc::new(Writer::new())),
        }
    }

    /// Records into a file, made by [`create_recording`].
    ///
    /// # Errors
    ///
    /// The file cannot be made.
    pub fn to_file(
        transport: impl Transport + 'static,
        path: impl AsRef<Path>,
    ) -> io::Result<Self> {
        Ok(Self::new(transport, create_recording(path)?))
    }

    /// Chooses what is taken out (default [`Redaction::standard`]).
    #[must_use]
    #[inline]
    pub fn redaction(mut self, redaction: Redaction) -> Self {
        self.redaction = redaction;
        self
    }

    /// Sets how many bytes of frames may wait to be written (default 64 MiB); a single larger one may, alone.
    #[must_use]
    pub fn max_waiting_bytes(mut self, bytes: usize) -> Self {
        self.max_waiting_bytes = bytes;
        self
    }

    /// A handle to wait for the end of the recording with, for connections that are dropped rather than closed.
    pub fn recording(&self) -> Recording {
        self.recording.clone()
    }
}

impl Transport for Record {
    #[inline]
    fn split(self: Box<Self>) -> (Box<dyn FrameSender>, Box<dyn FrameReceiver>) {
        let writer = self.recording.0;
        writer.start(self.sink, self.redaction, self.max_waiting_bytes);
        let recorder = Recorder { writer, closing: AtomicBool::new(false) };
        observed::split(self.transport, Arc::new(recorder))
    }
}

impl fmt::Debug for Record {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("transport", &self.transport)
            .field("redaction", &self.redaction)
            .finish_non_exhaustive()
    }
}

/// What is being written by a [`Record`]. Cheap to clone; it keeps nothing alive.
#[derive(Debug, Clone)]
pub struct Recording(Arc<Writer>);

impl Recording {
    /// Waits until both halves of the connection are dropped and everything is written.
    ///
    /// A [`Record`] that is never split never finishes.
    ///
    /// # Errors
    ///
    /// The recording is not whole.
    ///
    /// # Cancel safety
    ///
    /// Safe: a later call gives the same answer.
    pub async fn finished(&self) -> Result<(), RecordError> {
        self.0.finished().await
    }
}

/// Why a recording is not whole.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the recording is not whole: {lost} frames are missing")]
#[non_exhaustive]
pub struct RecordError {
    /// Number of frames that are missing.
    pub lost: u64,
    /// The failed write; `None` if the sink was too slow.
    #[source]
    pub source: Option<Arc<io::Error>>,
}

#[derive(Debug)]
struct Recorder {
    writer: Arc<Writer>,
    closing: AtomicBool,
}

#[async_trait]
impl Observer for Recorder {
    #[inline]
    fn frame(&self, direction: Direction, frame: &Frame<'_>) {
        self.writer.push(match frame {
            Frame::Text(text) => Line::Text(direction, (*text).to_owned()),
            Frame::Malformed(malformed) => {
                let excerpt = String::from_utf8_lossy(malformed.excerpt()).into_owned();
                Line::Malformed(direction, excerpt)
            }
        });
    }

    fn closing(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    #[inline]
    fn ended(&self, error: &Error) {
        // An end that we made ourselves is none that a replay should repeat.
        if !self.closing.load(Ordering::Relaxed) {
            self.writer.push(Line::End(error.to_string()));
        }
        self.writer.received_all();
    }

    #[inline]
    async fn closed(&self) -> Result<(), Error> {
        self.writer.flushed().await.map_err(Error::Recording)
    }
}

impl Drop for Recorder {
    #[inline]
    fn drop(&mut self) {
        self.writer.finish();
    }
}

/// Makes the file of a recording, or empties it if it is there; on unix, a new one is for its owner alone.
///
/// # Errors
///
/// The file cannot be made.
pub fn create_recording(path: impl AsRef<Path>) -> io::Result<io::BufWriter<File>> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(io::BufWriter::new(options.open(path)?))
}
