//! One turn.

use crate::call::Call;
use crate::connection::{Lane, Outgoing};
use crate::consumer::Consumer;
use crate::error::{Error, Result};
use crate::input::Input;
use crate::router::{Effects, Progress, TurnKey, Wanted};
use crate::steer::Steer;
use crate::stream::TurnStream;
use crate::thread::Thread;
use crate::turn_control::TurnControl;
use crate::turn_result::TurnResult;
use codex_protocol::{Id, TurnInterruptParams};
use std::fmt;
use std::sync::Arc;

/// One turn: what the user asked, and what the assistant does about it. Cheap to clone.
///
/// The turn runs whether or not anybody listens. While a handle of it exists, its result is collected whole.
#[derive(Clone)]
pub struct Turn {
    inner: Arc<Inner>,
}

struct Inner {
    thread: Thread,
    id: Id,
    interrupt_on_drop: bool,
}

impl Turn {
    /// Takes up a turn that a request has just started.
    pub(crate) fn adopt(thread: Thread, id: Id, request: i64, control: &TurnControl) -> Self {
        let key = TurnKey { thread_id: thread.id(), turn_id: &id };
        let limits = control.limits(thread.codex().limits());
        thread.codex().connection().router().adopt_turn(key, request, limits);
        Self::new(thread, id, control)
    }

    /// Takes up a turn that runs already; whether something of it was missed.
    pub(crate) fn attach(thread: Thread, id: Id, control: &TurnControl) -> (Self, bool) {
        let key = TurnKey { thread_id: thread.id(), turn_id: &id };
        let limits = control.limits(thread.codex().limits());
        let missed = thread.codex().connection().router().attach_turn(key, limits);
        (Self::new(thread, id, control), missed)
    }

    fn new(thread: Thread, id: Id, control: &TurnControl) -> Self {
        if control.messages_alone {
            let key = TurnKey { thread_id: thread.id(), turn_id: &id };
            thread.codex().connection().router().keep_messages_alone(key);
        }
        let interrupt_on_drop = control.interrupt_on_drop;
        Self { inner: Arc::new(Inner { thread, id, interrupt_on_drop }) }
    }

    /// The turn's id.
    pub fn id(&self) -> &Id {
        &self.inner.id
    }

    /// The thread of the turn.
    pub fn thread(&self) -> &Thread {
        &self.inner.thread
    }

    /// Waits for the result, whatever was streamed before. Takes the consumer's slot now, not when first polled.
    ///
    /// A failed or interrupted turn is an `Ok` whose status says so.
    ///
    /// # Errors
    /// [`Error::ConsumerActive`] at once if another `stream()` or `run()` is live;
    /// [`Error::TurnTimeout`] if the turn is over a time limit; [`Error::Disconnected`] if the connection ends first.
    ///
    /// # Cancel safety
    /// Dropping the future frees the slot and leaves the turn running, unless
    /// [`interrupt_on_drop`](crate::TurnStart::interrupt_on_drop) was chosen where it was started.
    pub fn run(&self) -> Call<TurnResult> {
        let consumer = Consumer::of(self, Wanted::Result);
        Call::new(async move { consumer?.result().await })
    }

    /// Streams the turn's events: all from its start, if this is its first consumer.
    ///
    /// After a `stream()` or `run()` that was dropped, it has the events to come; the result is whole all the same.
    ///
    /// # Errors
    /// [`Error::ConsumerActive`] if another `stream()` or `run()` is live.
    pub fn stream(&self) -> Result<TurnStream> {
        Ok(TurnStream::new(Consumer::of(self, Wanted::Events)?))
    }

    /// Streams the turn's events and, among them in the server's order, its requests to this client, such as approvals:
    /// [`Event::Request`](crate::Event::Request).
    ///
    /// Such a stream comes before [`Codex::requests`](crate::Codex::requests) and a
    /// [`RequestHandler`](crate::RequestHandler). What the server asked before is in it, if it is the turn's first
    /// consumer and not made more than a second later; what it leaves when it is dropped goes to those two.
    ///
    /// # Errors
    /// [`Error::ConsumerActive`] if another `stream()` or `run()` is live.
    pub fn stream_with_requests(&self) -> Result<TurnStream> {
        Ok(TurnStream::new(Consumer::of(self, Wanted::Requests)?))
    }

    /// Stops the turn (`turn/interrupt`); its end comes as an event, and as the status of its result.
    ///
    /// A command that the turn has started goes on in the background. A turn that is over already is no error.
    ///
    /// # Errors
    /// [`Error::Rpc`] if the server refuses for another reason than the turn's end, and those of
    /// every request.
    #[inline]
    pub fn interrupt(&self) -> Call<()> {
        let turn = self.clone();
        Call::new(async move { turn.interrupt_now().await })
    }

    /// Says something more while the turn runs (`turn/steer`); the assistant takes it up in the same turn.
    pub fn steer(&self, input: impl Into<Input>) -> Steer {
        Steer::new(self.clone(), input.into())
    }

    /// The result as it stands, without waiting and without being a consumer.
    pub fn snapshot(&self) -> TurnResult {
        self.thread().codex().connection().router().snapshot(self.key())
    }

    async fn interrupt_now(&self) -> Result<()> {
        let connection = self.thread().codex().connection();
        let Progress { state, interrupt_id, ended } = connection.router().progress(self.key());
        if state.is_terminal() {
            return Ok(());
        }
        let params = TurnInterruptParams::new(self.thread().id().clone(), interrupt_id);
        let outgoing = Outgoing { lane: Lane::Reserved, ..Outgoing::default() };
        tokio::select! {
            // Where both are there, the turn is over, whatever else has come.
            biased;
            // Codex 0.160 does not answer an interrupt that crosses the end of its turn.
            () = ended.cancelled() => Ok(()),
            answer = connection.request(&params, outgoing) => match answer {
                Err(Error::Rpc { error, .. }) if is_over(&error.message) => Ok(()),
                answer => answer.map(drop),
            },
        }
    }

    /// Interrupts the turn, unless it is over, without waiting for anything.
    pub(crate) fn stop(&self) {
        stop(&self.inner.thread, self.key());
    }

    pub(crate) fn interrupts_on_drop(&self) -> bool {
        self.inner.interrupt_on_drop
    }

    pub(crate) fn key(&self) -> TurnKey<'_> {
        TurnKey { thread_id: self.inner.thread.id(), turn_id: &self.inner.id }
    }
}

/// Whether an interrupt was refused because its turn is not running any more; the code does not tell.
fn is_over(message: &str) -> bool {
    message.contains("no active turn") || message.contains("expected active turn")
}

impl Drop for Inner {
    fn drop(&mut self) {
        let key = TurnKey { thread_id: self.thread.id(), turn_id: &self.id };
        if self.interrupt_on_drop {
            stop(&self.thread, key);
        }
        let mut effects = Effects::default();
        self.thread.codex().connection().router().release_turn(key, &mut effects);
    }
}

fn stop(thread: &Thread, key: TurnKey<'_>) {
    let connection = thread.codex().connection();
    let interrupt = connection.router().stop(key);
    if let Some(interrupt) = interrupt {
        connection.interrupt(interrupt);
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn")
            .field("thread_id", self.thread().id())
            .field("id", self.id())
            .finish_non_exhaustive()
    }
}
