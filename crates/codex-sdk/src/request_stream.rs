//! All requests of the server, as they come.

use crate::ask::PendingRequest;
use crate::asked::AskState;
use crate::codex::Codex;
use crate::connection::RouterRef;
use crate::router::Effects;
use futures_core::{FusedStream, Stream};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The requests of the server that no turn's [`stream_with_requests`](crate::Turn::stream_with_requests) takes, in the
/// server's order; made by [`Codex::requests`].
///
/// Where there are several, each request goes to one of them. A request that this stream was given and that nobody took
/// out of it goes to the handler, or is declined, once the last of them is dropped.
///
/// It does not keep the client alive: when the last [`Codex`], [`Thread`](crate::Thread) and [`Turn`](crate::Turn) are
/// dropped, it ends as if the client had been closed.
#[must_use = "requests that wait in a stream are not answered"]
pub struct RequestStream {
    router: RouterRef,
    id: u64,
    ended: bool,
}

impl RequestStream {
    pub(crate) fn new(codex: &Codex) -> Self {
        let router = codex.connection().router_ref();
        let id = router.lock().open_request_stream();
        Self { router, id, ended: false }
    }

    /// The next request; `None` once the connection is over, for ever.
    ///
    /// # Cancel safety
    /// No request is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<PendingRequest> {
        poll_fn(|context| self.poll_request(context)).await
    }

    #[inline]
    fn poll_request(&mut self, context: &Context<'_>) -> Poll<Option<PendingRequest>> {
        loop {
            let mut effects = Effects::default();
            let mut router = self.router.lock();
            let polled = router.poll_requests(self.id, context.waker(), &mut effects);
            drop(router);
            let Some(asked) = ready!(polled) else {
                self.ended = true;
                return Poll::Ready(None);
            };
            // It may have been withdrawn meanwhile.
            if let Some(request) = PendingRequest::waiting(&asked).take(AskState::Offered) {
                return Poll::Ready(Some(request));
            }
        }
    }
}

impl Stream for RequestStream {
    type Item = PendingRequest;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_request(context)
    }
}

impl FusedStream for RequestStream {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

impl Drop for RequestStream {
    #[inline]
    fn drop(&mut self) {
        let mut effects = Effects::default();
        self.router.lock().close_request_stream(self.id, &mut effects);
    }
}

/// Without what waits, which is what the server asks.
impl fmt::Debug for RequestStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestStream").finish_non_exhaustive()
    }
}
