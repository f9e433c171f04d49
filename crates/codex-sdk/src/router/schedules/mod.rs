//! Random schedules: a server, callers, consumers and the end of everything, one step of somebody at a time.
//!
//! `CODEX_MUTATED_CASES` sets how many schedules are run, and `CODEX_MUTATED_SEED` where they start; a failure prints its
//! seed.

mod consumer;
mod server;
mod tally;
mod world;

use fastrand::Rng;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use tally::Tally;
use world::World;

const SCHEDULES: u64 = 1500;
const STEPS: usize = 250;

#[test]
fn no_schedule_loses_an_event_or_leaves_anybody_waiting() {
    let variable = |name| {
        let text = std::env::var(name).ok()?;
        Some(text.parse::<u64>().unwrap_or_else(|error| panic!("{name}={text}: {error}")))
    };
    let first = variable("CODEX_MUTATED_SEED").unwrap_or(1);
    let count = variable("CODEX_MUTATED_CASES").unwrap_or(SCHEDULES);
    let mut happened = Tally::default();
    for seed in first..first.saturating_add(count) {
        let run = || {
            let mut world = World::new(Rng::with_seed(seed));
            (0..STEPS).for_each(|_| world.step());
            world.finish()
        };
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(tally) => happened.add(&tally),
            Err(panic) => {
                eprintln!("run it again: CODEX_MUTATED_SEED={seed} CODEX_MUTATED_CASES=1");
                resume_unwind(panic);
            }
        }
    }
    // Schedules in which little happens would prove little.
    assert!(count < SCHEDULES || happened.is_rich(), "{happened:?}");
}
