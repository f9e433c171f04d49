//! Clients, threads and turns, from start to close.
//!
//! # The client
//!
//! [`Codex::start`](crate::Codex::start) starts a server of its own and returns when that has answered; from then on two
//! tasks on the current tokio runtime read and write. Clones are handles of the same client. When the last handle is
//! gone, clones, threads and turns counted, the server is ended in the background; [`close`](crate::Codex::close) waits
//! until it is gone.
//!
//! # Threads
//!
//! A thread is a conversation. The server keeps it from its first turn on, so that it can be
//! [resumed](crate::Codex::thread_resume) by its id, by any client of that `CODEX_HOME`, and
//! [listed](crate::Codex::thread_list), [forked](crate::Thread::fork) and [archived](crate::Thread::archive). A
//! [`Thread`](crate::Thread) is a handle; dropping it changes nothing on the server.
//!
//! # Turns
//!
//! A turn is one thing that the user asks, and what the assistant does about it. It runs on the server whether or not
//! anybody listens. It ends as completed, interrupted or failed, and all three are data: a result has a status.
//!
//! ```
//! use codex_sdk::{Codex, TurnStatus};
//! # use codex_testkit::MockServer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> codex_sdk::Result<()> {
//! # let server = MockServer::new()
//! #     .turn(|t| t.message("It is a parser."))
//! #     .turn(|t| t.fail("the model refused"));
//! # let codex = Codex::builder().transport(server.transport()).start().await?;
//! # /*
//! let codex = Codex::start().await?;
//! # */
//! let thread = codex.thread_start().cwd("/project").read_only().await?;
//!
//! let first = thread.run("What is this project?").await?;
//! assert_eq!((first.status, &*first.text), (TurnStatus::Completed, "It is a parser."));
//!
//! // A failed turn is an `Ok`, until it is asked to be an error.
//! let second = thread.run("And what is it for?").await?;
//! assert_eq!(second.status, TurnStatus::Failed);
//! assert!(second.error_for_status().is_err());
//!
//! codex.close().await?;
//! # Ok(())
//! # }
//! ```
//!
//! One turn of a thread runs at a time: starting another is refused with
//! [`Error::TurnActive`](crate::Error::TurnActive), for the server would take it as something more to say to the running
//! one. That is [`Turn::steer`](crate::Turn::steer).
