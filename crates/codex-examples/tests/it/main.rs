//! Each example in its demonstration, as a reader would run it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod approvals;
mod approvals_streaming;
mod chat;
mod conversation;
#[cfg(target_os = "linux")]
mod ctrl_c;
mod demo;
mod failures;
mod index;
mod instruments;
#[cfg(target_os = "linux")]
mod server_processes;
mod settings;
#[cfg(target_os = "linux")]
mod terminal;
mod threads;
mod turns;
mod values;

/// The tests of the example are part of what it shows.
#[allow(dead_code, reason = "its `main` is for the example itself")]
#[path = "../../examples/22_testing_an_application.rs"]
mod testing_an_application;
