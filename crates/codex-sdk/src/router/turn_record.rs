//! What the router keeps of one turn.

use super::arrival::Arrival;
use super::batch::Batch;
use super::effects::Effects;
use super::liveness::{Liveness, TurnLimits};
use super::queue::EventQueue;
use super::transcript::Transcript;
use super::turn_state::{EndStatus, TurnSignal, TurnState};
use super::usage::{Total, UsageMeter};
use crate::asked::{AskState, Asked};
use crate::error::Error;
use crate::event::Event;
use crate::turn_result::TurnResult;
use codex_protocol::{
    CodexErrorInfo, Id, ServerNotification, ThreadItem, Turn, TurnError, TurnStatus,
};
use std::sync::Arc;
use std::task::Waker;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What the consumer of a turn waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Each event, and then the result.
    Events,
    /// Each event, the server's requests among them, and then the result.
    Requests,
    /// The result alone; events are not kept.
    Result,
}

/// One turn: what it produced, and the events that its consumer has not taken.
///
/// It is fed whether or not anybody listens, so that its result is whole in the end.
#[derive(Debug)]
pub(super) struct TurnRecord {
    pub(super) id: Id,
    pub(super) state: TurnState,
    /// The requests that made or joined this turn, until their callers have taken it up.
    pub(super) claims: Vec<i64>,
    /// How many handles there are; at none the record goes.
    pub(super) handles: usize,
    pub(super) consumer: Option<Wanted>,
    /// Whether it ever had a consumer.
    consumed: bool,
    queue: Option<EventQueue>,
    waker: Option<Waker>,
    ended: CancellationToken,
    transcript: Transcript,
    usage: UsageMeter,
    error: Option<TurnError>,
    liveness: Liveness,
    /// Whether it is a review, which the server knows by another id where it is to be interrupted.
    is_review: bool,
    /// The id that `turn/started` had, where it is not the turn's own.
    announced_as: Option<Id>,
    /// Whether it was interrupted by this client, for whose sake that need not be done again.
    stopped: bool,
    /// Whether it ran before anything of it was seen, and the server has not said yet what it had done by then.
    lacks_beginning: bool,
}

impl TurnRecord {
    /// A turn of which nothing has been seen.
    pub(super) fn new(id: Id, max_buffered_bytes: usize) -> Self {
        Self {
            id,
            state: TurnState::Starting,
            claims: Vec::new(),
            handles: 0,
            consumer: None,
            consumed: false,
            queue: Some(EventQueue::new(max_buffered_bytes)),
            waker: None,
            ended: CancellationToken::new(),
            transcript: Transcript::default(),
            usage: UsageMeter::default(),
            error: None,
            liveness: Liveness::new(Instant::now()),
            is_review: false,
            announced_as: None,
            stopped: false,
            lacks_beginning: false,
        }
    }

    /// The turn runs already, and what it has done so far was not seen.
    pub(super) fn join(&mut self) {
        self.state = self.state.after(TurnSignal::Seen);
        self.usage.start_is_unknown();
        self.lacks_beginning = true;
    }

    /// Whether the server has to be asked what the turn had done before anything of it was seen.
    pub(super) fn lacks_beginning(&self) -> bool {
        self.lacks_beginning
    }

    /// Takes in what the server says of the turn so far, of which not everything was seen.
    #[inline]
    pub(super) fn catch_up(&mut self, turn: Turn) {
        self.lacks_beginning = false;
        self.is_review |= turn.items.iter().any(enters_review);
        self.transcript.prepend(turn.items);
        if turn.status != TurnStatus::InProgress && !self.state.is_terminal() {
            self.end_with(EndStatus::of(&turn.status));
            self.error = turn.error;
        }
    }

