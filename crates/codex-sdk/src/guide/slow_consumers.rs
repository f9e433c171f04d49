//! What becomes of events that nobody takes.
//!
//! The task that reads from the server never waits for a consumer, so a slow one delays nobody else: not another turn,
//! not an answer, not the server. Its events wait in a queue of the turn.
//!
//! - Where more than a thousand wait, pieces of the same text are merged into one. Nothing is lost by it, so a consumer
//!   that shows text may be as slow as it likes.
//! - Where more than [`max_buffered_bytes`](crate::Limits::max_buffered_bytes) wait all the same, the stream ends with
//!   [`Error::Overflow`](crate::Error::Overflow). The turn goes on, and its result stays whole.
//! - A subscriber of [`Codex::events`](crate::Codex::events) that does not keep up is told how much it missed, by
//!   [`Event::Lagged`](crate::Event::Lagged).
//!
//! A turn's result is collected apart from its events. So whoever wants the result alone need not read the stream, and
//! whoever stops reading gets the whole result all the same:
//!
//! ```
//! use codex_sdk::Codex;
//! # use codex_testkit::MockServer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> codex_sdk::Result<()> {
//! # let server = MockServer::new().turn(|t| t.delta("a").delta("b").delta("c").complete());
//! # let codex = Codex::builder().transport(server.transport()).start().await?;
//! let thread = codex.thread_start().await?;
//! let turn = thread.turn("The alphabet, please.").await?;
//! let mut events = turn.stream()?;
//! while let Some(event) = events.next().await {
//!     if event?.text_delta().is_some() {
//!         break; // enough
//!     }
//! }
//! assert_eq!(events.result().await?.text, "abc");
//! # Ok(())
//! # }
//! ```
//!
//! The result keeps every finished item, with all that commands printed, until it is taken. Where that may be much and
//! the stream is what you want, [`retain_items(false)`](crate::TurnStart::retain_items) keeps what was said alone.
//!
//! In a handler or a loop it is no harm to call the client itself, such as [`Thread::read`](crate::Thread::read): its
//! answer does not wait behind events.
