//! Servers that misbehave: each fault ends in its documented error or is survived, with bounded memory and no process left.
//!
//! One program in three parts, because each case measures the memory of a client that is a process of its own, and because
//! a server that is this very program is always built, always found, and never installed by anybody.
//! Without arguments it runs every case, with some, the cases whose names contain one of them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

// Memory and processes are looked at through /proc.
#[cfg(target_os = "linux")]
mod case;
#[cfg(target_os = "linux")]
mod client;
#[cfg(target_os = "linux")]
mod flood;
#[cfg(target_os = "linux")]
mod program;
#[cfg(target_os = "linux")]
mod server;

fn main() -> std::process::ExitCode {
    #[cfg(target_os = "linux")]
    return program::main();
    #[cfg(not(target_os = "linux"))]
    std::process::ExitCode::SUCCESS
}
