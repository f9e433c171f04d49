//! Whose is a request of the server, and how long is it wanted.

use super::asks::{Ask, PATIENCE};
use super::{Effects, Router, TurnKey};
use crate::ask::PendingRequest;
use crate::asked::{AskState, Asked, Question};
use crate::event::Event;
use crate::tool::ThreadTools;
use codex_protocol::{Id, RequestId, ServerNotification};
use std::sync::{Arc, Weak};
use std::task::{Poll, Waker};
use tokio::time::Instant;

impl Router {
    /// The server asks something. The request for the thread that it is about, to be given to it as an
    /// [event](Self::event), where there is one.
    pub(crate) fn asked(
        &mut self,
        mut asked: Asked,
        effects: &mut Effects,
    ) -> Option<PendingRequest> {
        if self.end.is_some() {
            // It can still be read, but not be answered any more: nobody is bothered with it.
            return None;
        }
        if let Some(known) = self.asks.get(asked.id()).cloned() {
            // Sent again: it is the same request, and in good hands, unless this client had left it to others.
            if known.state() != AskState::Left {
                return None;
            }
            self.close(&known);
        }
        if let Question::FileChange(params, _) = asked.question() {
            let patch = self.asks.patch(&params.thread_id, &params.item_id);
            asked.join(patch);
        }
        let asked = Arc::new(asked);
        if self.asks.is_full() {
            effects.give_up(asked);
            return None;
        }
        self.asks.insert(Arc::clone(&asked));
        let asked = self.call_tool(asked, effects)?;
        let thread_id = asked.question().thread_id();
        if thread_id.is_some_and(|id| self.threads.get(id).is_some()) {
            return Some(PendingRequest::waiting(&asked));
        }
        effects.pass(asked);
        None
    }

    /// Gives a request that its turn does not take to the streams of all requests; whether there is one.
    pub(crate) fn offer(&mut self, asked: &Arc<Asked>, effects: &mut Effects) -> bool {
        let wakers = self.asks.offer(asked);
        let offered = wakers.is_some();
        for waker in wakers.into_iter().flatten() {
            effects.wake(Some(waker));
        }
        offered
    }

    /// This client answered.
    pub(crate) fn answered(&mut self, asked: &Arc<Asked>) {
        self.uncount(asked);
        // Of the others the server says that they are resolved, and may send them again before that.
        let question = asked.question();
        if question.turn_id().is_none() || matches!(question, Question::ToolCall(_)) {
            self.asks.remove(asked.id());
        }
    }

    pub(crate) fn open_request_stream(&mut self) -> u64 {
        self.asks.open_stream()
    }

    #[inline]
    pub(crate) fn close_request_stream(&mut self, id: u64, effects: &mut Effects) {
        let (waker, left) = self.asks.close_stream(id);
        effects.retire(waker);
        for asked in left {
            if asked.advance(&[AskState::Offered], AskState::Arrived) {
                effects.pass(asked);
            }
        }
    }

    pub(crate) fn poll_requests(
        &mut self,
        stream: u64,
        waker: &Waker,
        effects: &mut Effects,
    ) -> Poll<Option<Arc<Asked>>> {
        if let Some(asked) = self.asks.next_offered() {
            return Poll::Ready(Some(asked));
        }
        if self.end.is_some() {
            return Poll::Ready(None);
        }
        effects.retire(self.asks.wait(stream, waker));
        Poll::Pending
    }

    /// The thread's calls of these tools are theirs from now on, as long as they are held.
    pub(crate) fn set_tools(&mut self, thread_id: &Id, tools: Weak<ThreadTools>) {
        self.asks.set_tools(thread_id, tools);
    }

    /// Looks at an event for what it says of requests. Called for every event, so it must cost nothing for most.
    pub(super) fn watch_requests(&mut self, event: &Event, effects: &mut Effects) {
        let notification = match event {
            Event::Notification(notification) => notification,
            Event::Undecoded(undecoded) if undecoded.ends_turn() => {
                if let (Some(thread), Some(turn)) = (&undecoded.thread_id, &undecoded.turn_id) {
                    self.withdraw_of_turn(thread, turn, effects);
                }
                return;
            }
            _ => return,
        };
        match notification {
            ServerNotification::ItemStarted(_)
            | ServerNotification::ItemCompleted(_)
            | ServerNotification::ItemFileChangePatchUpdated(_) => {
                self.asks.watch_patches(notification);
            }
            ServerNotification::ServerRequestResolved(resolved) => {
                self.withdraw(&resolved.request_id, effects);
            }
            ServerNotification::TurnCompleted(completed) => {
                self.asks.forget_patches(&completed.thread_id);
                self.withdraw_of_turn(&completed.thread_id, &completed.turn.id, effects);
            }
            ServerNotification::ThreadClosed(_) | ServerNotification::ThreadDeleted(_) => {
                if let Some(thread_id) = notification.thread_id() {
                    self.asks.forget_patches(thread_id);
                    let of_thread = |asked: &Asked| {
                        asked.question().thread_id().is_some_and(|id| *id == **thread_id)
                    };
                    self.withdraw_where(&of_thread, effects);
                }
            }
            _ => {}
        }
    }

