//! The same client without async: `Codex`, `Thread`, `Turn`, and all that they give.
//!
//! Every public method of the async types is here under the same name, with the same arguments. Builders end in
//! `.send()`, streams are iterators, and what is awaited there is waited for here, on the calling thread.
//!
//! ```no_run
//! use codex_sdk::blocking::Codex;
//!
//! # fn quickstart() -> codex_sdk::Result<()> {
//! let codex = Codex::start()?;
//! let thread = codex.thread_start().model("gpt-5").config("model_reasoning_effort", "high").send()?;
//! let result = thread.turn("Say hello in one sentence.").send()?.run()?;
//! println!("{:?}: {}", result.status, result.text);
//!
//! let turn = thread.turn("And now a story.").send()?;
//! for event in turn.stream()? {
//!     if let Some(text) = event?.text_delta() {
//!         print!("{text}");
//!     }
//! }
//! codex.close()
//! # }
//! ```
//!
//! # Threads
//!
//! Handles can be cloned and used by several threads at once: one can wait for a turn that another interrupts.
//!
//! A client has one thread of its own, on which it reads and writes between calls, too. Closures that answer requests
//! ([`CodexBuilder::on_request`]) and tools ([`Tool::blocking`](crate::Tool::blocking)) run on further threads, one for
//! each call that is under way, so they may take as long as a person does. [`Codex::close`] returns when all of them are
//! gone; when the last handle is dropped, they end by themselves.
//!
//! # In async code
//!
//! What waits panics inside an async context, where it would stop other tasks: use the async types there. In
//! `tokio::task::spawn_blocking` it is at home, and dropping it is fine anywhere.

mod async_context;
mod client;
mod closure;
mod engine;
mod generated;
mod into_blocking;
mod login;
mod paged;
mod retry;
mod tool;
mod wait;

pub(crate) use closure::ClosureHandler;
pub use generated::*;
pub use retry::{retry, retry_on_overload};
pub(crate) use wait::within;
