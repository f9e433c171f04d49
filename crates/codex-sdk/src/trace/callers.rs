//! In whose span a turn is started.

use codex_protocol::Id;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tracing::Span;

/// The spans of those who have started turns that the server has not begun yet, by thread: one a thread, for no more
/// are started at once.
#[derive(Debug, Default)]
pub(crate) struct Callers(Mutex<HashMap<Id, Span>>);

impl Callers {
    /// The current span starts a turn.
    pub(crate) fn start(&self, thread_id: &Id) {
        let span = Span::current();
        if !span.is_none() {
            // What was there is dropped outside the lock, for that runs the subscriber's code.
            let before = self.lock().insert(thread_id.clone(), span);
            drop(before);
        }
    }

    /// No turn of the thread will begin.
    pub(crate) fn forget(&self, thread_id: &Id) {
        drop(self.take(thread_id));
    }

    /// Whose turn begins.
    pub(super) fn take(&self, thread_id: &Id) -> Option<Span> {
        self.lock().remove(thread_id)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Id, Span>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
