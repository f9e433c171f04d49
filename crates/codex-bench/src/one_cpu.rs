//! Keeping a process, and those that it starts, on one CPU.

/// Pins the calling thread, and so all that it starts from now on, to the last CPU that it may run on.
///
/// # Errors
/// The system's refusal.
#[cfg(target_os = "linux")]
pub fn pin() -> std::io::Result<()> {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
    let allowed = sched_getaffinity(None)?;
    let last = (0..CpuSet::MAX_CPU).rev().find(|cpu| allowed.is_set(*cpu));
    let mut one = CpuSet::new();
    one.set(last.unwrap_or_default());
    Ok(sched_setaffinity(None, &one)?)
}

/// Does nothing, where processes cannot be pinned.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn pin() -> std::io::Result<()> {
    Ok(())
}
