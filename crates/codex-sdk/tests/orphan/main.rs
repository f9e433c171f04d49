//! SIGKILL of our own process leaves no server behind.
//!
//! A test of its own kind, for it needs a client in another process: this program, started again as that client.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

// It looks at processes through /proc.
#[cfg(target_os = "linux")]
mod killed;
#[cfg(target_os = "linux")]
#[path = "../it/processes.rs"]
mod processes;

fn main() {
    #[cfg(target_os = "linux")]
    killed::main();
}
