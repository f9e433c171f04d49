//! How often something came that this client could make nothing of.

use std::sync::atomic::{AtomicU64, Ordering};

/// How often something came, since the client was started, that it could make nothing of; made by
/// [`Codex::stats`](crate::Codex::stats).
///
/// None of these harms anybody. They tell that server and client are of different versions, or that one has a fault.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Notifications and requests of a known method whose parameters could not be read.
    pub undecoded: u64,
    /// Notifications and requests of a method that this version does not know.
    pub unrecognized: u64,
    /// Frames that are no message: not text, not JSON, or nothing that JSON-RPC has a name for.
    pub malformed: u64,
    /// Answers to requests that nobody made, or that were given up, such as after
    /// [`Error::Timeout`](crate::Error::Timeout).
    pub stray_answers: u64,
    /// Messages that moved a thread or a turn in a way that this client does not foresee. What the server said counts
    /// all the same.
    pub unexpected: u64,
}

/// The counters behind [`Stats`], counted up by the reader and read by anybody.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) undecoded: Counter,
    pub(crate) unrecognized: Counter,
    pub(crate) malformed: Counter,
    pub(crate) stray_answers: Counter,
    pub(crate) unexpected: Counter,
}

/// One of them.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counters {
    pub(crate) fn stats(&self) -> Stats {
        Stats {
            undecoded: self.undecoded.get(),
            unrecognized: self.unrecognized.get(),
            malformed: self.malformed.get(),
            stray_answers: self.stray_answers.get(),
            unexpected: self.unexpected.get(),
        }
    }
}

impl Counter {
    pub(crate) fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
