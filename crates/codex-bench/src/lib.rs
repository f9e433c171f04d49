//! What the benchmarks stand on: a server that floods, a floor to compare with, and a clock of CPU time.
//!
//! A benchmark runs the SDK and the floor against the same server in the same process, in turn, and reports the ratio of
//! the CPU time that each took: times wander on a shared machine, ratios of one run much less.
#![forbid(unsafe_code)]

pub mod by_hand;
pub mod cpu;
pub mod flood;
pub mod floor;
