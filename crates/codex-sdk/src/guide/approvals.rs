//! What the server asks.
//!
//! Before the server runs a command or changes a file that its policy does not allow by itself, it asks, and the turn
//! waits. Nothing is ever accepted unless your code says so. Who answers, in this order:
//!
//! 1. the turn's own [`stream_with_requests`](crate::Turn::stream_with_requests), where what is asked comes between the
//!    events, in the server's order;
//! 2. the stream of all requests, [`Codex::requests`](crate::Codex::requests);
//! 3. a [`RequestHandler`](crate::RequestHandler), given to the builder;
//! 4. nobody: a server of our own gets a refusal at once, and the turn goes on; a server that was connected to is left to
//!    its other clients.
//!
//! A request is a value. It may be kept and answered minutes later from any task; dropped, it is declined. When its turn
//! ends, or another client answers first, it is withdrawn, and says so.
//!
//! ```
//! use codex_sdk::ask::PendingRequest;
//! use codex_sdk::{Codex, Event};
//! # use codex_testkit::MockServer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> codex_sdk::Result<()> {
//! # let server = MockServer::new()
//! #     .turn(|t| t.asks_to_run("cargo test").asks_to_run("rm -rf /").message("Done."));
//! # let codex = Codex::builder().transport(server.transport()).start().await?;
//! let thread = codex.thread_start().workspace_write().await?;
//! let turn = thread.turn("Test it, then clean up.").await?;
//! let mut events = turn.stream_with_requests()?;
//! let mut answers = Vec::new();
//! while let Some(event) = events.next().await {
//!     if let Event::Request(PendingRequest::Command(request)) = event? {
//!         let command = request.command().unwrap_or_default().to_owned();
//!         let harmless = command == "cargo test"; // or ask a person
//!         let wanted = if harmless { request.accept() } else { request.decline() };
//!         answers.push((command, harmless, wanted));
//!     }
//! }
//! let expected = [("cargo test".to_owned(), true, true), ("rm -rf /".to_owned(), false, true)];
//! assert_eq!(answers, expected);
//! # Ok(())
//! # }
//! ```
//!
//! Whether the server asks at all is chosen with the thread: [`read_only`](crate::ThreadStart::read_only) and
//! [`workspace_write`](crate::ThreadStart::workspace_write) ask before they go further;
//! [`danger_full_access`](crate::ThreadStart::danger_full_access) never does.
//! [`approvals::accept_all`](crate::approvals::accept_all) says yes to everything. Both can be found in a program by
//! their names.
