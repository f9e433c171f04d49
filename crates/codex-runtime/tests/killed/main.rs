//! Installs that are killed leave nothing half-installed, and the next one cleans up.
//!
//! A test of its own kind, for it needs installs in other processes: this program, started again as those.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

// Whether an install is dead is known by its lock, which is there on unix.
#[cfg(unix)]
mod moments;
#[cfg(unix)]
#[path = "../it/package.rs"]
mod package;
#[cfg(unix)]
#[allow(dead_code, reason = "other tests need more of it")]
#[path = "../it/server.rs"]
mod server;
#[cfg(unix)]
#[allow(dead_code, reason = "other tests need more of it")]
#[path = "../it/tree.rs"]
mod tree;

fn main() {
    #[cfg(unix)]
    moments::main();
}
