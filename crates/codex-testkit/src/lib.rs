//! Test instruments for applications on `codex-sdk`: the real app-server, without an account.
//!
//! With feature `scripted-model`, a test runs the real `codex app-server` binary and decides what
//! the model behind it says:
//!
#![cfg_attr(feature = "scripted-model", doc = "```no_run")]
#![cfg_attr(not(feature = "scripted-model"), doc = "```text")]
//! # async fn story() -> Result<(), codex_testkit::Error> {
//! use codex_testkit::{CodexHome, Reply, ScriptedModel};
//!
//! let model = ScriptedModel::start().await?;
//! model.reply(Reply::shell("echo hi"));
//! model.reply(Reply::text("The command printed hi."));
//!
//! let home = CodexHome::new(&model)?;
//! // Start codex with home.env() and ask it anything, then look at what the model was asked:
//! let requests = model.wait_for_requests(2).await?;
//! assert!(requests[1].tool_outputs()[0].text.contains("hi"));
//! # Ok(())
//! # }
//! ```
//!
//! | Noun | What it is |
//! | --- | --- |
//! | `ScriptedModel` | a Responses API server on the loopback interface that answers from a script |
//! | `Reply` | one answer of the model: text, deltas, reasoning, tool calls, errors, silence |
//! | `Gate` | a point in a reply where the model waits until the test lets it go on |
//! | `ModelRequest` | what the model was asked |
//! | `CodexHome` | a throw-away `CODEX_HOME` that points codex at the scripted model |
//!
//! # Features
//!
//! - `scripted-model`: everything above. Off by default, since it brings an HTTP server.
#![forbid(unsafe_code)]

#[cfg(feature = "scripted-model")]
mod error;
#[cfg(feature = "scripted-model")]
mod home;
#[cfg(feature = "scripted-model")]
mod scripted;

#[cfg(feature = "scripted-model")]
pub use error::Error;
#[cfg(feature = "scripted-model")]
pub use home::{CodexHome, CodexHomeBuilder};
#[cfg(feature = "scripted-model")]
pub use scripted::{Gate, ModelRequest, Reply, Rule, ScriptedModel, ToolOutput, Usage};
