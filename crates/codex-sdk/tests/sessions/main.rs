//! Recorded sessions of the real server, played to the public interface: cut off anywhere, told otherwise, and spoilt.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod case;
mod cut;
mod driver;
mod handler;
mod model;
mod mutated;
// The same faults as those that the models are tried with.
#[path = "../../../codex-protocol/tests/proofs/mutation.rs"]
mod mutation;
mod seen;
mod session;
mod spoilt;
mod stage;
mod variant;
