//! Drives `codex app-server` from Rust: threads, turns, typed events.
//!
//! ```
//! use codex_sdk::Codex;
//! # use codex_testkit::MockServer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> codex_sdk::Result<()> {
//! # let server = MockServer::new()
//! #     .turn(|t| t.message("Hello there."))
//! #     .turn(|t| t.delta("It was ").delta("a typo.").complete());
//! # let codex = Codex::builder().transport(server.transport()).start().await?;
//! # /*
//! let codex = Codex::start().await?;
//! # */
//! let thread = codex.thread_start().model("gpt-5").config("model_reasoning_effort", "high").await?;
//! let result = thread.run("Say hello in one sentence.").await?;
//! println!("{:?}: {}", result.status, result.text);
//! # assert_eq!(result.text, "Hello there.");
//!
//! let turn = thread.turn("Fix the failing test.").await?;
//! let mut events = turn.stream()?;
//! while let Some(event) = events.next().await {
//!     if let Some(text) = event?.text_delta() {
//!         print!("{text}");
//!     }
//! }
//! let result = events.result().await?; // the whole result, whatever was streamed
//! # assert_eq!(result.text, "It was a typo.");
//! # Ok(())
//! # }
//! ```
//!
//! The [`guide`] tells more, chapter by chapter.
//!
//! # The nouns
//!
//! - [`Codex`]: a client, and the server process that it started or connected to.
//! - [`Thread`]: a conversation.
//! - [`Turn`]: one thing that the user asked, and what the assistant did about it. [`Turn::stream`] gives its events
//!   as they come, [`Turn::run`] its [`TurnResult`]; [`Thread::run`] does both steps in one.
//! - [`Events`]: what belongs to no turn of this client's, from [`Codex::events`].
//!
//! The first three are cheap to clone, and `Send + Sync`.
//!
//! # What the server asks
//!
//! The app-server asks its client before it runs a command or changes a file, and for other things besides: answers to
//! questions, calls of the client's own tools. [`PendingRequest`] is such a request; [`ask`] has all kinds. It is taken,
//! in this order of precedence, by
//!
//! 1. the turn's own [`stream_with_requests`](Turn::stream_with_requests), as an [`Event::Request`] among its events,
//! 2. [`Codex::requests`], a stream of all requests,
//! 3. a [`RequestHandler`], each call on a task of its own,
//! 4. nobody: it is declined at once.
//!
//! Nothing is accepted unless your code says so. On a server that this client connected to, what it does not answer is
//! left to the server's other clients; [`UnansweredRequests`] changes either. A [`Tool`] that a thread was started with
//! is called by itself.
//!
//! # A server that runs already
//!
//! With feature `websocket`, `Codex::connect` talks to a server that somebody else started, over `ws://`, `wss://` or
//! `unix://`. A turn goes on there when its client goes away: connect again, resume the thread, and read what came of
//! it.
//!
//! # The runtime
//!
//! A client runs two tasks on the tokio runtime that it was started on, which needs I/O and time enabled. When that
//! runtime ends, every call answers with an error. It must keep running: a current-thread runtime that nothing drives any
//! more, after its `block_on` has returned, reads no answers.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod account;
pub mod approvals;
pub mod ask;
mod asked;
mod attach;
#[cfg(feature = "blocking")]
pub mod blocking;
mod call;
mod catch_panic;
mod codex;
mod compact;
mod compatibility;
mod config;
mod connection;
mod consumer;
mod error;
mod event;
mod events;
mod goal;
pub mod guide;
mod input;
mod launch;
mod lists;
mod log;
mod metadata;
mod opt_out;
mod options;
#[cfg(feature = "schemars")]
mod output;
mod overload;
mod request;
mod request_handler;
mod request_stream;
mod retry;
mod review;
mod router;
mod run;
mod stats;
mod steer;
mod stored_thread;
mod stream;
mod thread;
mod thread_fork;
mod thread_resume;
mod thread_start;
mod tool;
mod trace;
mod turn;
mod turn_control;
mod turn_result;
mod turn_start;
mod unanswered_requests;
mod wire_watch;

pub use account::{AccountRead, BrowserLogin, BrowserLoginStart, DeviceCodeLogin, Login};
pub use ask::PendingRequest;
pub use attach::Attach;
pub use call::Call;
pub use codex::Codex;
pub use compact::Compact;
pub use compatibility::Compatibility;
pub use config::{CodexBuilder, CodexConfig, Limits};
pub use error::{Disconnected, Error, Result};
pub use event::{Event, Undecoded};
pub use events::Events;
pub use goal::GoalSet;
pub use input::{
    ImageInput, Input, InputItem, LocalImageInput, MentionInput, SkillInput, TextInput,
};
pub use lists::{
    AppList, BackgroundTerminalList, ItemList, Listing, LoadedThreadList, McpServerList, ModelList,
    PermissionProfileList, SkillList, ThreadList, ThreadSearch, TurnList,
};
pub use metadata::Metadata;
#[cfg(feature = "schemars")]
pub use output::{Output, OutputError, RunFor, SchemaError, output_schema};
pub use request::Request;
pub use request_handler::{Handled, RequestHandler};
pub use request_stream::RequestStream;
pub use retry::{RetryPolicy, retry_on_overload};
pub use review::Review;
pub use router::{ConsumerScope, TurnLimit};
pub use run::Run;
pub use stats::Stats;
pub use steer::Steer;
pub use stored_thread::ThreadRead;
pub use stream::TurnStream;
pub use thread::{Thread, ThreadSettings};
pub use thread_fork::ThreadFork;
pub use thread_resume::ThreadResume;
pub use thread_start::ThreadStart;
pub use tool::{Tool, ToolContext, ToolError, ToolNamespace, ToolOutput};
pub use turn::Turn;
pub use turn_result::TurnResult;
pub use turn_start::TurnStart;
pub use unanswered_requests::UnansweredRequests;

pub use codex_protocol as protocol;
pub use codex_protocol::{
    AskForApproval, CodexErrorInfo, Id, PermissionGrantScope, Personality, PlanType,
    ReasoningEffort, ReasoningSummary, RequestId, ReviewTarget, RpcError, SandboxMode,
    SandboxPolicy, ServerNotification, ThreadItem, ThreadSortKey, ThreadSourceKind,
    ThreadTokenUsage, TokenUsageBreakdown, TraceContext, TurnError, TurnStatus,
};
pub use codex_transport as transport;
#[cfg(feature = "schemars")]
pub use schemars;
