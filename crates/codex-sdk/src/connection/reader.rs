//! The reader task: the only one that receives. It never waits for anyone but the server.

use super::{Shared, TaskGuard};
use crate::asked::{Asked, Question};
use crate::error::Cause;
use crate::event::{Event, Undecoded};
use crate::router::{Arrival, Effects};
use crate::trace::Observer;
use codex_protocol::{
    Incoming, RequestId, RpcError, ServerNotification, ServerRequest, decode_incoming,
};
use codex_transport::{Frame, FrameReceiver};
use serde_json::value::RawValue;
use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, Interval, MissedTickBehavior};

/// Deadlines of requests and turns are looked at this often; one that is shorter is kept less exactly.
const SWEEP_EVERY: Duration = Duration::from_millis(250);

/// After a read of more messages than this, others on the thread have their turn.
const MANY_MESSAGES: usize = 16;

/// What one frame said, read but not handed over.
enum Message {
    Event(Arrival),
    Answer { id: i64, answer: Result<Box<RawValue>, RpcError> },
    Asked { asked: Asked, bytes: usize, at: Instant },
}

/// The clock of the sweeps.
///
/// # Panics
/// Outside a runtime with time enabled.
pub(super) fn sweep() -> Interval {
    let mut sweep = tokio::time::interval(SWEEP_EVERY);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    sweep
}

/// Reads until the connection ends, or until the client is dropped.
pub(super) async fn run(
    shared: TaskGuard,
    mut receiver: Box<dyn FrameReceiver>,
    mut sweep: Interval,
) {
    let mut messages = VecDeque::new();
    let mut effects = Effects::default();
    let mut observer = Observer::default();
    // One for all reads: to register and unregister costs as much as a small read does.
    let mut abort = pin!(shared.abort.cancelled());
    loop {
        tokio::select! {
            biased;
            () = &mut abort => return,
            // Before the input, which may always have something; it is its turn four times a second.
            _ = sweep.tick() => {
                let interrupts = shared.router().sweep(Instant::now(), &mut effects);
                effects.fire();
                interrupts.into_iter().for_each(|interrupt| shared.interrupt(interrupt));
                continue;
            }
            filled = receiver.fill() => {
                if let Err(error) = filled {
                    shared.end(Cause::Transport(error));
                    return;
                }
            }
        }
        let at = Instant::now();
        while let Some(frame) = receiver.next_frame() {
            read(shared.shared(), frame, at, &mut messages, &mut observer);
        }
        let many = messages.len() > MANY_MESSAGES;
        deliver(&shared, &mut messages, &mut effects);
        // One large read at a time, so that a flood leaves the consumers on this thread their share. Of small ones the
        // runtime lets only so many follow each other, and what a yield costs is a part of every round trip.
        if many {
            tokio::task::yield_now().await;
        }
    }
}

/// Decodes one frame. What cannot be read as a message of the protocol has no addressee, and is passed over.
fn read(
    shared: &Arc<Shared>,
    frame: Frame<'_>,
    at: Instant,
    messages: &mut VecDeque<Message>,
    observer: &mut Observer,
) {
    let counters = &shared.counters;
    let Frame::Text(text) = frame else { return counters.malformed.count() };
    Observer::frame(text);
    let bytes = text.len();
    let Ok(incoming) = decode_incoming(text) else { return counters.malformed.count() };
    let message = match incoming {
        Incoming::Notification { notification, .. } => {
            if matches!(notification, ServerNotification::Unrecognized { .. }) {
                counters.unrecognized.count();
            }
            Message::Event(Arrival { event: Event::Notification(notification), bytes, at })
        }
        Incoming::UndecodedNotification { method, params, error } => {
            counters.undecoded.count();
            let event = Event::Undecoded(Arc::new(Undecoded::new(method, params, error)));
            Message::Event(Arrival { event, bytes, at })
        }
        Incoming::Response { id: RequestId::Integer(id), result } => {
            Message::Answer { id, answer: Ok(result.to_owned()) }
        }
        Incoming::Error { id: Some(RequestId::Integer(id)), error } => {
            Message::Answer { id, answer: Err(error) }
        }
        Incoming::Request { id, request } => {
            if matches!(request, ServerRequest::Unrecognized { .. }) {
                counters.unrecognized.count();
            }
            let asked = Asked::new(id, Question::new(request), Arc::downgrade(shared));
            Message::Asked { asked, bytes, at }
        }
        Incoming::UndecodedRequest { id, method, params, error } => {
            counters.undecoded.count();
            let question = Question::Undecoded(Arc::new(Undecoded::new(method, params, error)));
            Message::Asked { asked: Asked::new(id, question, Arc::downgrade(shared)), bytes, at }
        }
        // Ids of ours are integers, so these answer nobody.
        _ => return counters.stray_answers.count(),
    };
    if let Message::Event(arrival) = &message {
        observer.event(&arrival.event, &shared.callers);
    }
    messages.push_back(message);
}

/// Hands over all messages of one read under one lock, in the server's order.
fn deliver(shared: &Shared, messages: &mut VecDeque<Message>, effects: &mut Effects) {
    if messages.is_empty() {
        return;
    }
    let mut router = shared.router();
    while let Some(message) = messages.pop_front() {
        match message {
            Message::Event(mut arrival) => router.event(&mut arrival, effects),
            Message::Answer { id, answer } => router.answer(id, answer, effects),
            Message::Asked { asked, bytes, at } => {
                if let Some(request) = router.asked(asked, effects) {
                    let event = Event::Request(request);
                    router.event(&mut Arrival { event, bytes, at }, effects);
                }
            }
        }
    }
    drop(router);
    effects.fire();
}
