//! What fails, and what to do about it.
//!
//! | what | as | what to do |
//! | --- | --- | --- |
//! | there is no codex binary | [`Error::NoRuntime`](crate::Error::NoRuntime) | install it; the text says what was tried |
//! | the server refuses a request | [`Error::Rpc`](crate::Error::Rpc), with its [`rpc_code`](crate::Error::rpc_code) | nearly everything has the code -32600; the text tells why |
//! | the server is overloaded | [`is_retryable`](crate::Error::is_retryable) | [`retry_on_overload`](crate::retry_on_overload) |
//! | no answer in time | [`is_timeout`](crate::Error::is_timeout) | whether the server acted on it is not known: look before repeating |
//! | the server is gone | [`is_disconnected`](crate::Error::is_disconnected) | start a new client, [resume](crate::Codex::thread_resume) the thread |
//! | the model fails | a [`TurnResult`](crate::TurnResult) whose status is `Failed` | look at its error; the next turn goes on |
//!
//! An error's text never has what was said or asked; that is behind accessors.
//!
//! A failed turn is data. [`error_for_status`](crate::TurnResult::error_for_status) makes an error of it, and
//! [`codex_error_info`](crate::Error::codex_error_info) says of which kind:
//!
//! ```
//! use codex_sdk::protocol::CodexErrorInfo;
//! use codex_sdk::{Codex, retry_on_overload};
//! # use codex_sdk::protocol::ModelListParams;
//! # use codex_testkit::MockServer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> codex_sdk::Result<()> {
//! # let server = MockServer::new()
//! #     .refuse::<ModelListParams>(-32001, "Server overloaded; retry later.")
//! #     .answer(|_: ModelListParams| codex_sdk::protocol::ModelListResponse::new(vec![]))
//! #     .turn(|t| t.fail_with("too long", CodexErrorInfo::ContextWindowExceeded));
//! # let codex = Codex::builder().transport(server.transport()).start().await?;
//! // Asked again, after a pause, if the server has too much to do.
//! let models = retry_on_overload(|| codex.models()).await?;
//!
//! let thread = codex.thread_start().await?;
//! let error = thread.run("Go on.").await?.error_for_status().unwrap_err();
//! if error.codex_error_info() == Some(&CodexErrorInfo::ContextWindowExceeded) {
//!     // thread.compact(), or a new thread
//! }
//! # assert_eq!(error.codex_error_info(), Some(&CodexErrorInfo::ContextWindowExceeded));
//! # assert_eq!(models.data, []);
//! # Ok(())
//! # }
//! ```
