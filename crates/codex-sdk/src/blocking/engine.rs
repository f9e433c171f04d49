//! The runtime behind a blocking client.

use super::async_context;
use crate::error::{Error, Result};
use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_util::sync::CancellationToken;

/// How many engines there have been.
static STARTED: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The engine for which this thread runs closures.
    static CLOSURES_OF: Cell<Option<u64>> = const { Cell::new(None) };
}

/// A runtime on a thread of its own, which runs between calls. Cheap to clone; the last clone ends it, without waiting.
///
/// Futures of calls are polled by the threads that call; here run the client's own tasks, and here are timers and I/O.
#[derive(Clone)]
pub(crate) struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    /// No other engine has it.
    number: u64,
    handle: Handle,
    /// `None` once stopped. Every call under way holds it for reading, so that the runtime outlives the call.
    running: RwLock<Option<Running>>,
}

struct Running {
    stop: CancellationToken,
    thread: JoinHandle<()>,
}

impl Engine {
    /// Starts the thread. Once it is told to stop, closures of the user that still run are waited for so long.
    ///
    /// # Errors
    /// [`Error::Thread`] if the system gives no thread, or none of what its runtime needs.
    pub(crate) fn start(grace: Duration) -> Result<Self> {
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let runtime = Builder::new_current_thread()
            .thread_name("codex-closure")
            .on_thread_start(move || CLOSURES_OF.set(Some(number)))
            .enable_all()
            .build()
            .map_err(Error::Thread)?;
        let handle = runtime.handle().clone();
        let stop = CancellationToken::new();
        let thread = spawn(runtime, stop.clone(), grace).map_err(Error::Thread)?;
        let running = RwLock::new(Some(Running { stop, thread }));
        Ok(Self { inner: Arc::new(Inner { number, handle, running }) })
    }

    /// Waits for a future on the calling thread.
    ///
    /// # Panics
    /// Inside an async context; the message says to use the async type `instead`.
    #[track_caller]
    pub(crate) fn wait<T>(&self, instead: &str, future: impl Future<Output = T>) -> T {
        async_context::refuse(instead);
        let running = self.running();
        if running.is_some() {
            return self.inner.handle.block_on(future);
        }
        drop(running);
        // The client is closed, so that nothing is left to wait for; but what says so may look at a clock.
        match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(future),
            Err(_) => self.inner.handle.block_on(future),
        }
    }

    /// Stops the runtime; returns when its thread has ended, and with it everything that it ran.
    ///
    /// It waits for calls that other threads make, which the end of the client ends as well. Called by a closure that
    /// runs on this runtime, it does not wait for the thread, which waits for that closure.
    pub(crate) fn stop(&self) {
        let Some(Running { stop, thread }) = self.running_mut().take() else { return };
        stop.cancel();
        if CLOSURES_OF.get() != Some(self.inner.number) {
            // The thread runs no code that panics, and its end is all that is asked for.
            let _ = thread.join();
        }
    }

    fn running(&self) -> RwLockReadGuard<'_, Option<Running>> {
        self.inner.running.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn running_mut(&self) -> RwLockWriteGuard<'_, Option<Running>> {
        self.inner.running.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs the runtime until it is told to stop.
fn spawn(runtime: Runtime, stop: CancellationToken, grace: Duration) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name("codex-client".to_owned()).spawn(move || {
        runtime.block_on(stop.cancelled());
        runtime.shutdown_timeout(grace);
    })
}

impl Drop for Inner {
    fn drop(&mut self) {
        let running = self.running.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(Running { stop, .. }) = running {
            stop.cancel();
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("running", &self.running().is_some()).finish_non_exhaustive()
    }
}
