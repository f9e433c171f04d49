use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::RecordError;
use crate::Redaction;
use crate::recording::{self, Line};

/// How long a connection that was closed waits for its receiver to come to the end as well.
const LINGER: Duration = Duration::from_millis(250);

/// The queue between a connection and the thread that writes.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Mutex<Queue>,
    changed: Condvar,
    progress: watch::Sender<Progress>,
}

struct Queue {
    started: Instant,
    lines: VecDeque<(Duration, Line)>,
    /// Of the lines that wait, and of those being written.
    bytes: usize,
    max_bytes: usize,
    pushed: u64,
    /// Frames left out since the last line.
    lost: u64,
    finished: bool,
}

#[derive(Debug, Default)]
struct Progress {
    /// How many of the lines that were pushed are done with.
    done: u64,
    lost: u64,
    failed: Option<Arc<io::Error>>,
    received_all: bool,
    finished: bool,
}

impl Writer {
    #[inline]
    pub(super) fn new() -> Self {
        Self {
            queue: Mutex::new(Queue {
                started: Instant::now(),
                lines: VecDeque::new(),
                bytes: 0,
                max_bytes: 0,
                pushed: 0,
                lost: 0,
                finished: false,
            }),
            changed: Condvar::new(),
            progress: watch::Sender::new(Progress::default()),
        }
    }

    /// Starts the thread.
    #[inline]
    pub(super) fn start(
        self: &Arc<Self>,
        sink: Box<dyn Write + Send>,
        redaction: Redaction,
        max_bytes: usize,
    ) {
        let mut queue = self.queue();
        queue.started = Instant::now();
        queue.max_bytes = max_bytes;
        drop(queue);
        let writer = Arc::clone(self);
        let thread = thread::Builder::new().name("codex-record".to_owned());
        let spawned = thread.spawn(move || {
            // However the thread ends, nobody waits for it longer.
            let _end = EndGuard(&writer);
            if let Err(error) = writer.write_all(sink, &redaction) {
                writer.fail(error);
            }
        });
        if let Err(error) = spawned {
            self.fail(error);
            self.end();
        }
    }

    /// Takes a line to be written, or counts it as lost.
    #[inline]
    pub(super) fn push(&self, line: Line) {
        let mut queue = self.queue();
        let bytes = line.bytes();
        if queue.finished || (queue.bytes > 0 && queue.bytes + bytes > queue.max_bytes) {
            queue.lost += 1;
            drop(queue);
            self.progress.send_modify(|progress| progress.lost += 1);
            return;
        }
        queue.note_loss();
        queue.bytes += bytes;
        queue.add(line);
        self.changed.notify_one();
    }

    /// Says that the receiver has come to its end.
    pub(super) fn received_all(&self) {
        self.progress.send_modify(|progress| progress.received_all = true);
    }

    /// Says that nothing more will be pushed.
    #[inline]
    pub(super) fn finish(&self) {
        let mut queue = self.queue();
        queue.note_loss();
        queue.finished = true;
        self.received_all();
        self.changed.notify_one();
    }

    /// Waits until what was pushed is written; first, for a moment, until the receiver has come to its end.
    pub(super) async fn flushed(&self) -> Result<(), RecordError> {
        let received_all = self.until(&|progress| progress.received_all);
        let _ = tokio::time::timeout(LINGER, received_all).await;
        let pushed = self.pushed();
        self.until(&|progress| progress.finished || progress.done >= pushed).await;
        self.outcome()
    }

    /// How many lines there are by now, a loss that was not noted yet included.
    #[inline]
    fn pushed(&self) -> u64 {
        let mut queue = self.queue();
        queue.note_loss();
        self.changed.notify_one();
        queue.pushed
    }

    /// Waits for the thread's end.
    pub(super) async fn finished(&self) -> Result<(), RecordError> {
        self.until(&|progress| progress.finished).await;
        self.outcome()
    }

    async fn until(&self, reached: &(dyn Fn(&Progress) -> bool + Sync)) {
        // The sender lives in `self`, so the wait cannot fail.
        let _ = self.progress.subscribe().wait_for(|progress| reached(progress)).await;
    }

    fn outcome(&self) -> Result<(), RecordError> {
        let progress = self.progress.borrow();
        match (progress.lost, progress.failed.clone()) {
            (0, None) => Ok(()),
            (lost, source) => Err(RecordError { lost, source }),
        }
    }

    #[inline]
    fn write_all(&self, mut sink: Box<dyn Write + Send>, redaction: &Redaction) -> io::Result<()> {
        sink.write_all(recording::header().as_bytes())?;
        loop {
            let mut queue = self.queue();
            if queue.lines.is_empty() && !queue.finished {
                drop(queue);
                sink.flush()?;
                queue = self.queue();
            }
            while queue.lines.is_empty() && !queue.finished {
                queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
            let lines = std::mem::take(&mut queue.lines);
            drop(queue);
            if lines.is_empty() {
                return sink.flush();
            }
            let (count, mut bytes) = (lines.len() as u64, 0);
            for (at, line) in lines {
                bytes += line.bytes();
                sink.write_all(line.to_json(at, redaction).as_bytes())?;
            }
            sink.flush()?;
            self.queue().bytes -= bytes;
            self.progress.send_modify(|progress| progress.done += count);
        }
    }

    /// Gives up: what waits is lost, and so is what comes.
    #[inline]
    fn fail(&self, error: io::Error) {
        let mut queue = self.queue();
        queue.finished = true;
        queue.lines.clear();
        let unwritten = queue.pushed;
        drop(queue);
        self.progress.send_modify(|progress| {
            progress.lost += unwritten - progress.done;
            progress.failed = Some(Arc::new(error));
        });
    }

    fn end(&self) {
        self.progress.send_modify(|progress| progress.finished = true);
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn note_loss(&mut self) {
        match std::mem::take(&mut self.lost) {
            0 => {}
            lost => self.add(Line::Lost(lost)),
        }
    }

    fn add(&mut self, line: Line) {
        let at = self.started.elapsed();
        self.lines.push_back((at, line));
        self.pushed += 1;
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What waits is not redacted yet.
        f.debug_struct("Queue")
            .field("lines", &self.lines.len())
            .field("bytes", &self.bytes)
            .field("lost", &self.lost)
            .field("finished", &self.finished)
            .finish_non_exhaustive()
    }
}

struct EndGuard<'a>(&'a Writer);

impl Drop for EndGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.fail(io::Error::other("the redaction or the sink panicked"));
        }
        self.0.end();
    }
}
