//! Memory of this process, from /proc; `None` where there is none.

const KIB_PER_MIB: f64 = 1024.0;

/// The most that was resident at once, in MiB.
pub fn peak_mib() -> Option<f64> {
    of_status("VmHWM:")
}

/// What is resident now, in MiB.
pub fn resident_mib() -> Option<f64> {
    of_status("VmRSS:")
}

fn of_status(name: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib / KIB_PER_MIB)
}
