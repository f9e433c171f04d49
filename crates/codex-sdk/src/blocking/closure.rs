//! Closures of the user's, which may wait for whatever they like.

use crate::ask::PendingRequest;
use crate::request_handler::{Handled, Handling};
use std::fmt;
use std::panic::resume_unwind;
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// Runs `closure` on a thread where it stops nothing else. If it panics, so does this.
pub(crate) async fn run<T: Send + 'static>(closure: impl FnOnce() -> T + Send + 'static) -> T {
    match spawn_blocking(closure).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime is shutting down, and drops this as well.
            Err(_) => std::future::pending().await,
        },
    }
}

/// A handler that is one closure for all kinds of requests.
pub(crate) struct ClosureHandler(Arc<Closure>);

type Closure = dyn Fn(PendingRequest) -> Handled + Send + Sync;

impl ClosureHandler {
    pub(super) fn new(closure: impl Fn(PendingRequest) -> Handled + Send + Sync + 'static) -> Self {
        Self(Arc::new(closure))
    }

    pub(crate) fn answer(&self, request: PendingRequest) -> Handling<'_> {
        let closure = Arc::clone(&self.0);
        Box::pin(run(move || closure(request)))
    }
}

impl fmt::Debug for ClosureHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClosureHandler").finish_non_exhaustive()
    }
}
