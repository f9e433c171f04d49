//! What the server asks, as typed values that answer it.
//!
//! Each kind of request is a struct with what is asked ([`params`](CommandApproval::params)) and the ways to answer it.
//! Answering consumes it, so there is one answer at most; it may come from any task, minutes later. One that is dropped
//! is declined, or, on a server that was connected to, left for the server's other clients. When the server does not
//! want an answer any more, [`withdrawn`](CommandApproval::withdrawn) tells, and answers do nothing.
//!
//! | method on the wire | kind |
//! | --- | --- |
//! | `item/commandExecution/requestApproval` | [`CommandApproval`] |
//! | `item/fileChange/requestApproval` | [`FileChangeApproval`] |
//! | `item/permissions/requestApproval` | [`PermissionsApproval`] |
//! | `item/tool/requestUserInput` | [`UserInputRequest`] |
//! | `mcpServer/elicitation/request` | [`McpToolApproval`] if it is one, else [`Elicitation`] |
//! | `item/tool/call` | [`ToolCall`], unless the tool was given to [`thread_start`](crate::Codex::thread_start) |
//! | `account/chatgptAuthTokens/refresh` | [`TokenRefresh`] |
//! | `attestation/generate` | [`AttestationRequest`] |
//! | `currentTime/read` | [`CurrentTimeRequest`] |
//! | `execCommandApproval` | [`LegacyCommandApproval`] |
//! | `applyPatchApproval` | [`LegacyPatchApproval`] |
//! | any other | [`UnknownRequest`] |
//! | one of the above with parameters that cannot be read | [`UndecodedRequest`] |

mod command_approval;
mod content_check;
mod elicitation;
mod file_change_approval;
mod invalid_answer;
mod legacy_approval;
mod mcp_tool_approval;
mod pending_request;
mod permissions_approval;
mod responder;
mod service_request;
mod tool_call;
mod unknown_request;
mod user_input_request;

pub use command_approval::{CommandApproval, CommandDecision};
pub use elicitation::Elicitation;
pub use file_change_approval::{FileChangeApproval, FileChangeDecision};
pub use invalid_answer::InvalidAnswer;
pub use legacy_approval::{LegacyCommandApproval, LegacyPatchApproval};
pub use mcp_tool_approval::McpToolApproval;
pub use pending_request::PendingRequest;
pub use permissions_approval::PermissionsApproval;
pub use service_request::{AttestationRequest, CurrentTimeRequest, TokenRefresh};
pub use tool_call::ToolCall;
pub use unknown_request::{UndecodedRequest, UnknownRequest};
pub use user_input_request::UserInputRequest;

pub(crate) use responder::Responder;

/// Declares a kind of request: what all kinds can do.
macro_rules! ask {
    ($(#[$doc:meta])* pub struct $name:ident($params:ty);) => {
        $(#[$doc])*
        ///
        /// Dropping it declines it, or leaves it to the other clients of a server that was connected to.
        #[must_use = "a request that is dropped is declined"]
        pub struct $name {
            params: std::sync::Arc<$params>,
            pub(super) responder: $crate::ask::Responder,
        }

        impl $name {
            pub(super) fn new(
                params: std::sync::Arc<$params>,
                responder: $crate::ask::Responder,
            ) -> Self {
                Self { params, responder }
            }

            /// What is asked, as it came.
            pub fn params(&self) -> &$params {
                &self.params
            }

            $crate::ask::common!();
        }

        $crate::ask::debug!($name);
    };
}

/// The methods that every kind has. `decline` is left out where the kind has its own.
macro_rules! common {
    () => {
        /// Says no, in the words that the server has for it.
        ///
        /// Gives whether the answer was still wanted.
        #[inline]
        pub fn decline(self) -> bool {
            self.responder.decline()
        }

        $crate::ask::common_but_decline!();
    };
}

macro_rules! common_but_decline {
    () => {
        /// Answers with an error; the server takes it as a refusal, and keeps the message from the model.
        ///
        /// Gives whether the answer was still wanted.
        #[inline]
        pub fn refuse(self, error: codex_protocol::RpcError) -> bool {
            self.responder.refuse(&error)
        }

        /// Waits until no answer is wanted any more: another client answered, the turn ended, or the connection did.
        /// What is answered after that does nothing.
        ///
        /// # Cancel safety
        /// Dropping the future changes nothing.
        pub async fn withdrawn(&self) {
            self.responder.withdrawn().await;
        }

        /// Waits until no answer is wanted any more, as [`withdrawn`](Self::withdrawn) does, but for `limit` at most; whether
        /// that is so. For closures and threads.
        ///
        /// # Panics
        /// Inside an async context, where [`withdrawn`](Self::withdrawn) is to be awaited.
        #[cfg(feature = "blocking")]
        #[track_caller]
        pub fn withdrawn_within(&self, limit: std::time::Duration) -> bool {
            self.responder.withdrawn_within(limit)
        }

        /// Whether no answer is wanted any more.
        pub fn is_withdrawn(&self) -> bool {
            self.responder.is_withdrawn()
        }

        /// The request's id on the wire. A request that is sent again has the same.
        pub fn request_id(&self) -> &codex_protocol::RequestId {
            self.responder.request_id()
        }

        /// The thread that it is about, if it names one.
        pub fn thread_id(&self) -> Option<&str> {
            self.responder.thread_id()
        }

        /// The turn that it is about, if it names one.
        pub fn turn_id(&self) -> Option<&str> {
            self.responder.turn_id()
        }

        /// The item that it is about, if it names one.
        #[inline]
        pub fn item_id(&self) -> Option<&str> {
            self.responder.item_id()
        }
    };
}

/// Ids alone: what is asked may be confidential.
macro_rules! debug {
    ($name:ident) => {
        impl std::fmt::Debug for $name {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("request_id", self.responder.request_id())
                    .field("thread_id", &self.responder.thread_id())
                    .field("turn_id", &self.responder.turn_id())
                    .field("item_id", &self.responder.item_id())
                    .finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use {ask, common, common_but_decline, debug};
