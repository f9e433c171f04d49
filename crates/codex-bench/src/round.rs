//! What one round of a scenario takes.

use crate::{Failure, cpu, memory};
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// One round, as the client's process sees it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Round {
    /// Seconds of CPU time of the client's process, in all its threads.
    pub cpu: f64,
    /// Seconds of wall time.
    pub wall: f64,
    /// The most memory that was resident since the process began, in MiB.
    pub peak_mib: Option<f64>,
    /// How many processes it has at the end of the round that are its children.
    pub children: Option<usize>,
}

/// Measures a round.
///
/// # Errors
/// Those of the work.
pub fn measure(work: impl FnOnce() -> Result<(), Failure>) -> Result<Round, Failure> {
    let (cpu, began) = (cpu::used(), Instant::now());
    work()?;
    let (wall, cpu) = (began.elapsed().as_secs_f64(), (cpu::used() - cpu).as_secs_f64());
    Ok(Round { cpu, wall, peak_mib: memory::peak_mib(), children: children() })
}

/// The children of this process, those that have ended and wait to be reaped among them.
fn children() -> Option<usize> {
    let mut count = 0;
    for task in std::fs::read_dir("/proc/self/task").ok()? {
        let path = task.ok()?.path().join("children");
        count += std::fs::read_to_string(path).ok()?.split_whitespace().count();
    }
    Some(count)
}

/// The one in the middle.
///
/// # Panics
/// Without any value.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
