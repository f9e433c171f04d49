//! How a request of the server is answered, and whose turn it is when nobody has taken it.

use super::default_answer;
use crate::ask::PendingRequest;
use crate::asked::{AskState, Asked};
use crate::catch_panic::CatchPanic;
use crate::request_handler::{self, RequestHandler};
use crate::router::Effects;
use crate::tool::{self, ThreadTools};
use crate::unanswered_requests::UnansweredRequests;
use std::sync::Arc;

impl Asked {
    /// Writes an answer, if one is wanted of whoever holds the request in state `from`; whether it was.
    pub(crate) fn answer(self: &Arc<Self>, from: AskState, write: &dyn Fn(&mut Vec<u8>)) -> bool {
        let Some(connection) = self.connection() else { return false };
        if !self.advance(&[from], AskState::Answered) {
            return false;
        }
        // JSON as serde_json writes it is always a frame.
        let _ = connection.outbox.push(write);
        connection.router().answered(self);
        true
    }

    /// Says no, in the words that the server has for it.
    pub(crate) fn decline(self: &Arc<Self>, from: AskState) -> bool {
        self.answer(from, &|out| default_answer::write(self.question(), self.id(), out))
    }

    /// Whoever had it will not answer: it is declined, or left to the other clients of a shared server.
    pub(crate) fn give_up(self: &Arc<Self>, from: AskState) {
        let Some(connection) = self.connection() else { return };
        match connection.answering.unanswered {
            UnansweredRequests::Decline => drop(self.decline(from)),
            UnansweredRequests::Leave => drop(self.advance(&[from], AskState::Left)),
        }
    }

    /// Nobody in its turn takes it: the stream of all requests does, else the handler, else it is given up.
    pub(crate) fn pass_on(self: Arc<Self>) {
        let Some(connection) = self.connection() else { return };
        let mut effects = Effects::default();
        let offered = connection.router().offer(&self, &mut effects);
        drop(effects);
        if offered {
            return;
        }
        match &connection.answering.handler {
            Some(handler) => connection.spawn(Box::pin(handle(self, Arc::clone(handler)))),
            None => self.give_up(AskState::Arrived),
        }
    }

    /// It is the call of a tool that the thread was given.
    pub(crate) fn call_tool(self: Arc<Self>, tools: Arc<ThreadTools>) {
        if let Some(connection) = self.connection() {
            connection.spawn(Box::pin(tool::call(self, tools)));
        }
    }
}

/// Lets the handler have the request, until it is withdrawn.
async fn handle(asked: Arc<Asked>, handler: Arc<dyn RequestHandler>) {
    let Some(request) = PendingRequest::waiting(&asked).take(AskState::Arrived) else { return };
    // A method that is no `async fn` may panic before it gives its future.
    let handling = CatchPanic::new(async { request_handler::dispatch(&*handler, request).await });
    let outcome = tokio::select! {
        biased;
        () = asked.withdrawn().cancelled() => return,
        outcome = handling => outcome,
    };
    // By now the request is answered or given up, for it was dropped with the handler's future.
    match outcome {
        Ok(Ok(())) => {}
        Ok(Err(error)) => crate::log::handler_failed(asked.question(), &error),
        Err(_) => crate::log::handler_panicked(asked.question()),
    }
}
