//! Closures of the user's, which may wait for whatever they like.

use crate::ask::PendingRequest;
use crate::request_handler::Handled;
use std::cell::Cell;
use std::fmt;
use std::panic::resume_unwind;
use std::sync::Arc;
use tokio::task::spawn_blocking;

thread_local! {
    /// Whether this thread is running such a closure.
    static RUNS_HERE: Cell<bool> = const { Cell::new(false) };
}

/// Runs `closure` on a thread where it stops nothing else. If it panics, so does this.
pub(crate) async fn run<T: Send + 'static>(closure: impl FnOnce() -> T + Send + 'static) -> T {
    let running = spawn_blocking(move || {
        let _mark = Mark::set();
        closure()
    });
    match running.await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime is shutting down, and drops this as well.
            Err(_) => std::future::pending().await,
        },
    }
}

/// Whether the calling thread is running such a closure.
pub(super) fn runs_here() -> bool {
    RUNS_HERE.get()
}

/// A handler that is one closure for all kinds of requests.
pub(crate) struct ClosureHandler(Arc<Closure>);

type Closure = dyn Fn(PendingRequest) -> Handled + Send + Sync;

impl ClosureHandler {
    pub(super) fn new(closure: impl Fn(PendingRequest) -> Handled + Send + Sync + 'static) -> Self {
        Self(Arc::new(closure))
    }

    pub(crate) async fn call(&self, request: PendingRequest) -> Handled {
        let closure = Arc::clone(&self.0);
        run(move || closure(request)).await
    }
}

impl fmt::Debug for ClosureHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClosureHandler").finish_non_exhaustive()
    }
}

/// Taken away when the closure has returned or panicked, for its thread is used again.
struct Mark;

impl Mark {
    fn set() -> Self {
        RUNS_HERE.set(true);
        Self
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        RUNS_HERE.set(false);
    }
}