    /// Takes in an event; `thread_total` is the thread's usage before it.
    pub(super) fn absorb(&mut self, arrival: &mut Arrival, thread_total: &Total) {
        let event = &arrival.event;
        self.liveness.heard(arrival.at);
        // An event that names the thread alone may come before the server has begun the turn.
        if event.turn_id().is_some() {
            self.state = self.state.after(TurnSignal::Seen);
        }
        match event {
            Event::Notification(notification) => {
                self.transcript.absorb(notification);
                match notification {
                    ServerNotification::ThreadTokenUsageUpdated(update) => {
                        self.usage.report(&update.token_usage, thread_total);
                    }
                    ServerNotification::TurnCompleted(completed) => self.end(&completed.turn),
                    ServerNotification::TurnStarted(started) if started.turn.id != self.id => {
                        self.announced_as = Some(started.turn.id.clone());
                    }
                    ServerNotification::ItemStarted(started) => {
                        self.is_review |= enters_review(&started.item);
                    }
                    _ => {}
                }
            }
            // Its body cannot be read, but the turn is over, and whoever waits for it must not wait for ever.
            Event::Undecoded(undecoded) if undecoded.ends_turn() => {
                self.end_with(EndStatus::Failed);
            }
            Event::Undecoded(_) | Event::Lagged(_) | Event::Request(_) => {}
        }
        if let Some(queue) = &mut self.queue {
            queue.push(arrival);
        }
    }

    /// Takes in a request of the server, which waits in the queue if the consumer wants it, or may yet come to want it.
    pub(super) fn ask(&mut self, asked: Arc<Asked>, arrival: &mut Arrival, effects: &mut Effects) {
        self.state = self.state.after(TurnSignal::Seen);
        // It may have been held back, and withdrawn meanwhile.
        if !asked.state().is_open() {
            return;
        }
        asked.count_for(Some(self.id.clone()));
        self.request_opened();
        let wanted = match self.consumer {
            Some(wanted) => wanted == Wanted::Requests,
            None => !self.consumed,
        };
        match &mut self.queue {
            Some(queue) if wanted && asked.advance(&[AskState::Arrived], AskState::InTurn) => {
                let kept = queue.push(arrival);
                if !kept && asked.advance(&[AskState::InTurn], AskState::Arrived) {
                    effects.pass(asked);
                }
                self.wake(effects);
            }
            _ => effects.pass(asked),
        }
    }

    /// Whether requests wait in the queue for a consumer that wants them.
    pub(super) fn wants_requests(&self) -> bool {
        self.consumer == Some(Wanted::Requests)
    }

    /// A request of the server about this turn waits for an answer from now on.
    pub(super) fn request_opened(&mut self) {
        self.liveness.request_opened();
    }

    /// One of them does not wait any more.
    pub(super) fn request_closed(&mut self) {
        self.liveness.request_closed(Instant::now());
    }

    /// Ends the turn as `turn/completed` says.
    fn end(&mut self, turn: &Turn) {
        self.end_with(EndStatus::of(&turn.status));
        self.error.clone_from(&turn.error);
    }

    /// Ends the turn where all that is known is how.
    pub(super) fn end_with(&mut self, status: EndStatus) {
        self.state = self.state.after(TurnSignal::Ended(status));
    }

    /// Sets time limits, where there are any.
    pub(super) fn limit(&mut self, limits: TurnLimits) {
        if limits != TurnLimits::default() {
            self.liveness.limit(limits);
        }
    }

    /// Keeps no items for the result but the assistant's messages.
    pub(super) fn keep_messages_alone(&mut self) {
        self.transcript.keep_messages_alone();
    }

    /// Looks whether a time limit has passed, which is told once.
    pub(super) fn expire(&mut self, now: Instant) -> bool {
        !self.state.is_terminal() && self.liveness.expire(now)
    }

    /// The error of a turn that was over a time limit; a turn that completed all the same is none.
    pub(super) fn expired(&self, thread_id: &Id) -> Option<Error> {
        let (limit, after) = self.liveness.expired()?;
        let completed = self.state == TurnState::Completed;
        let partial = || Box::new(self.result(thread_id));
        (!completed).then(|| Error::TurnTimeout { limit, after, partial: partial() })
    }

