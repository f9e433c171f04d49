//! One request on its way, and the wait for its answer.

use super::{Connection, Shared};
use crate::call::Boxed;
use crate::error::{Cause, Disconnected, Error, Result};
use crate::router::{Answer, Claim, Effects, Interrupt, Waiter};
use crate::trace::RequestSpan;
use codex_protocol::{ClientRequest, DecodeError, RequestId, TraceContext, TurnInterruptParams};
use serde_json::value::RawValue;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::Instant;

/// Most requests fit, so that their buffer need not grow piece by piece.
const USUAL_FRAME_BYTES: usize = 256;

/// How a request is to be sent.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outgoing {
    /// What it starts, if it starts something in a thread.
    pub(crate) claim: Option<Claim>,
    /// Whether what it starts is interrupted if nobody waits for the answer any more.
    pub(crate) interrupt_on_drop: bool,
    /// Which places in flight it takes.
    pub(crate) lane: Lane,
    /// Instead of the client's `request_timeout`.
    pub(crate) timeout: Option<Duration>,
    /// The trace that it is part of.
    pub(crate) trace: Option<TraceContext>,
}

/// The params of a request, whatever their type. All that is done for a request but writing these and reading its answer
/// is the same for all types, and compiled once.
pub(crate) trait Params: Sync {
    fn method(&self) -> &'static str;

    /// Writes the request with this id, as a part of `trace`.
    fn write(&self, id: &RequestId, trace: Option<&TraceContext>, buffer: &mut Vec<u8>);
}

/// The places in flight that a request may take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Those of all requests.
    #[default]
    Common,
    /// Those kept for what must pass: interrupts and steers.
    Reserved,
    /// Those of requests that wait for a process, for as long as that runs.
    Process,
}

/// A request whose bytes are on their way. Dropping it stops the wait, not the request.
#[derive(Debug)]
pub(crate) struct Pending {
    shared: Arc<Shared>,
    id: i64,
    claim: Option<Claim>,
    interrupt_on_drop: bool,
    /// Whether its bytes are queued; until then, dropping it takes the request back.
    sent: bool,
    receiver: oneshot::Receiver<Answer>,
    span: RequestSpan,
}

impl Connection {
    /// Sends a request and decodes its answer.
    pub(crate) async fn request<P: ClientRequest + Sync>(
        &self,
        params: &P,
        outgoing: Outgoing,
    ) -> Result<P::Response> {
        let answer = self.ask(params, outgoing).await?;
        decode::<P>(&answer)
    }

    /// Sends a request and waits for its answer.
    fn ask<'a>(&'a self, params: &'a dyn Params, outgoing: Outgoing) -> Boxed<'a, Box<RawValue>> {
        Box::pin(async move { self.send(params, outgoing).await?.answer().await })
    }

    /// Registers a request, then queues its bytes. Waits first if too many are in flight.
    pub(crate) async fn send(&self, params: &dyn Params, outgoing: Outgoing) -> Result<Pending> {
        let (mut pending, sender) = Pending::begin(&self.shared, params.method(), &outgoing)?;
        let places = match outgoing.lane {
            Lane::Common => &self.shared.in_flight,
            Lane::Reserved => &self.shared.reserved,
            Lane::Process => &self.shared.processes,
        };
        // The semaphores are never closed.
        let permit = Arc::clone(places).acquire_owned().await.ok();
        pending.send(params, outgoing, sender, permit)?;
        Ok(pending)
    }

    /// Interrupts a turn without waiting for the answer.
    pub(crate) fn interrupt(&self, interrupt: Interrupt) {
        self.shared.interrupt(interrupt);
    }
}

/// Reads the answer to a request.
pub(crate) fn decode<P: ClientRequest>(answer: &RawValue) -> Result<P::Response> {
    P::decode_response(answer.get()).map_err(|source| unreadable(P::METHOD, source))
}

fn unreadable(method: &'static str, source: DecodeError) -> Error {
    Error::Decode { method, source: Box::new(source) }
}

impl<P: ClientRequest + Sync> Params for P {
    fn method(&self) -> &'static str {
        P::METHOD
    }

    fn write(&self, id: &RequestId, trace: Option<&TraceContext>, buffer: &mut Vec<u8>) {
        match trace {
            Some(trace) => codex_protocol::write_traced_request(buffer, id, self, trace),
            None => codex_protocol::write_request(buffer, id, self),
        }
    }
}

