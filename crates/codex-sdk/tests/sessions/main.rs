//! Recorded sessions of the real server, played to the public interface: cut off anywhere, and spoilt in every way.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod case;
mod cut;
mod driver;
mod model;
mod seen;
mod session;
mod stage;
