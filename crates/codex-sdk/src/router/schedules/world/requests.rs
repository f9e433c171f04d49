//! What the server asks, and those who answer.

use super::World;
use crate::asked::{AskState, Asked, Question, UnknownParams};
use crate::event::Event;
use crate::router::Arrival;
use codex_protocol::{Id, RequestId};
use serde_json::json;
use std::sync::{Arc, Weak};
use std::task::{Poll, Waker};
use tokio::time::Instant;

impl World {
    pub(super) fn answered(&mut self, asked: &Arc<Asked>, from: AskState) {
        if asked.advance(&[from], AskState::Answered) {
            self.router.answered(asked);
            self.tally.answered += 1;
        }
    }

    pub(super) fn ask(&mut self, thread: &Id, turn: &Id, id: i64) {
        let params = json!({ "threadId": thread, "turnId": turn });
        let question = Question::Unknown(Arc::new(UnknownParams { method: "m".into(), params }));
        let id = RequestId::Integer(id);
        let asked = Asked::new(id.clone(), question, Weak::new());
        self.with_router(|router, effects| {
            if let Some(request) = router.asked(asked, effects) {
                let event = Event::Request(request);
                let mut arrival = Arrival { event, bytes: 100, at: Instant::now() };
                router.event(&mut arrival, effects);
            }
        });
        self.logs.entry(turn.clone()).or_default().asked += 100 + size_of::<Event>();
        if let Some(asked) = self.router.asks.get(&id) {
            self.asks.push((Arc::clone(asked), turn.clone()));
        }
    }

    pub(super) fn turn_request_stream(&mut self) {
        match self.request_stream.take() {
            None => self.request_stream = Some(self.router.open_request_stream()),
            Some(stream) => {
                self.with_router(|router, effects| router.close_request_stream(stream, effects));
            }
        }
    }

    pub(super) fn take_request(&mut self) {
        let Some(stream) = self.request_stream else { return };
        let polled = self
            .with_router(|router, effects| router.poll_requests(stream, Waker::noop(), effects));
        if let Poll::Ready(Some(asked)) = polled {
            if asked.advance(&[AskState::Offered], AskState::Taken) {
                self.taken.push(asked);
            }
        }
    }

    pub(super) fn answer_request(&mut self) {
        if let Some(asked) = self.taken.pop() {
            self.tally.withdrawn_in_hand += u64::from(asked.state() == AskState::Withdrawn);
            self.answered(&asked, AskState::Taken);
        }
    }
}
