//! The SDK from outside: against a server played by the test, and against the real binary.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod fake_server;
mod guard;

mod answers;
mod asks;
#[cfg(feature = "blocking")]
mod blocking;
mod cancelled;
mod changing_hands;
mod client;
mod confidential;
mod consumers;
mod controls;
mod disconnect;
mod early_events;
mod events;
mod joined;
mod limits;
// It looks at processes through /proc.
mod launch;
mod lists;
mod login;
mod presets;
#[cfg(target_os = "linux")]
mod processes;
mod results;
mod retry;
mod runtime_end;
mod sdk_calls;
mod send_sync;
mod sent_now;
mod shutdown;
mod slow;
#[cfg(feature = "tracing")]
mod tracing_spans;

mod real;
