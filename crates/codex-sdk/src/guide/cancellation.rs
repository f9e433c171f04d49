//! Giving up, and time limits.
//!
//! # Dropping
//!
//! Dropping a future stops the wait, and nothing else: a request whose bytes have left is carried out by the server, a
//! turn goes on. So every wait can be put into `tokio::time::timeout` or a `select!`; methods say under *Cancel safety*
//! what becomes of what they did so far.
//!
//! ```
//! use codex_sdk::{Codex, TurnStatus};
//! use std::time::Duration;
//! # use codex_testkit::MockServer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> codex_sdk::Result<()> {
//! # let server = MockServer::new().turn(|t| t.delta("Well, ").run_on());
//! # let codex = Codex::builder().transport(server.transport()).start().await?;
//! let thread = codex.thread_start().await?;
//! let turn = thread.turn("Count to a million.").await?;
//!
//! // Nobody waits any more, but the turn goes on ...
//! assert!(tokio::time::timeout(Duration::from_millis(50), turn.run()).await.is_err());
//! assert_eq!(turn.snapshot().status, TurnStatus::InProgress);
//!
//! // ... until it is told to stop. What was said until then is in its result.
//! turn.interrupt().await?;
//! let result = turn.run().await?;
//! assert_eq!((result.status, &*result.text), (TurnStatus::Interrupted, "Well, "));
//! # Ok(())
//! # }
//! ```
//!
//! # Interrupting
//!
//! [`Turn::interrupt`](crate::Turn::interrupt) asks the server to stop; the turn's end comes as an event. It passes
//! requests that wait their turn, and is no error if the turn is over. A command that the turn has started goes on in
//! the background.
//!
//! [`interrupt_on_drop`](crate::TurnStart::interrupt_on_drop) interrupts a turn when nobody waits for it any more, as
//! `kill_on_drop` does for processes in tokio.
//!
//! # Time limits
//!
//! Every request has one, [`request_timeout`](crate::Limits::request_timeout), but for those that wait for a process, which
//! [`Codex::request`](crate::Codex::request) names. A turn has none of the server's: with the model out of reach, it tries
//! again without end. Give it one, for its whole or for its silence; the error has the
//! result so far.
//!
//! ```
//! use codex_sdk::Codex;
//! use std::time::Duration;
//! # use codex_testkit::MockServer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> codex_sdk::Result<()> {
//! # let server = MockServer::new().turn(|t| t.delta("Well, ").run_on());
//! # let codex = Codex::builder().transport(server.transport()).start().await?;
//! let thread = codex.thread_start().await?;
//! let error = thread
//!     .run("Count to a million.")
//!     .idle_timeout(Duration::from_millis(200)) // nothing heard for so long
//!     .deadline(Duration::from_secs(600)) // all in all
//!     .await
//!     .unwrap_err();
//! assert!(error.is_timeout());
//! assert_eq!(error.turn_result().unwrap().text, "Well, ");
//! # Ok(())
//! # }
//! ```
