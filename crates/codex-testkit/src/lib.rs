//! Test instruments for applications on `codex-sdk`.
//!
//! A test of an application needs neither codex nor an account: [`MockServer`] is a server in
//! memory that does what the test has written down.
//!
//! ```
//! use codex_sdk::{Codex, TurnStatus};
//! use codex_testkit::MockServer;
//!
//! # /*
//! #[tokio::test]
//! # */
//! async fn greets() -> codex_sdk::Result<()> {
//!     let server = MockServer::new().turn(|t| t.delta("Hel").delta("lo.").complete());
//!     let codex = Codex::builder().transport(server.transport()).start().await?;
//!
//!     let thread = codex.thread_start().await?; // or whatever your application does
//!     let result = thread.run("Say hello.").await?;
//!
//!     assert_eq!((result.status, &*result.text), (TurnStatus::Completed, "Hello."));
//!     assert_eq!(server.user_texts(), ["Say hello."]);
//!     Ok(()) // a turn that was not asked for, or a request too many, fails the test here
//! }
//! # tokio::runtime::Runtime::new().unwrap().block_on(greets()).unwrap();
//! ```
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
//! | [`MockServer`] | a server in memory, typed, that plays turns from a script and checks it |
//! | [`MockTurn`] | what it does in one turn: deltas, items, approvals, errors, hanging up |
//! | [`Gate`] | a point in a script that waits until the test lets it go on |
//! | `ScriptedModel` | a Responses API server on the loopback interface that answers from a script |
//! | `Reply` | one answer of the model: text, deltas, reasoning, tool calls, errors, silence |
//! | `ModelRequest` | what the model was asked |
//! | `CodexHome` | a throw-away `CODEX_HOME` that points codex at the scripted model |
//!
//! # Features
//!
//! - `conformance`: the checks that every transport passes, for your own transport. Off by default, since few write one.
//! - `scripted-model`: what has no link above. Off by default, since it brings an HTTP server.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod gate;
#[cfg(feature = "scripted-model")]
mod home;
#[cfg(feature = "scripted-model")]
mod mcp;
mod mock;
#[cfg(feature = "scripted-model")]
mod scripted;

pub use error::Error;
pub use gate::Gate;
#[cfg(feature = "scripted-model")]
pub use home::{CodexHome, CodexHomeBuilder};
#[cfg(feature = "scripted-model")]
pub use mcp::serve_mcp;
pub use mock::{MockRequest, MockServer, MockServerTransport, MockThread, MockTurn, Place};
#[cfg(feature = "scripted-model")]
pub use scripted::{ModelRequest, Reply, Rule, ScriptedModel, ToolOutput, Usage};
