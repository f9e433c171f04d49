//! What the benchmarks stand on: a server that floods, a floor to compare with, clients in processes of their own, and a
//! report.
//!
//! A benchmark runs the SDK and the floor against the same server in turn, and reports the ratio of what each took,
//! round by round: times wander on a shared machine, ratios of one run much less.
#![forbid(unsafe_code)]

pub mod by_hand;
pub mod comparison;
pub mod cpu;
pub mod flood;
pub mod floor;
pub mod memory;
pub mod one_cpu;
pub mod order;
pub mod report;
pub mod round;
pub mod scenario;
pub mod sdk;
pub mod worker;

/// Whatever ends a benchmark.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
