//! Any request of the server.

use super::{
    AttestationRequest, CommandApproval, CurrentTimeRequest, Elicitation, FileChangeApproval,
    LegacyCommandApproval, LegacyPatchApproval, McpToolApproval, PermissionsApproval, Responder,
    TokenRefresh, ToolCall, UndecodedRequest, UnknownRequest, UserInputRequest,
};
use crate::asked::{AskState, Asked, Question};
use codex_protocol::{RequestId, RpcError};
use std::fmt;
use std::sync::Arc;

/// Declares the enum over all kinds, and what they have in common.
macro_rules! kinds {
    ($( $(#[$doc:meta])* $variant:ident($kind:ident), )+) => {
        /// A request of the server that waits for an answer; see [`ask`](crate::ask).
        ///
        /// Dropping it declines it, or leaves it to the other clients of a server that was connected to.
        #[must_use = "a request that is dropped is declined"]
        #[non_exhaustive]
        pub enum PendingRequest {
            $( $(#[$doc])* $variant($kind), )+
        }

        impl PendingRequest {
            fn responder(&self) -> &Responder {
                match self {
                    $( Self::$variant(request) => &request.responder, )+
                }
            }

            fn responder_mut(&mut self) -> &mut Responder {
                match self {
                    $( Self::$variant(request) => &mut request.responder, )+
                }
            }

            fn into_responder(self) -> Responder {
                match self {
                    $( Self::$variant(request) => request.responder, )+
                }
            }
        }

        impl fmt::Debug for PendingRequest {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $( Self::$variant(request) => fmt::Debug::fmt(request, f), )+
                }
            }
        }

        $(
            impl From<$kind> for PendingRequest {
                fn from(request: $kind) -> Self {
                    Self::$variant(request)
                }
            }
        )+
    };
}

kinds! {
    /// May a command run?
    Command(CommandApproval),
    /// May files be changed?
    FileChange(FileChangeApproval),
    /// May the turn have more permissions?
    Permissions(PermissionsApproval),
    /// May a tool of an MCP server be called?
    McpTool(McpToolApproval),
    /// Questions to the user.
    UserInput(UserInputRequest),
    /// What an MCP server asks the user.
    Elicitation(Elicitation),
    /// A call of a tool that this client offers.
    ToolCall(ToolCall),
    /// Fresh tokens of the account.
    TokenRefresh(TokenRefresh),
    /// An attestation of this client.
    Attestation(AttestationRequest),
    /// What time it is.
    CurrentTime(CurrentTimeRequest),
    /// May a command run? Asked by an old server.
    LegacyCommand(LegacyCommandApproval),
    /// May files be changed? Asked by an old server.
    LegacyPatch(LegacyPatchApproval),
    /// A method that this version of the SDK does not know.
    Unknown(UnknownRequest),
    /// Parameters that could not be read.
    Undecoded(UndecodedRequest),
}

impl PendingRequest {
    /// A request that waits in a queue: until it is [taken](Self::take), dropping it does nothing.
    pub(crate) fn waiting(asked: &Arc<Asked>) -> Self {
        let responder = Responder::waiting(Arc::clone(asked));
        match asked.question().clone() {
            Question::Command(params) => CommandApproval::new(params, responder).into(),
            Question::FileChange(params, item) => {
                FileChangeApproval::new(params, item, responder).into()
            }
            Question::Permissions(params) => PermissionsApproval::new(params, responder).into(),
            Question::UserInput(params) => UserInputRequest::new(params, responder).into(),
            Question::Elicitation(params) if McpToolApproval::is_one(&params) => {
                McpToolApproval::new(params, responder).into()
            }
            Question::Elicitation(params) => Elicitation::new(params, responder).into(),
            Question::ToolCall(params) => ToolCall::new(params, responder).into(),
            Question::TokenRefresh(params) => TokenRefresh::new(params, responder).into(),
            Question::Attestation(params) => AttestationRequest::new(params, responder).into(),
            Question::CurrentTime(params) => CurrentTimeRequest::new(params, responder).into(),
            Question::LegacyCommand(params) => LegacyCommandApproval::new(params, responder).into(),
            Question::LegacyPatch(params) => LegacyPatchApproval::new(params, responder).into(),
            Question::Unknown(asked) => UnknownRequest::new(asked, responder).into(),
            Question::Undecoded(asked) => UndecodedRequest::new(asked, responder).into(),
        }
    }

    /// Hands it out, if it still waits in `queue`; else nobody is to see it.
    pub(crate) fn take(mut self, queue: AskState) -> Option<Self> {
        self.responder_mut().take(queue).then_some(self)
    }

    pub(crate) fn asked(&self) -> &Arc<Asked> {
        self.responder().asked()
    }

    /// The method on the wire.
    pub fn method(&self) -> &str {
        self.asked().question().method()
    }

    /// Says no, in the words that the server has for it: an error where it has none.
    ///
    /// Gives whether the answer was still wanted.
    pub fn decline(self) -> bool {
        self.into_responder().decline()
    }

    /// Answers with an error; the server takes it as a refusal, and keeps the message from the model.
    ///
    /// Gives whether the answer was still wanted.
    #[inline]
    pub fn refuse(self, error: RpcError) -> bool {
        self.into_responder().refuse(&error)
    }

    /// Waits until no answer is wanted any more: another client answered, the turn ended, or the connection did. What is
    /// answered after that does nothing.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn withdrawn(&self) {
        self.responder().withdrawn().await;
    }

    /// Waits until no answer is wanted any more, as [`withdrawn`](Self::withdrawn) does, but for `limit` at most; whether
    /// that is so. For closures and threads.
    ///
    /// # Panics
    /// Inside an async context, where [`withdrawn`](Self::withdrawn) is to be awaited.
    #[cfg(feature = "blocking")]
    #[track_caller]
    pub fn withdrawn_within(&self, limit: std::time::Duration) -> bool {
        self.responder().withdrawn_within(limit)
    }

    /// Whether no answer is wanted any more.
    pub fn is_withdrawn(&self) -> bool {
        self.responder().is_withdrawn()
    }

    /// The request's id on the wire. A request that is sent again has the same.
    pub fn request_id(&self) -> &RequestId {
        self.responder().request_id()
    }

    /// The thread that it is about, if it names one.
    pub fn thread_id(&self) -> Option<&str> {
        self.responder().thread_id()
    }

    /// The turn that it is about, if it names one.
    pub fn turn_id(&self) -> Option<&str> {
        self.responder().turn_id()
    }

    /// The item that it is about, if it names one.
    #[inline]
    pub fn item_id(&self) -> Option<&str> {
        self.responder().item_id()
    }
}
