//! How things hang together, chapter by chapter; every example runs.
//!
//! - [`lifecycle`]: clients, threads and turns, from start to close
//! - [`ordering`]: which event comes when, and to whom
//! - [`approvals`]: what the server asks
//! - [`errors`]: what fails, and what to do about it
//! - [`cancellation`]: giving up, and time limits
//! - [`slow_consumers`]: what becomes of events that nobody takes
//!
//! The examples talk to `codex_testkit::MockServer`, a server in memory; with [`Codex::start`](crate::Codex::start) in
//! its place they talk to codex.

pub mod approvals;
pub mod cancellation;
pub mod errors;
pub mod lifecycle;
pub mod ordering;
pub mod slow_consumers;