impl Shared {
    /// Interrupts a turn that nobody wants any more. Nobody waits for the answer, so this neither waits nor fails; where
    /// no place is kept for it, it takes none, for there is one such interrupt a turn.
    pub(super) fn interrupt(&self, interrupt: Interrupt) {
        let params = TurnInterruptParams::new(interrupt.thread_id, interrupt.turn_id);
        let timeout = self.limits.request_timeout;
        let waiter = Waiter {
            method: TurnInterruptParams::METHOD,
            sender: oneshot::channel().0,
            timeout,
            deadline: Instant::now().checked_add(timeout),
            claim: None,
            agreed: None,
            permit: Arc::clone(&self.reserved).try_acquire_owned().ok(),
        };
        let id = {
            let mut router = self.router();
            let Ok(id) = router.begin(None) else { return };
            router.register(id, waiter);
            id
        };
        let id = RequestId::Integer(id);
        // JSON as serde_json writes it is always a frame.
        let _ = self.outbox.push(&|buffer| codex_protocol::write_request(buffer, &id, &params));
    }
}

impl Pending {
    /// Gives a request its id, and claims what it starts. With where its answer is to go.
    fn begin(
        shared: &Arc<Shared>,
        method: &'static str,
        outgoing: &Outgoing,
    ) -> Result<(Self, oneshot::Sender<Answer>)> {
        let claim = outgoing.claim.clone();
        let span = RequestSpan::new(method, claim.as_ref().map(|claim| &claim.thread_id));
        let id = shared.router().begin(claim.as_ref())?;
        let (sender, receiver) = oneshot::channel();
        let (shared, interrupt_on_drop) = (Arc::clone(shared), outgoing.interrupt_on_drop);
        let pending = Self { shared, id, claim, interrupt_on_drop, sent: false, receiver, span };
        Ok((pending, sender))
    }

    /// Registers the request, which has its place in flight, and queues its bytes.
    fn send(
        &mut self,
        params: &dyn Params,
        outgoing: Outgoing,
        sender: oneshot::Sender<Answer>,
        permit: Option<OwnedSemaphorePermit>,
    ) -> Result<()> {
        let (shared, id, method) = (&self.shared, self.id, params.method());
        // Not into the shared buffer, for params may be the user's own type, whose code may panic.
        let mut frame = Vec::with_capacity(USUAL_FRAME_BYTES);
        params.write(&RequestId::Integer(id), outgoing.trace.as_ref(), &mut frame);
        let usual = (outgoing.lane != Lane::Process).then_some(shared.limits.request_timeout);
        let timeout = outgoing.timeout.or(usual).unwrap_or(Duration::MAX);
        let deadline = Instant::now().checked_add(timeout);
        let claim = outgoing.claim;
        let waiter = Waiter { method, sender, timeout, deadline, claim, agreed: None, permit };
        {
            let mut router = shared.router();
            router.check_open()?;
            router.register(id, waiter);
        }
        self.span.sent(id, &frame);
        // What joins a running turn begins none.
        if let Some(claim) = self.claim.as_ref().filter(|claim| !claim.join) {
            shared.callers.start(&claim.thread_id);
        }
        let write = |buffer: &mut Vec<u8>| buffer.extend_from_slice(&frame);
        let now = outgoing.lane == Lane::Common && shared.one_at_a_time();
        let sent = if now { shared.outbox.send_now(&write) } else { shared.outbox.push(&write) };
        sent.map_err(|source| Error::Encode { method, source: Box::new(source) })?;
        self.sent = true;
        Ok(())
    }

    /// The id of the request.
    pub(crate) fn id(&self) -> i64 {
        self.id
    }

    /// Waits for the answer.
    ///
    /// # Cancel safety
    /// The answer is not lost if the future is dropped, only if the `Pending` is.
    pub(crate) async fn answer(&mut self) -> Result<Box<RawValue>> {
        let answer = match (&mut self.receiver).await {
            Ok(answer) => answer,
            // The router answers every waiter; this is the case of a router that is gone itself.
            Err(_) => Err(Disconnected::new(Cause::TaskEnded).into()),
        };
        self.span.answered(&answer);
        if let (Err(_), Some(claim)) = (&answer, &self.claim) {
            self.shared.callers.forget(&claim.thread_id);
        }
        answer
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        // Its answer has nowhere to go, which is all.
        if self.sent && self.claim.is_none() {
            return;
        }
        // Declared first, so that it is dropped after the lock is released.
        let mut effects = Effects::default();
        let mut router = self.shared.router();
        let interrupt = match &self.claim {
            claim if !self.sent => {
                router.take_back(self.id, claim.as_ref(), &mut effects);
                None
            }
            Some(Claim { thread_id, .. }) => {
                router.abandon_claim(thread_id, self.id, self.interrupt_on_drop)
            }
            None => None,
        };
        drop(router);
        if let Some(interrupt) = interrupt {
            self.shared.interrupt(interrupt);
        }
    }
}
