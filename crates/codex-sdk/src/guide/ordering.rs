//! Which event comes when, and to whom.
//!
//! # Whose event
//!
//! A turn's [`stream`](crate::Turn::stream) has everything that names the turn, and what names only its thread while the
//! turn runs, in the server's order. [`Codex::events`](crate::Codex::events) has all the rest: other threads, those of
//! sub-agents among them, the account, the configuration.
//!
//! # What can be relied on
//!
//! - No event is lost between the start of a turn and its stream, whenever `stream()` is called.
//! - `turn/completed` is a turn's last event in its stream, and the only sign of its end, unless its thread is closed or
//!   deleted first: then that is the last event, and the turn counts as interrupted.
//! - The deltas of one message come in order, and are its text when they are put together.
//!
//! # What cannot
//!
//! - An item that was started need not be completed: an interrupt, a steer or a retry ends it unsaid. After a retry, the
//!   text comes again under another item id. [`TurnResult::text`](crate::TurnResult::text) counts none of it twice.
//! - Deltas may be missing: of a command's output, and of everything for who joins a turn late. The completed item is
//!   the truth.
//! - Events of several threads are interleaved.
//!
//! ```
//! use codex_sdk::{Codex, ThreadItem};
//! # use codex_testkit::MockServer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> codex_sdk::Result<()> {
//! # let server = MockServer::new()
//! #     .turn(|t| t.command("ls", "Cargo.toml\n", 0).delta("One ").delta("file.").complete());
//! # let codex = Codex::builder().transport(server.transport()).start().await?;
//! let thread = codex.thread_start().await?;
//! let turn = thread.turn("How many files?").await?;
//! let mut events = turn.stream()?;
//! let (mut shown, mut commands, mut last) = (String::new(), Vec::new(), String::new());
//! while let Some(event) = events.next().await {
//!     let event = event?;
//!     if let Some(text) = event.text_delta() {
//!         shown.push_str(text);
//!     }
//!     if let Some(ThreadItem::CommandExecution(command)) = event.completed_item().map(|item| &**item) {
//!         commands.push((command.command.clone(), command.exit_code));
//!     }
//!     last = event.method().to_owned();
//! }
//! assert_eq!(shown, "One file.");
//! assert_eq!(commands, [("ls".to_owned(), Some(0))]);
//! assert_eq!(last, "turn/completed");
//! assert_eq!(events.result().await?.text, shown);
//! # Ok(())
//! # }
//! ```
//!
//! # One consumer
//!
//! By default one `stream()` or `run()` is live at a time for each client, and a second one fails with
//! [`Error::ConsumerActive`](crate::Error::ConsumerActive) at once.
//! [`ConsumerScope::PerTurn`](crate::ConsumerScope::PerTurn) allows one for each turn:
//!
//! ```
//! use codex_sdk::{Codex, ConsumerScope};
//! # use codex_testkit::MockServer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> codex_sdk::Result<()> {
//! # let server = MockServer::new()
//! #     .thread(|thread| thread.turn(|t| t.message("one")))
//! #     .thread(|thread| thread.turn(|t| t.message("two")));
//! let builder = Codex::builder().consumer_scope(ConsumerScope::PerTurn);
//! # let codex = builder.transport(server.transport()).start().await?;
//! # /*
//! let codex = builder.start().await?;
//! # */
//! let (first, second) = (codex.thread_start().await?, codex.thread_start().await?);
//! let (first, second) = tokio::try_join!(first.run("1?").send(), second.run("2?").send())?;
//! assert_eq!((&*first.text, &*second.text), ("one", "two"));
//! # Ok(())
//! # }
//! ```
