//! The spans of turns and items, as the server tells of them.

use super::running::Running;
use super::{Callers, WIRE};
use crate::event::Event;
use codex_protocol::{Id, ServerNotification, ThreadItem};
use tracing::field::Empty;
use tracing::{Span, debug, debug_span, info_span, trace, warn};

/// The spans of what runs at the moment. The reader owns it, and shows it everything before the router sees it.
#[derive(Debug, Default)]
pub(crate) struct Observer {
    turns: Running<TurnSpan>,
}

#[derive(Debug)]
struct TurnSpan {
    thread_id: Id,
    span: Span,
    items: Running<Span>,
}

impl Observer {
    /// A frame came.
    pub(crate) fn frame(text: &str) {
        trace!(target: WIRE, frame = text, "received");
    }

    /// An event came.
    pub(crate) fn event(&mut self, event: &Event, callers: &Callers) {
        match event {
            Event::Notification(notification) => self.notification(notification, callers),
            Event::Undecoded(undecoded) => {
                warn!(method = undecoded.method, "a notification could not be decoded");
                if let (true, Some(id)) = (undecoded.ends_turn(), &undecoded.turn_id) {
                    self.turns.end(id);
                }
            }
            _ => {}
        }
    }

    fn notification(&mut self, notification: &ServerNotification, callers: &Callers) {
        match notification {
            ServerNotification::TurnStarted(started) => {
                self.turn_started(&started.thread_id, &started.turn.id, callers);
            }
            ServerNotification::TurnCompleted(completed) => {
                if let Some(turn) = self.turns.end(&completed.turn.id) {
                    let status = completed.turn.status.as_str();
                    turn.span.record("status", status);
                    debug!(parent: &turn.span, status, "a turn has ended");
                }
            }
            ServerNotification::ItemStarted(started) => {
                if let Some(turn) = self.turns.get_mut(&started.turn_id) {
                    turn.item_started(&started.item);
                }
            }
            ServerNotification::ItemCompleted(completed) => {
                if let Some(turn) = self.turns.get_mut(&completed.turn_id) {
                    turn.item_completed(&completed.item);
                }
            }
            ServerNotification::Error(error) => {
                if let Some(turn) = self.turns.get_mut(&error.turn_id) {
                    let retries = error.will_retry;
                    debug!(parent: &turn.span, retries, "the model's answer broke off");
                }
            }
            ServerNotification::ThreadClosed(closed) => {
                self.turns.retain(|turn| turn.thread_id != closed.thread_id);
                callers.forget(&closed.thread_id);
            }
            ServerNotification::Unrecognized { method, .. } => {
                debug!(method, "a notification is of a later version");
            }
            _ => {}
        }
    }

    fn turn_started(&mut self, thread_id: &Id, turn_id: &Id, callers: &Callers) {
        let caller = callers.take(thread_id);
        let (thread, turn) = (&**thread_id, &**turn_id);
        let span = match &caller {
            Some(caller) => info_span!(
                parent: caller, "codex.turn", thread.id = thread, turn.id = turn, status = Empty
            ),
            None => info_span!(
                parent: None, "codex.turn", thread.id = thread, turn.id = turn, status = Empty
            ),
        };
        if !span.is_disabled() {
            let turn = TurnSpan { thread_id: thread_id.clone(), span, items: Running::default() };
            self.turns.begin(turn_id, turn);
        }
    }
}

impl TurnSpan {
    fn item_started(&mut self, item: &ThreadItem) {
        let Some(id) = item.id() else { return };
        let span = debug_span!(
            parent: &self.span, "codex.item", item.id = &**id, item.kind = item.kind(), done = Empty
        );
        if !span.is_disabled() {
            self.items.begin(id, span);
        }
    }

    fn item_completed(&mut self, item: &ThreadItem) {
        let span = item.id().and_then(|id| self.items.end(id));
        if let Some(span) = span {
            span.record("done", true);
        }
    }
}
