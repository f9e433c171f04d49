//! Each example in its demonstration, as a reader would run it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod approvals;
mod conversation;
mod demo;
mod index;
mod threads;
mod turns;
mod values;
