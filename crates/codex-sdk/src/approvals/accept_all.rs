//! Yes to everything.

use crate::ask::{
    CommandApproval, FileChangeApproval, LegacyCommandApproval, LegacyPatchApproval,
    McpToolApproval, PermissionsApproval,
};
use crate::request_handler::{RequestHandler, handled, handling};
use codex_protocol::PermissionGrantScope;

/// Accepts every approval that the server asks for: commands, changes of files, permissions for the turn, tools of MCP
/// servers.
///
/// For a server that is shut off from all that could be harmed. Questions, which want an answer rather than a yes, are
/// declined, and tools are not called. What an MCP server asks [in the guise of an approval](McpToolApproval) is told
/// yes.
pub fn accept_all() -> AcceptAll {
    AcceptAll(())
}

/// Accepts every approval; made by [`accept_all`].
#[derive(Debug)]
pub struct AcceptAll(());

impl RequestHandler for AcceptAll {
    handling! {
        fn command(&self, request: CommandApproval) {
            request.accept();
            handled()
        }

        fn file_change(&self, request: FileChangeApproval) {
            request.accept();
            handled()
        }

        fn permissions(&self, request: PermissionsApproval) {
            request.grant(PermissionGrantScope::Turn);
            handled()
        }

        fn mcp_tool(&self, request: McpToolApproval) {
            request.accept();
            handled()
        }

        fn legacy_command(&self, request: LegacyCommandApproval) {
            request.accept();
            handled()
        }

        fn legacy_patch(&self, request: LegacyPatchApproval) {
            request.accept();
            handled()
        }
    }
}
