//! One request on its way, and the wait for its answer.

use super::{Connection, Shared};
use crate::error::{Cause, Disconnected, Error, Result};
use crate::router::{Answer, Effects, Waiter};
use codex_protocol::{ClientRequest, Id, RequestId};
use serde_json::value::RawValue;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// How a request is to be sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outgoing {
    /// The thread whose next turn is this request's.
    pub(crate) claims: Option<Id>,
    /// Which places in flight it takes.
    pub(crate) lane: Lane,
    /// Instead of the client's `request_timeout`.
    pub(crate) timeout: Option<Duration>,
}

/// The places in flight that a request may take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Those of all requests.
    #[default]
    Common,
    /// Those kept for what must pass: interrupts and steers.
    Reserved,
}

/// A request whose bytes are on their way. Dropping it stops the wait, not the request.
#[derive(Debug)]
pub(crate) struct Pending {
    shared: Arc<Shared>,
    id: i64,
    claims: Option<Id>,
    /// Whether its bytes are queued; until then, dropping it takes the request back.
    sent: bool,
    receiver: oneshot::Receiver<Answer>,
}

impl Connection {
    /// Sends a request and decodes its answer.
    pub(crate) async fn request<P: ClientRequest + Sync>(
        &self,
        params: &P,
        outgoing: Outgoing,
    ) -> Result<P::Response> {
        let mut pending = self.send(params, outgoing).await?;
        let answer = pending.answer().await?;
        decode::<P>(&answer)
    }

    /// Registers a request, then queues its bytes. Waits first if too many are in flight.
    pub(crate) async fn send<P: ClientRequest + Sync>(
        &self,
        params: &P,
        outgoing: Outgoing,
    ) -> Result<Pending> {
        let write = |id, buffer: &mut Vec<u8>| {
            codex_protocol::write_request(buffer, &RequestId::Integer(id), params);
        };
        Shared::send(&self.shared, P::METHOD, outgoing, &write).await
    }
}

/// Reads the answer to a request.
pub(crate) fn decode<P: ClientRequest>(answer: &RawValue) -> Result<P::Response> {
    P::decode_response(answer.get())
        .map_err(|source| Error::Decode { method: P::METHOD, source: Box::new(source) })
}

type Write<'a> = dyn Fn(i64, &mut Vec<u8>) + Sync + 'a;

impl Shared {
    async fn send(
        this: &Arc<Self>,
        method: &'static str,
        outgoing: Outgoing,
        write: &Write<'_>,
    ) -> Result<Pending> {
        let Outgoing { claims, lane, timeout } = outgoing;
        let id = this.router().begin(claims.as_ref())?;
        let (sender, receiver) = oneshot::channel();
        let shared = Arc::clone(this);
        let mut pending = Pending { shared, id, claims, sent: false, receiver };

        let places = match lane {
            Lane::Common => &this.in_flight,
            Lane::Reserved => &this.reserved,
        };
        // The semaphores are never closed.
        let permit = Arc::clone(places).acquire_owned().await.ok();
        // Not into the shared buffer, for params may be the user's own type, whose code may panic.
        let mut frame = Vec::new();
        write(id, &mut frame);
        let timeout = timeout.unwrap_or(this.limits.request_timeout);
        let deadline = Instant::now().checked_add(timeout);
        let claims = pending.claims.clone();
        let waiter = Waiter { method, sender, timeout, deadline, claims, permit };
        {
            let mut router = this.router();
            router.check_open()?;
            router.register(id, waiter);
        }
        this.outbox
            .push(|buffer| buffer.extend_from_slice(&frame))
            .map_err(|source| Error::Encode { method, source: Box::new(source) })?;
        pending.sent = true;
        Ok(pending)
    }
}

impl Pending {
    /// Waits for the answer.
    ///
    /// # Cancel safety
    /// The answer is not lost if the future is dropped, only if the `Pending` is.
    pub(crate) async fn answer(&mut self) -> Result<Box<RawValue>> {
        match (&mut self.receiver).await {
            Ok(answer) => answer,
            // The router answers every waiter; this is the case of a router that is gone itself.
            Err(_) => Err(Disconnected::new(Cause::TaskEnded).into()),
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        // Declared first, so that it is dropped after the lock is released.
        let mut effects = Effects::default();
        let mut router = self.shared.router();
        match (&self.claims, self.sent) {
            (claims, false) => router.take_back(self.id, claims.as_ref(), &mut effects),
            (Some(thread_id), true) => router.abandon_claim(thread_id, self.id),
            (None, true) => {}
        }
    }
}
