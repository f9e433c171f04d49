//! Who may consume turns.

use crate::error::{Error, Result};
use codex_protocol::Id;

/// How many `stream()` and `run()` may be live at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ConsumerScope {
    /// One per client, as in the original SDK.
    #[default]
    PerClient,
    /// One per turn, any number of turns.
    PerTurn,
}

/// The right to consume, taken by `stream()` and `run()` and given back when they end.
#[derive(Debug)]
pub(super) struct ConsumerSlot {
    scope: ConsumerScope,
    active: Option<Active>,
    taken: u64,
}

#[derive(Debug)]
struct Active {
    ticket: Ticket,
    turn: Option<Id>,
}

/// Names one consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket(u64);

impl ConsumerSlot {
    pub(super) fn new(scope: ConsumerScope) -> Self {
        Self { scope, active: None, taken: 0 }
    }

    /// Takes the slot for `turn`, or for one that is about to be started.
    pub(super) fn take(&mut self, turn: Option<&Id>) -> Result<Ticket> {
        self.taken += 1;
        let ticket = Ticket(self.taken);
        if self.scope == ConsumerScope::PerTurn {
            return Ok(ticket);
        }
        match &self.active {
            Some(active) => {
                Err(Error::ConsumerActive { active: active.turn.clone(), requested: turn.cloned() })
            }
            None => {
                self.active = Some(Active { ticket, turn: turn.cloned() });
                Ok(ticket)
            }
        }
    }

    /// Names the turn of a slot that was taken before the turn had an id.
    pub(super) fn name(&mut self, ticket: Ticket, turn: &Id) {
        if let Some(active) = self.active.as_mut().filter(|active| active.ticket == ticket) {
            active.turn = Some(turn.clone());
        }
    }

    /// Frees the slot, if `ticket` still holds it.
    pub(super) fn free(&mut self, ticket: Ticket) {
        self.active.take_if(|active| active.ticket == ticket);
    }
}

#[cfg(test)]
mod tests {
    use super::{ConsumerScope, ConsumerSlot};
    use crate::error::Error;
    use codex_protocol::Id;

    #[test]
    fn one_consumer_per_client() {
        let (a, b) = (Id::from("a"), Id::from("b"));
        let mut slot = ConsumerSlot::new(ConsumerScope::PerClient);
        let first = slot.take(None).unwrap();
        let refused = |slot: &mut ConsumerSlot, requested: &Id| match slot.take(Some(requested)) {
            Err(Error::ConsumerActive { active, requested }) => (active, requested),
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(&mut slot, &b), (None, Some(b.clone())));
        slot.name(first, &a);
        assert_eq!(refused(&mut slot, &b), (Some(a), Some(b.clone())));

        slot.free(first);
        let second = slot.take(Some(&b)).unwrap();
        slot.free(first);
        assert!(slot.take(None).is_err(), "an old ticket frees nothing");
        slot.free(second);
        assert!(slot.take(None).is_ok());
    }

    #[test]
    fn any_number_per_turn() {
        let mut slot = ConsumerSlot::new(ConsumerScope::PerTurn);
        assert_ne!(slot.take(None).unwrap(), slot.take(None).unwrap());
    }
}
