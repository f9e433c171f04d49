//! Any request of the protocol, typed.

use crate::call::Call;
use crate::codex::Codex;
use crate::connection::{Lane, Outgoing};
use crate::error::Result;
use codex_protocol::{ClientRequest, TraceContext};
use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

/// One request; made by [`Codex::request`].
#[must_use = "a request is not sent before it is awaited"]
pub struct Request<P> {
    codex: Codex,
    params: P,
    outgoing: Outgoing,
}

impl<P: ClientRequest + Send + Sync + 'static> Request<P> {
    pub(crate) fn new(codex: Codex, params: P) -> Self {
        let lane = match P::METHOD {
            "command/exec" | "mcpServer/tool/call" => Lane::Process,
            _ => Lane::Common,
        };
        Self { codex, params, outgoing: Outgoing { lane, ..Outgoing::default() } }
    }

    /// Waits this long for the answer, instead of the client's `request_timeout`, or of no limit for a request that waits
    /// for a process.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.outgoing.timeout = Some(timeout);
        self
    }

    /// Passes a W3C trace context along with the request (`trace` beside its params).
    pub fn trace_context(mut self, trace: TraceContext) -> Self {
        self.outgoing.trace = Some(trace);
        self
    }

    /// The request as a named future.
    ///
    /// # Errors
    /// [`Error::Rpc`](crate::Error::Rpc) if the server refuses, [`Error::Timeout`](crate::Error::Timeout) if it does not
    /// answer, [`Error::Decode`](crate::Error::Decode) if its answer is not what the schema says,
    /// [`Error::Disconnected`](crate::Error::Disconnected) if the connection is over.
    pub fn send(self) -> Call<P::Response> {
        Call::new(async move { self.codex.connection().request(&self.params, self.outgoing).await })
    }
}

impl<P: ClientRequest + Send + Sync + 'static> IntoFuture for Request<P> {
    type Output = Result<P::Response>;
    type IntoFuture = Call<P::Response>;

    fn into_future(self) -> Self::IntoFuture {
        self.send()
    }
}

/// Without the params, which may hold a prompt or a key.
impl<P> fmt::Debug for Request<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").finish_non_exhaustive()
    }
}