    /// What an interrupt has to name that is sent now, and need not be sent again.
    pub(super) fn stop(&mut self) -> Option<Id> {
        let running = !self.state.is_terminal() && !std::mem::replace(&mut self.stopped, true);
        running.then(|| self.interrupt_id())
    }

    /// What an interrupt has to name.
    pub(super) fn interrupt_id(&self) -> Id {
        match (self.state, &self.announced_as) {
            // Before `turn/started` the server refuses the turn's own id, and takes the empty one for whatever comes.
            (TurnState::Starting, _) => Id::from(""),
            (_, Some(announced)) if self.is_review => announced.clone(),
            (_, None) if self.is_review => Id::from(""),
            _ => self.id.clone(),
        }
    }

    /// Begins to be consumed. A consumer of events gets those that wait; after one that was dropped, those to come.
    pub(super) fn consume(&mut self, wanted: Wanted, max_buffered_bytes: usize) {
        self.consumer = Some(wanted);
        self.consumed = true;
        match wanted {
            Wanted::Result => self.queue = None,
            Wanted::Events | Wanted::Requests => {
                self.queue.get_or_insert_with(|| EventQueue::new(max_buffered_bytes));
            }
        }
    }

    /// Moves the events that wait into `batch`; whether there were any.
    pub(super) fn take_events(&mut self, batch: &mut Batch) -> bool {
        self.queue.as_mut().is_some_and(|queue| queue.take(batch))
    }

    pub(super) fn overflowed(&self) -> bool {
        self.queue.as_ref().is_some_and(EventQueue::overflowed)
    }

    /// Wakes whoever waits for what just came.
    pub(super) fn wake(&mut self, effects: &mut Effects) {
        if self.state.is_terminal() {
            effects.cancel(&self.ended);
        } else if self.consumer == Some(Wanted::Result) {
            return;
        }
        effects.wake(self.waker.take());
    }

    /// Wakes the consumer, whatever it waits for.
    pub(super) fn wake_consumer(&mut self, effects: &mut Effects) {
        effects.wake(self.waker.take());
    }

    /// Cancelled once the turn has ended.
    pub(super) fn ended(&self) -> CancellationToken {
        self.ended.clone()
    }

    /// Remembers whom to wake.
    pub(super) fn wait(&mut self, waker: &Waker, effects: &mut Effects) {
        if !self.waker.as_ref().is_some_and(|known| known.will_wake(waker)) {
            effects.retire(self.waker.replace(waker.clone()));
        }
    }

    /// Ends the consumer's turn at the queue; nobody else will take what it left.
    pub(super) fn release_consumer(&mut self, effects: &mut Effects) {
        self.consumer = None;
        self.queue = None;
        effects.retire(self.waker.take());
    }

    /// The result as it stands.
    pub(super) fn result(&self, thread_id: &Id) -> TurnResult {
        let status = match self.state {
            TurnState::Starting | TurnState::InProgress => TurnStatus::InProgress,
            TurnState::Completed => TurnStatus::Completed,
            TurnState::Interrupted => TurnStatus::Interrupted,
            TurnState::Failed => TurnStatus::Failed,
        };
        let window_exceeded = self.error.as_ref().is_some_and(|error| {
            error.codex_error_info == Some(CodexErrorInfo::ContextWindowExceeded)
        });
        TurnResult {
            thread_id: thread_id.clone(),
            turn_id: self.id.clone(),
            text: self.transcript.text(status != TurnStatus::Completed),
            items: self.transcript.items().to_vec(),
            usage: if window_exceeded { None } else { self.usage.of_turn() },
            thread_usage: self.usage.latest().cloned(),
            error: self.error.clone(),
            status,
        }
    }
}

fn enters_review(item: &ThreadItem) -> bool {
    matches!(item, ThreadItem::EnteredReviewMode(_))
}
