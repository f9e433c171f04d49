//! Yes to everything.

use crate::ask::PendingRequest;
use crate::request_handler::Handling;
use codex_protocol::PermissionGrantScope;

/// Accepts every approval that the server asks for: commands, changes of files, permissions for the turn, tools of MCP
/// servers.
///
/// For a server that is shut off from all that could be harmed. Questions, which want an answer rather than a yes, are
/// declined, and tools are not called. What an MCP server asks [in the guise of an approval](crate::ask::McpToolApproval) is told
/// yes.
pub fn accept_all() -> AcceptAll {
    AcceptAll(())
}

/// Accepts every approval; made by [`accept_all`].
#[derive(Debug)]
pub struct AcceptAll(());

impl AcceptAll {
    #[inline]
    pub(crate) fn answer(&self, request: PendingRequest) -> Handling<'_> {
        Box::pin(async move {
            let _still_wanted = match request {
                PendingRequest::Command(request) => request.accept(),
                PendingRequest::FileChange(request) => request.accept(),
                PendingRequest::Permissions(request) => request.grant(PermissionGrantScope::Turn),
                PendingRequest::McpTool(request) => request.accept(),
                PendingRequest::LegacyCommand(request) => request.accept(),
                PendingRequest::LegacyPatch(request) => request.accept(),
                _ => false,
            };
            Ok(())
        })
    }
}
