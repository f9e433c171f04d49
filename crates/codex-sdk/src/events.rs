//! What the server says that belongs to no turn.

use crate::codex::Codex;
use crate::connection::RouterRef;
use crate::error::Result;
use crate::event::Event;
use crate::router::{Accepts, Batch, Effects, SubscriberId};
use futures_core::{FusedStream, Stream};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

/// What the server says that belongs to no turn of this client's; made by [`Codex::events`].
///
/// Events of other threads, such as those of sub-agents, of a thread between its turns, of the account and of the
/// configuration, in the server's order from the call of `events()` on. Each of several subscribers gets them all.
///
/// Where the subscriber does not keep up and more than `max_buffered_bytes` wait for it, what comes then is left out,
/// and an [`Event::Lagged`] stands in its place. Pieces of the same text are merged as they are in a
/// [`TurnStream`](crate::TurnStream).
///
/// An `Err` is only ever the end: the connection is over.
///
/// It does not keep the client alive: when the last [`Codex`], [`Thread`](crate::Thread) and [`Turn`](crate::Turn) are
/// dropped, it ends as if the client had been closed.
#[must_use = "a stream does nothing unless it is read"]
pub struct Events {
    router: RouterRef,
    subscriber: SubscriberId,
    batch: Batch,
    ended: bool,
}

impl Events {
    /// Subscribes to those events that `accepts` says yes to. It runs in the reader.
    pub(crate) fn subscribe(codex: &Codex, accepts: Accepts) -> Self {
        let router = codex.connection().router_ref();
        let subscriber = router.lock().subscribe(accepts);
        Self { router, subscriber, batch: Batch::default(), ended: false }
    }

    /// The next event; `None` after the last, for ever.
    ///
    /// # Errors
    /// At most one, and the last: [`Error::Disconnected`](crate::Error::Disconnected).
    ///
    /// # Cancel safety
    /// No event is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<Result<Event>> {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// What waits at the moment.
    #[inline]
    pub(crate) fn waiting(&mut self) -> Batch {
        // Nobody is woken: an end that has come meanwhile is told to whoever asks next.
        let _ = self.poll_batch(&Context::from_waker(Waker::noop()));
        std::mem::take(&mut self.batch)
    }

    #[inline]
    fn poll_event(&mut self, context: &Context<'_>) -> Poll<Option<Result<Event>>> {
        loop {
            if let Some(event) = self.batch.next() {
                return Poll::Ready(Some(Ok(event)));
            }
            if self.ended {
                return Poll::Ready(None);
            }
            if let Err(error) = ready!(self.poll_batch(context)) {
                self.ended = true;
                return Poll::Ready(Some(Err(error)));
            }
        }
    }

    #[inline]
    fn poll_batch(&mut self, context: &Context<'_>) -> Poll<Result<()>> {
        // Declared first, so that it is dropped after the lock is released.
        let mut effects = Effects::default();
        let mut router = self.router.lock();
        router.poll_subscriber(self.subscriber, &mut self.batch, context.waker(), &mut effects)
    }
}

impl Stream for Events {
    type Item = Result<Event>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_event(context)
    }
}

impl FusedStream for Events {
    fn is_terminated(&self) -> bool {
        self.ended && self.batch.is_empty()
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        let mut effects = Effects::default();
        self.router.lock().unsubscribe(self.subscriber, &mut effects);
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("ended", &self.ended).finish_non_exhaustive()
    }
}
