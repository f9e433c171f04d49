//! The SDK from outside: against a server played by the test, and against the real binary.

mod fake_server;
mod guard;

mod answers;
mod client;
mod consumers;
mod disconnect;
mod early_events;
mod processes;
mod results;

mod real;
