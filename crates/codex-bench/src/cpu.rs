//! The clock of CPU time that this process has used, in all its threads.

use std::time::Duration;

/// CPU time used so far. The server is another process and does not count.
#[cfg(unix)]
pub fn used() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// Wall time, where there is no clock of CPU time.
#[cfg(not(unix))]
pub fn used() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}
