//! A response body that plays a reply.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;

use super::sse::Action;

/// A response body that does the actions as it is read, so that it ends with its connection.
pub(super) struct Playback {
    actions: std::vec::IntoIter<Action>,
    waiting: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Playback {
    pub(super) fn new(actions: Vec<Action>) -> Self {
        Self { actions: actions.into_iter(), waiting: None }
    }
}

impl Stream for Playback {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(waiting) = &mut self.waiting {
                ready!(waiting.as_mut().poll(cx));
                self.waiting = None;
            }
            match self.actions.next() {
                Some(Action::Send(bytes)) => return Poll::Ready(Some(Ok(bytes))),
                Some(Action::Pause(pause)) => {
                    self.waiting = Some(Box::pin(tokio::time::sleep(pause)));
                }
                Some(Action::Hold(gate)) => self.waiting = Some(Box::pin(gate.pass())),
                // Waiting for a moment makes the server write what it has.
                Some(Action::Flush) => self.waiting = Some(Box::pin(tokio::task::yield_now())),
                // The server breaks the connection of a body that fails.
                Some(Action::Cut) => {
                    let cut = io::Error::new(io::ErrorKind::ConnectionAborted, "cut by the script");
                    return Poll::Ready(Some(Err(cut)));
                }
                None => return Poll::Ready(None),
            }
        }
    }
}
