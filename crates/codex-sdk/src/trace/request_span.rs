//! The span of one request.

use super::WIRE;
use crate::error::Error;
use crate::router::Answer;
use codex_protocol::Id;
use tracing::field::Empty;
use tracing::{Span, debug, debug_span, trace};

/// From when a request is made until nobody waits for it any more.
#[derive(Debug)]
pub(crate) struct RequestSpan(Span);

impl RequestSpan {
    /// A child of the caller's span.
    pub(crate) fn new(method: &'static str, thread_id: Option<&Id>) -> Self {
        let span = debug_span!(
            "codex.request",
            method,
            rpc.id = Empty,
            thread.id = Empty,
            outcome = Empty
        );
        if let Some(thread_id) = thread_id {
            span.record("thread.id", &**thread_id);
        }
        Self(span)
    }

    pub(crate) fn sent(&self, id: i64, frame: &[u8]) {
        self.0.record("rpc.id", id);
        trace!(target: WIRE, parent: &self.0, frame = %String::from_utf8_lossy(frame), "sent");
    }

    pub(crate) fn answered(&self, answer: &Answer) {
        let outcome = match answer {
            Ok(_) => "answered",
            Err(Error::Rpc { error, .. }) => {
                debug!(parent: &self.0, code = error.code, "the server refused a request");
                "refused"
            }
            Err(Error::Timeout { .. }) => {
                debug!(parent: &self.0, "the server did not answer a request in time");
                "timeout"
            }
            Err(_) => "failed",
        };
        self.0.record("outcome", outcome);
    }
}
