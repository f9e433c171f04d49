//! The events of one turn, as they come.

use crate::asked::AskState;
use crate::consumer::Consumer;
use crate::error::Result;
use crate::event::Event;
use crate::router::{Batch, Step};
use crate::turn::Turn;
use crate::turn_result::TurnResult;
use futures_core::{FusedStream, Stream};
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The events of one turn, in the server's order; ends after `turn/completed`, or after the end of its thread.
///
/// Where more than a thousand events wait, pieces of the same text are merged into one; where texts are streamed at the
/// same time, a piece may so come before one of another text that was sent earlier.
///
/// An `Err` is only ever the end: the connection is over ([`Error::Disconnected`](crate::Error::Disconnected)), the turn
/// was over a time limit ([`Error::TurnTimeout`](crate::Error::TurnTimeout)), or more events waited to be read than may
/// ([`Error::Overflow`](crate::Error::Overflow)).
///
/// Dropping it frees the consumer's slot and leaves the turn running, unless [`interrupt_on_drop`](Self::interrupt_on_drop)
/// was chosen.
#[must_use = "a stream does nothing unless it is read"]
pub struct TurnStream {
    consumer: Consumer,
    batch: Batch,
    ended: bool,
}

impl TurnStream {
    pub(crate) fn new(consumer: Consumer) -> Self {
        Self { consumer, batch: Batch::default(), ended: false }
    }

    /// The next event; `None` after the last, for ever.
    ///
    /// # Errors
    /// At most one, and the last: see [`TurnStream`].
    ///
    /// # Cancel safety
    /// No event is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<Result<Event>> {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// The result of the turn, whole, whatever part of the stream was read. Waits for the end of the turn.
    ///
    /// # Errors
    /// [`Error::TurnTimeout`](crate::Error::TurnTimeout) if the turn is over a time limit;
    /// [`Error::Disconnected`](crate::Error::Disconnected) if the connection ends first.
    ///
    /// # Cancel safety
    /// Dropping the future frees the slot and leaves the turn running, unless
    /// [`interrupt_on_drop`](Self::interrupt_on_drop) was chosen.
    pub async fn result(self) -> Result<TurnResult> {
        let Self { consumer, batch, .. } = self;
        drop(batch);
        consumer.result().await
    }

    /// Chooses whether the turn is interrupted when this stream, or the future of its [`result`](Self::result), is
    /// dropped before the turn's end. Default: what was chosen where the turn was started.
    pub fn interrupt_on_drop(mut self, interrupt: bool) -> Self {
        self.consumer.interrupt_on_drop(interrupt);
        self
    }

    /// The turn.
    pub fn turn(&self) -> &Turn {
        self.consumer.turn()
    }

    /// The next of the events that were taken from the queue already.
    pub(crate) fn next_ready(&mut self) -> Option<Result<Event>> {
        loop {
            match self.batch.next()? {
                Event::Request(request) => {
                    // It may have been withdrawn meanwhile.
                    if let Some(request) = request.take(AskState::InTurn) {
                        return Some(Ok(Event::Request(request)));
                    }
                }
                event => return Some(Ok(event)),
            }
        }
    }

    fn poll_event(&mut self, context: &Context<'_>) -> Poll<Option<Result<Event>>> {
        loop {
            if let Some(event) = self.next_ready() {
                return Poll::Ready(Some(event));
            }
            if self.ended {
                return Poll::Ready(None);
            }
            match ready!(self.consumer.poll_events(&mut self.batch, context)) {
                Ok(Step::More) => {}
                Ok(Step::End) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

impl Stream for TurnStream {
    type Item = Result<Event>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_event(context)
    }
}

impl FusedStream for TurnStream {
    fn is_terminated(&self) -> bool {
        self.ended && self.batch.is_empty()
    }
}

/// Without the events that wait, which hold what was said.
impl fmt::Debug for TurnStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TurnStream")
            .field("turn", self.turn())
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
