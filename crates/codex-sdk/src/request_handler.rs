//! Code of the user's that answers the server's requests.

use crate::approvals::{AcceptAll, Rules};
use crate::ask::{
    AttestationRequest, CommandApproval, CurrentTimeRequest, Elicitation, FileChangeApproval,
    LegacyCommandApproval, LegacyPatchApproval, McpToolApproval, PendingRequest,
    PermissionsApproval, TokenRefresh, ToolCall, UndecodedRequest, UnknownRequest,
    UserInputRequest,
};
use crate::tool::ToolError;
use std::future::ready;
use std::pin::Pin;

/// What a method of a [`RequestHandler`] comes to.
///
/// Any error converts into a [`ToolError`] by `?`. That it failed is logged, its text at TRACE alone, for it may quote
/// what was asked; the request is given up, if it was not answered before.
pub type Handled = Result<(), ToolError>;

/// What a method of a [`RequestHandler`] returns.
pub(crate) type Handling<'a> = Pin<Box<dyn Future<Output = Handled> + Send + 'a>>;

/// Methods of a [`RequestHandler`] as `#[async_trait]` writes them, less the `async` block: for each trait and each
/// implementation, the compiler would show anew that everything which a request leads to can be sent to another thread.
macro_rules! handling {
    ($( $(#[$doc:meta])* fn $method:ident(&$this:ident, $request:ident: $kind:ty) $body:block )+) => {
        $(
            $(#[$doc])*
            #[inline]
            fn $method<'life0, 'async_trait>(
                &'life0 $this,
                $request: $kind,
            ) -> Handling<'async_trait>
            where
                'life0: 'async_trait,
                Self: 'async_trait,
            $body
        )+
    };
}

/// Declares the trait, its implementations that are here, and the way from a request to its method.
macro_rules! handler {
    ($( $(#[$doc:meta])* $method:ident($variant:ident: $kind:ident); )+) => {
        /// Answers requests of the server, each kind in a method of its own.
        ///
        /// A method that is not written drops its request, which declines it, or leaves it to the other clients of a
        /// server that was connected to. The same becomes of a request whose method fails or panics before it answered.
        ///
        /// Every call runs on a task of its own, several at once, and may take as long as a person does. When the
        /// request is withdrawn, its call is dropped.
        ///
        /// A handler has what no stream takes: [`Turn::stream_with_requests`](crate::Turn::stream_with_requests) comes
        /// first for its turn, then [`Codex::requests`](crate::Codex::requests).
        ///
        /// ```
        /// use codex_sdk::ask::CommandApproval;
        /// use codex_sdk::{Codex, Handled, RequestHandler, approvals};
        /// use tokio::sync::{mpsc, oneshot};
        ///
        /// /// A question for a person, and where the answer goes.
        /// type Asked = (String, oneshot::Sender<bool>);
        ///
        /// struct AskThePerson(mpsc::Sender<Asked>);
        ///
        /// #[async_trait::async_trait]
        /// impl RequestHandler for AskThePerson {
        ///     async fn command(&self, request: CommandApproval) -> Handled {
        ///         let question = request.command().unwrap_or("a command that is not shown").to_owned();
        ///         let (answer, answered) = oneshot::channel();
        ///         self.0.send((question, answer)).await?;
        ///         let _still_wanted = if answered.await? { request.accept() } else { request.decline() };
        ///         Ok(())
        ///     }
        /// }
        ///
        /// let (to_person, mut questions) = mpsc::channel(8); // read where the person is
        /// let rules = approvals::rules().allow_command(["cargo", "test"]);
        /// let builder = Codex::builder().request_handler(rules.otherwise(AskThePerson(to_person)));
        /// # let _: (_, &mut mpsc::Receiver<Asked>) = (builder, &mut questions);
        /// ```
        pub trait RequestHandler: Send + Sync + 'static {
            handling! {
                $(
                    $(#[$doc])*
                    fn $method(&self, request: $kind) {
                        drop(request);
                        Box::pin(ready(Ok(())))
                    }
                )+
            }
        }

        impl RequestHandler for AcceptAll {
            handling! { $( fn $method(&self, request: $kind) { self.answer(request.into()) } )+ }
        }

        impl RequestHandler for Rules {
            handling! { $( fn $method(&self, request: $kind) { self.answer(request.into()) } )+ }
        }

        #[cfg(feature = "blocking")]
        impl RequestHandler for crate::blocking::ClosureHandler {
            handling! { $( fn $method(&self, request: $kind) { self.answer(request.into()) } )+ }
        }

        /// Calls the method for the request.
        pub(crate) fn dispatch(
            handler: &dyn RequestHandler,
            request: PendingRequest,
        ) -> Handling<'_> {
            match request {
                $( PendingRequest::$variant(request) => handler.$method(request), )+
            }
        }
    };
}

handler! {
    /// May a command run? (`item/commandExecution/requestApproval`)
    command(Command: CommandApproval);
    /// May files be changed? (`item/fileChange/requestApproval`)
    file_change(FileChange: FileChangeApproval);
    /// May the turn have more permissions? (`item/permissions/requestApproval`)
    permissions(Permissions: PermissionsApproval);
    /// May a tool of an MCP server be called? (`mcpServer/elicitation/request`)
    mcp_tool(McpTool: McpToolApproval);
    /// Questions to the user. (`item/tool/requestUserInput`)
    user_input(UserInput: UserInputRequest);
    /// What an MCP server asks the user. (`mcpServer/elicitation/request`)
    elicitation(Elicitation: Elicitation);
    /// A call of a tool that was not given as a [`Tool`](crate::Tool). (`item/tool/call`)
    tool_call(ToolCall: ToolCall);
    /// Fresh tokens of the account. (`account/chatgptAuthTokens/refresh`)
    token_refresh(TokenRefresh: TokenRefresh);
    /// An attestation of this client. (`attestation/generate`)
    attestation(Attestation: AttestationRequest);
    /// What time it is. (`currentTime/read`)
    current_time(CurrentTime: CurrentTimeRequest);
    /// May a command run? Asked by an old server. (`execCommandApproval`)
    legacy_command(LegacyCommand: LegacyCommandApproval);
    /// May files be changed? Asked by an old server. (`applyPatchApproval`)
    legacy_patch(LegacyPatch: LegacyPatchApproval);
    /// A method that this version of the SDK does not know.
    unknown(Unknown: UnknownRequest);
    /// Parameters that could not be read.
    undecoded(Undecoded: UndecodedRequest);
}
