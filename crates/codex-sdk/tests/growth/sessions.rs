//! Clients that come and go, each with a session in which the server does something wrong.

use crate::case::paused;
use crate::driver::{Consumption, drive};
use crate::heap::{ALLOWED, live};
use crate::session::Session;
use crate::spoilt::spoilt;
use crate::stage::{Ending, Reads, Script};
use fastrand::Rng;
use std::ops::Range;
use std::time::Duration;

const SESSIONS: u64 = 1000;

/// How much more is on the heap after all sessions than after a tenth of them.
///
/// # Panics
/// If it is more than is allowed.
pub(crate) fn measure() -> i64 {
    let sessions = Session::all();
    play(&sessions, 1..SESSIONS / 10);
    let then = live();
    play(&sessions, SESSIONS / 10..SESSIONS);
    let growth = live() - then;
    assert!(growth <= ALLOWED, "{growth} bytes are left of {SESSIONS} sessions");
    growth
}

fn play(sessions: &[Session], seeds: Range<u64>) {
    for seed in seeds {
        let mut rng = Rng::with_seed(seed);
        let entries = spoilt(&sessions[rng.usize(..sessions.len())], &mut rng);
        let ending = Ending::ALL[rng.usize(..3)];
        let consumption = Consumption::ALL[rng.usize(..3)];
        let patience = Some(Duration::from_millis(100));
        let (rest, reads) = (Vec::new(), Reads::Together);
        let script = Script { entries, rest, ending, reads, patience };
        paused(drive(script, consumption, rng.bool()));
    }
}
