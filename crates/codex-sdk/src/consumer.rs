//! The one who takes a turn's events, or waits for its result.

use crate::call::Call;
use crate::codex::Codex;
use crate::error::Result;
use crate::router::{Batch, Effects, Step, Ticket, Wanted};
use crate::turn::Turn;
use crate::turn_result::TurnResult;
use std::future::poll_fn;
use std::task::{Context, Poll};

/// The right to consume; free again when dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    codex: Codex,
    ticket: Ticket,
}

/// The consumer of one turn, while it lives.
#[derive(Debug)]
pub(crate) struct Consumer {
    turn: Turn,
    interrupt_on_drop: bool,
    _slot: Slot,
}

impl Slot {
    /// Takes the slot before the turn is started, so that none is paid for that nobody may consume.
    pub(crate) fn reserve(codex: &Codex) -> Result<Self> {
        let ticket = codex.connection().router().take_slot(None)?;
        Ok(Self { codex: codex.clone(), ticket })
    }
}

impl Consumer {
    /// Becomes the consumer of `turn`.
    pub(crate) fn of(turn: &Turn, wanted: Wanted) -> Result<Self> {
        let codex = turn.thread().codex();
        let ticket = codex.connection().router().take_slot(Some(turn.key()))?;
        Self::with_slot(Slot { codex: codex.clone(), ticket }, turn.clone(), wanted)
    }

    /// Becomes the consumer of a turn with a slot that was reserved for it.
    pub(crate) fn with_slot(slot: Slot, turn: Turn, wanted: Wanted) -> Result<Self> {
        let mut effects = Effects::default();
        let mut router = slot.codex.connection().router();
        router.begin_consuming(slot.ticket, turn.key(), wanted, &mut effects)?;
        drop(router);
        let interrupt_on_drop = turn.interrupts_on_drop();
        Ok(Self { turn, interrupt_on_drop, _slot: slot })
    }

    /// Chooses whether the turn is interrupted when this is dropped before its end.
    pub(crate) fn interrupt_on_drop(&mut self, interrupt: bool) {
        self.interrupt_on_drop = interrupt;
    }

    pub(crate) fn turn(&self) -> &Turn {
        &self.turn
    }

    /// Moves the events that wait into `batch`, which is empty.
    pub(crate) fn poll_events(
        &self,
        batch: &mut Batch,
        context: &Context<'_>,
    ) -> Poll<Result<Step>> {
        let mut effects = Effects::default();
        let mut router = self.turn.thread().codex().connection().router();
        router.poll_events(self.turn.key(), batch, context.waker(), &mut effects)
    }

    /// Waits for the result; events are not kept any more.
    pub(crate) fn result(self) -> Call<TurnResult> {
        Call::new(async move {
            let connection = self.turn.thread().codex().connection();
            {
                // Declared first, so that it is dropped after the lock is released.
                let mut effects = Effects::default();
                connection.router().stop_queueing(self.turn.key(), &mut effects);
            }
            poll_fn(|context| {
                let mut effects = Effects::default();
                connection.router().poll_result(self.turn.key(), context.waker(), &mut effects)
            })
            .await
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.codex.connection().router().free_slot(self.ticket);
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        let connection = self.turn.thread().codex().connection();
        let mut effects = Effects::default();
        connection.router().end_consuming(self.turn.key(), &mut effects);
        if self.interrupt_on_drop {
            self.turn.stop();
        }
    }
}
