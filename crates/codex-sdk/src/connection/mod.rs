//! The connection to one server: a reader task, a writer task, and the router between them and the callers.

mod answer;
mod default_answer;
mod outbox;
mod reader;
mod request;
mod writer;

pub(crate) use request::{Lane, Outgoing, Params, decode};

use crate::call::Boxed;
use crate::config::Limits;
use crate::error::{Cause, Disconnected, Error, Result};
use crate::request_handler::RequestHandler;
use crate::router::{Effects, Router};
use crate::stats::{Counters, Stats};
use crate::trace::Callers;
use crate::unanswered_requests::UnansweredRequests;
use codex_protocol::ClientNotification;
use codex_transport::Transport;
use outbox::Outbox;
use std::fmt;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;

/// Places in flight kept for interrupts and steers, so that they pass a full queue of requests.
const RESERVED_IN_FLIGHT: usize = 8;

/// The router alone, for those who look at it without keeping the connection, and so the server, alive.
#[derive(Debug, Clone)]
pub(crate) struct RouterRef(Arc<Shared>);

/// A live connection. Dropping it ends its tasks and, behind the transport, the server.
#[derive(Debug)]
pub(crate) struct Connection {
    shared: Arc<Shared>,
}

/// What becomes of the server's requests that no stream takes.
pub(crate) struct Answering {
    pub(crate) handler: Option<Arc<dyn RequestHandler>>,
    pub(crate) unanswered: UnansweredRequests,
    /// Whether the server is a process that was started here, over stdio.
    pub(crate) local: bool,
}

/// What callers, reader and writer share.
#[derive(Debug)]
pub(crate) struct Shared {
    router: Mutex<Router>,
    counters: Arc<Counters>,
    callers: Callers,
    outbox: Outbox,
    limits: Limits,
    answering: Answering,
    /// Where the reader, the writer, handlers and tools run, whoever's task it is that a request changes hands in.
    runtime: Handle,
    in_flight: Arc<Semaphore>,
    reserved: Arc<Semaphore>,
    processes: Arc<Semaphore>,
    /// Whether the last request of `in_flight` was the only one there when it was sent.
    was_alone: AtomicBool,
    /// Asks the writer to shut the server down in order.
    close: CancellationToken,
    /// Ends both tasks at once; what they own cleans up as it is dropped.
    abort: CancellationToken,
    /// The outcome of the shutdown, once it is over.
    closed: watch::Sender<Option<std::result::Result<(), codex_transport::Error>>>,
}

impl Connection {
    /// Starts the reader and the writer on the current runtime.
    pub(crate) fn open(
        transport: Box<dyn Transport>,
        router: Router,
        mut limits: Limits,
        answering: Answering,
    ) -> Self {
        let places = limits.max_in_flight.clamp(1, Semaphore::MAX_PERMITS);
        limits.max_in_flight = places;
        let (sender, receiver) = transport.split();
        let shared = Arc::new(Shared {
            counters: router.counters(),
            router: Mutex::new(router),
            callers: Callers::default(),
            outbox: Outbox::new(sender),
            reserved: Arc::new(Semaphore::new(RESERVED_IN_FLIGHT)),
            in_flight: Arc::new(Semaphore::new(places)),
            processes: Arc::new(Semaphore::new(places)),
            was_alone: AtomicBool::new(false),
            limits,
            answering,
            runtime: Handle::current(),
            close: CancellationToken::new(),
            abort: CancellationToken::new(),
            closed: watch::Sender::new(None),
        });
        let guard = TaskGuard(Arc::clone(&shared));
        shared.spawn(Box::pin(reader::run(guard, receiver, reader::sweep())));
        let guard = writer::Guard::new(TaskGuard(Arc::clone(&shared)));
        shared.spawn(Box::pin(writer::run(guard)));
        Self { shared }
    }

    /// The router. Never held across an await.
    pub(crate) fn router(&self) -> MutexGuard<'_, Router> {
        self.shared.router()
    }

    pub(crate) fn router_ref(&self) -> RouterRef {
        RouterRef(Arc::clone(&self.shared))
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    pub(crate) fn stats(&self) -> Stats {
        self.shared.counters.stats()
    }

    /// Sends a notification.
    pub(crate) fn notify<N: ClientNotification>(&self, params: &N) -> Result<()> {
        self.router().check_open()?;
        self.shared
            .outbox
            .push(&|buffer| codex_protocol::write_notification(buffer, params))
            .map_err(|source| Error::Encode { method: N::METHOD, source: Box::new(source) })
    }

    /// Shuts the server down in order; returns when it is gone.
    ///
    /// # Cancel safety
    /// The shutdown goes on if the future is dropped.
    pub(crate) fn close(&self) -> Boxed<'_, ()> {
        Box::pin(async {
            self.shared.end(Cause::Closed);
            self.shared.close.cancel();
            let mut closed = self.shared.closed.subscribe();
            // The sender lives in `shared`, so the wait cannot fail.
            match closed.wait_for(Option::is_some).await.as_deref() {
                Ok(Some(Err(error))) => {
                    Err(Disconnected::new(Cause::Transport(error.clone())).into())
                }
                _ => Ok(()),
            }
        })
    }
}

impl RouterRef {
    /// The router. Never held across an await.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Router> {
        self.0.router()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.shared.end(Cause::Closed);
        // Where close() was called and its caller went away, the writer still has it to finish.
        if !self.shared.close.is_cancelled() {
            self.shared.abort.cancel();
        }
    }
}

impl fmt::Debug for Answering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answering")
            .field("handler", &self.handler.is_some())
            .field("unanswered", &self.unanswered)
            .field("local", &self.local)
            .finish()
    }
}

impl Shared {
    /// Runs a task of the connection's, or the user's code that answers a request. Where the runtime has ended, it is
    /// dropped at once.
    ///
    /// All are of one type, since what tokio does for a task is compiled for each type of task.
    fn spawn(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        self.runtime.spawn(task);
    }

    /// Whether the server is a process that was started here, over stdio.
    pub(crate) fn is_local(&self) -> bool {
        self.answering.local
    }

    /// The router. Never held across an await.
    pub(crate) fn router(&self) -> MutexGuard<'_, Router> {
        self.router.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether requests come one after the other: the one that has just taken its place in flight is the only one there,
    /// and so was the one before it. The first of many looks alone, too.
    fn one_at_a_time(&self) -> bool {
        let alone = self.in_flight.available_permits() + 1 == self.limits.max_in_flight;
        self.was_alone.swap(alone, Ordering::Relaxed) && alone
    }

    /// Hands `cause` to everyone who waits, unless an earlier one was.
    fn end(&self, cause: Cause) {
        let mut effects = Effects::default();
        self.router().end(Disconnected::new(cause), &mut effects);
        effects.fire();
    }
}

/// A task's hold on what is shared. It fails everyone who waits when the task goes away without having said why: its
/// runtime ended, be it before the task was ever polled, or it panicked.
#[derive(Debug)]
struct TaskGuard(Arc<Shared>);

impl TaskGuard {
    fn shared(&self) -> &Arc<Shared> {
        &self.0
    }
}

impl Deref for TaskGuard {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Drop for TaskGuard {
    fn drop(&mut self) {
        self.end(Cause::TaskEnded);
    }
}
