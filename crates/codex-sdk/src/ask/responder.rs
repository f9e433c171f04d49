//! The right to answer one request.

use crate::asked::{AskState, Asked};
use codex_protocol::{RequestId, RpcError, write_error, write_response};
use serde::Serialize;
use std::fmt;
use std::sync::Arc;

/// Answers one request, at most once: every answer consumes it.
///
/// In a queue it does nothing yet. Once it was handed out, dropping it declines the request, or leaves it to the other
/// clients of a server that was connected to.
pub(crate) struct Responder {
    asked: Arc<Asked>,
    /// Whether it was handed out and not used.
    armed: bool,
}

impl Responder {
    /// One that waits in a queue.
    pub(crate) fn waiting(asked: Arc<Asked>) -> Self {
        Self { asked, armed: false }
    }

    pub(crate) fn asked(&self) -> &Arc<Asked> {
        &self.asked
    }

    /// Hands it out, if the request still waits in `queue`.
    pub(crate) fn take(&mut self, queue: AskState) -> bool {
        self.armed = self.asked.advance(&[queue], AskState::Taken);
        self.armed
    }

    /// Answers. Whether the answer was still wanted.
    pub(crate) fn respond(mut self, response: &impl Serialize) -> bool {
        self.armed = false;
        let id = self.asked.id().clone();
        // The models and JSON values never fail to serialize.
        self.asked.answer(AskState::Taken, &|buffer| drop(write_response(buffer, &id, response)))
    }

    /// Answers with an error.
    pub(crate) fn refuse(mut self, error: &RpcError) -> bool {
        self.armed = false;
        let id = self.asked.id().clone();
        self.asked.answer(AskState::Taken, &|buffer| write_error(buffer, &id, error))
    }

    /// Says no.
    pub(crate) fn decline(mut self) -> bool {
        self.armed = false;
        self.asked.decline(AskState::Taken)
    }

    pub(crate) async fn withdrawn(&self) {
        self.asked.withdrawn().cancelled().await;
    }

    #[cfg(feature = "blocking")]
    #[track_caller]
    pub(crate) fn withdrawn_within(&self, limit: std::time::Duration) -> bool {
        crate::blocking::within(limit, self.withdrawn(), "withdrawn")
    }

    pub(crate) fn is_withdrawn(&self) -> bool {
        !self.asked.state().is_open()
    }

    pub(crate) fn request_id(&self) -> &RequestId {
        self.asked.id()
    }

    pub(crate) fn thread_id(&self) -> Option<&str> {
        self.asked.question().thread_id()
    }

    pub(crate) fn turn_id(&self) -> Option<&str> {
        self.asked.question().turn_id()
    }

    pub(crate) fn item_id(&self) -> Option<&str> {
        self.asked.question().item_id()
    }

    /// Whether the server runs on this machine, as a process that this client started itself.
    pub(crate) fn is_local(&self) -> bool {
        self.asked.connection().is_some_and(|connection| connection.is_local())
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        if self.armed {
            self.asked.give_up(AskState::Taken);
        }
    }
}

/// Ids alone: what is asked may be confidential.
impl fmt::Debug for Responder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Responder")
            .field("method", &self.asked.question().method())
            .field("request_id", self.request_id())
            .field("state", &self.asked.state())
            .finish()
    }
}