    /// The connection is over.
    pub(super) fn withdraw_all(&mut self, effects: &mut Effects) {
        self.withdraw_where(&|_| true, effects);
        for waker in self.asks.stream_wakers() {
            effects.wake(Some(waker));
        }
    }

    /// Hands on what waits in the queue of a turn that has no consumer for it.
    pub(super) fn pass_unwanted(&mut self, key: TurnKey<'_>, effects: &mut Effects) {
        if self.asks.is_empty() || self.turn(key).is_some_and(|turn| turn.wants_requests()) {
            return;
        }
        let is_its = |asked: &Asked| {
            asked.question().thread_id().is_some_and(|id| *id == **key.thread_id)
                && asked.counted_turn().as_ref() == Some(key.turn_id)
        };
        for ask in self.asks.iter().filter(|ask| is_its(&ask.asked)) {
            if ask.asked.advance(&[AskState::InTurn], AskState::Arrived) {
                effects.pass(Arc::clone(&ask.asked));
            }
        }
    }

    /// Hands on what waits for the first consumer of a turn that does not come.
    pub(super) fn pass_overdue(&mut self, now: Instant, effects: &mut Effects) {
        let is_overdue =
            |ask: &&Ask| ask.arrived + PATIENCE <= now && ask.asked.state() == AskState::InTurn;
        let overdue: Vec<_> = self
            .asks
            .iter()
            .filter(is_overdue)
            .filter_map(|ask| {
                let thread_id = Id::from(ask.asked.question().thread_id()?);
                Some((thread_id, ask.asked.counted_turn()?))
            })
            .collect();
        for (thread_id, turn_id) in overdue {
            self.pass_unwanted(TurnKey { thread_id: &thread_id, turn_id: &turn_id }, effects);
        }
    }

    /// Has a tool of the thread called, if it is the call of one; else gives the request back.
    fn call_tool(&mut self, asked: Arc<Asked>, effects: &mut Effects) -> Option<Arc<Asked>> {
        let Question::ToolCall(call) = asked.question() else { return Some(asked) };
        let Some(tools) = self.asks.tools(&call.thread_id) else { return Some(asked) };
        if !tools.has(call.namespace.as_deref(), &call.tool) {
            effects.drop_tools(tools);
            return Some(asked);
        }
        let key = TurnKey { thread_id: &call.thread_id, turn_id: &call.turn_id };
        if let Some(record) = self.turn(key) {
            record.request_opened();
            asked.count_for(Some(call.turn_id.clone()));
        }
        effects.call(asked, tools);
        None
    }

    fn withdraw_of_turn(&mut self, thread_id: &str, turn_id: &str, effects: &mut Effects) {
        let of_turn = |asked: &Asked| {
            let question = asked.question();
            question.thread_id() == Some(thread_id)
                && (question.turn_id() == Some(turn_id)
                    || asked.counted_turn().is_some_and(|id| *id == *turn_id))
        };
        self.withdraw_where(&of_turn, effects);
    }

    fn withdraw_where(&mut self, of: &dyn Fn(&Asked) -> bool, effects: &mut Effects) {
        if self.asks.is_empty() {
            return;
        }
        let theirs = self.asks.iter().filter(|ask| of(&ask.asked));
        let ids: Vec<_> = theirs.map(|ask| ask.asked.id().clone()).collect();
        for id in ids {
            self.withdraw(&id, effects);
        }
    }

    fn withdraw(&mut self, id: &RequestId, effects: &mut Effects) {
        let Some(asked) = self.asks.get(id).cloned() else { return };
        self.close(&asked);
        if asked.state() == AskState::Offered {
            self.asks.take_offer_back(&asked);
        }
        if asked.advance(&AskState::OPEN, AskState::Withdrawn) {
            effects.cancel(asked.withdrawn());
        }
    }

    fn close(&mut self, asked: &Arc<Asked>) {
        self.asks.remove(asked.id());
        self.uncount(asked);
    }

    fn uncount(&mut self, asked: &Arc<Asked>) {
        let Some(turn_id) = asked.count_for(None) else { return };
        let Some(thread_id) = asked.question().thread_id() else { return };
        if let Some(turn) = self.threads.get_mut(thread_id).and_then(|entry| entry.turn(&turn_id)) {
            turn.request_closed();
        }
    }
}
