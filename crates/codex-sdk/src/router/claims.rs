//! Requests that start something in a thread, from before their bytes leave until it is known which turn they started.

use super::arrival::Arrival;
use super::thread_state::Activity;
use codex_protocol::Id;
use std::collections::VecDeque;

/// What a request starts, and where.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) thread_id: Id,
    pub(crate) activity: Activity,
    /// Whether a turn that runs already may be joined, instead.
    pub(crate) join: bool,
}

/// The claims of one thread that are open, and the events that wait until it is known whose they are.
#[derive(Debug)]
pub(super) struct Claims {
    open: Vec<OpenClaim>,
    early: VecDeque<Arrival>,
    early_bytes: usize,
    overflowed: bool,
    max_buffered_bytes: usize,
}

/// A request that was not answered yet, or whose turn was not named yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OpenClaim {
    pub(super) request: i64,
    /// Whether the caller went away, so that nobody will take up the turn.
    pub(super) abandoned: bool,
    /// Whether the server has agreed, and the next `turn/started` is of this claim's turn.
    agreed: bool,
}

impl Claims {
    pub(super) fn new(max_buffered_bytes: usize) -> Self {
        Self {
            open: Vec::new(),
            early: VecDeque::new(),
            early_bytes: 0,
            overflowed: false,
            max_buffered_bytes,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    pub(super) fn open(&mut self, request: i64) {
        self.open.push(OpenClaim { request, abandoned: false, agreed: false });
    }

    /// Ends a claim, if it is open.
    pub(super) fn close(&mut self, request: i64) -> Option<OpenClaim> {
        let index = self.open.iter().position(|claim| claim.request == request)?;
        Some(self.open.remove(index))
    }

    /// Ends all claims; whether there were any.
    pub(super) fn close_all(&mut self) -> bool {
        let any = !self.open.is_empty();
        self.open.clear();
        any
    }

    /// The caller went away; whether the claim was open.
    pub(super) fn abandon(&mut self, request: i64) -> bool {
        let claim = self.open.iter_mut().find(|claim| claim.request == request);
        claim.map(|claim| claim.abandoned = true).is_some()
    }

    /// The server agreed without naming a turn.
    pub(super) fn agree(&mut self, request: i64) {
        if let Some(claim) = self.open.iter_mut().find(|claim| claim.request == request) {
            claim.agreed = true;
        }
    }

    /// The claim that the next `turn/started` is for.
    pub(super) fn agreed(&self) -> Option<i64> {
        self.open.iter().find(|claim| claim.agreed).map(|claim| claim.request)
    }

    /// Holds an event back; past the limit it is left. Whether it is kept.
    pub(super) fn hold(&mut self, arrival: &mut Arrival) -> bool {
        self.early_bytes += arrival.bytes + size_of::<Arrival>();
        self.overflowed |= self.early_bytes > self.max_buffered_bytes;
        if !self.overflowed {
            self.early.push_back(Arrival { event: arrival.event.take(), ..*arrival });
        }
        !self.overflowed
    }

    /// The events that were held back.
    pub(super) fn early(&self) -> impl Iterator<Item = &Arrival> {
        self.early.iter()
    }

    /// Lets go of what was held back; whether that is all there was.
    pub(super) fn release(&mut self) -> (VecDeque<Arrival>, bool) {
        let whole = !self.overflowed;
        // What is lost is lost to the other claims, too.
        self.overflowed &= !self.open.is_empty();
        self.early_bytes = 0;
        (std::mem::take(&mut self.early), whole)
    }
}
