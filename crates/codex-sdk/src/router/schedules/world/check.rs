//! What must be true.

use super::{Owner, World};
use crate::asked::AskState;
use crate::router::TurnKey;
use crate::router::schedules::consumer::{RESOLVED, TurnLog};
use codex_protocol::TurnStatus;
use std::collections::HashSet;

impl World {
    /// What holds at any time.
    pub(super) fn check(&mut self) {
        for held in &self.turns {
            let key = TurnKey { thread_id: &held.thread, turn_id: &held.turn };
            let log = &self.logs[&held.turn];
            let result = self.router.snapshot(key);
            let items: Vec<_> = result.items.iter().map(|item| &**item.id().unwrap()).collect();
            let said = log.items();
            let from = if log.whole { 0 } else { said.len().saturating_sub(items.len()) };
            assert_eq!(items, said[from..], "the result is what was said");
            assert_eq!(result.status == TurnStatus::Completed, log.ended());
        }
        for (asked, turn) in &self.asks {
            let over = !self.connected || self.logs.get(turn).is_some_and(TurnLog::ended);
            assert!(!(over && asked.state().is_open()), "{asked:?} is still wanted");
            // Whoever it was with last has passed it on, unless it is not known yet whose it is.
            let thread = asked.question().thread_id().and_then(|id| self.router.threads.get(id));
            let held = thread.is_some_and(|entry| !entry.claims.is_empty());
            assert!(asked.state() != AskState::Arrived || held, "nobody has {asked:?}");
            let withdrawn = asked.state() == AskState::Withdrawn;
            assert_eq!(asked.withdrawn().is_cancelled(), withdrawn);
        }
        if !self.connected {
            assert!(self.starts.iter().all(|start| start.answer.is_some()), "somebody waits");
        }
    }

    /// Nothing was told twice, nothing that a turn has was told to the rest, and the rest was told all else.
    pub(super) fn account(&self) {
        let mut heard = HashSet::new();
        for (turn, name) in &self.heard {
            let again = !heard.insert((turn.clone(), name.clone()));
            assert!(!again || name == RESOLVED, "{name} of {turn} was told twice");
        }
        let mut unheard = 0;
        for (turn, name, owner) in &self.said {
            let known = heard.contains(&(turn.clone(), name.clone()));
            match owner {
                Owner::Turn => assert!(!known, "{name} of {turn} was told to others"),
                Owner::Nobody => unheard += u64::from(!known),
                Owner::Undecided => {}
            }
        }
        assert!(unheard <= self.missed, "{unheard} were not told, and {} missed", self.missed);
    }
}
