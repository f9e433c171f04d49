//! What was done, and what went wrong.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Faults that are kept; more are counted.
const KEPT: usize = 20;

#[derive(Debug, Default)]
struct Counts {
    turns: BTreeMap<&'static str, u64>,
    faults: Vec<String>,
    more_faults: usize,
}

/// Counts of all clients.
#[derive(Debug, Default)]
pub(crate) struct Tally(Mutex<Counts>);

impl Tally {
    pub(crate) fn did(&self, what: &'static str) {
        *self.counts().turns.entry(what).or_default() += 1;
    }

    pub(crate) fn fault(&self, fault: String) {
        eprintln!("fault: {fault}");
        let mut counts = self.counts();
        if counts.faults.len() < KEPT {
            counts.faults.push(fault);
        } else {
            counts.more_faults += 1;
        }
    }

    pub(crate) fn faults(&self) -> Vec<String> {
        let counts = self.counts();
        let mut faults = counts.faults.clone();
        if counts.more_faults > 0 {
            faults.push(format!("and {} more", counts.more_faults));
        }
        faults
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.counts();
        let turns: Vec<_> = counts.turns.iter().map(|(what, n)| format!("{what} {n}")).collect();
        write!(f, "{}", turns.join(", "))
    }
}
