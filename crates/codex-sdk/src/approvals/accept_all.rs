//! Yes to everything.

use crate::ask::{
    CommandApproval, FileChangeApproval, LegacyCommandApproval, LegacyPatchApproval,
    McpToolApproval, PermissionsApproval,
};
use crate::request_handler::{Handled, RequestHandler};
use async_trait::async_trait;
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

#[async_trait]
impl RequestHandler for AcceptAll {
    async fn command(&self, request: CommandApproval) -> Handled {
        request.accept();
        Ok(())
    }

    async fn file_change(&self, request: FileChangeApproval) -> Handled {
        request.accept();
        Ok(())
    }

    async fn permissions(&self, request: PermissionsApproval) -> Handled {
        request.grant(PermissionGrantScope::Turn);
        Ok(())
    }

    async fn mcp_tool(&self, request: McpToolApproval) -> Handled {
        request.accept();
        Ok(())
    }

    async fn legacy_command(&self, request: LegacyCommandApproval) -> Handled {
        request.accept();
        Ok(())
    }

    async fn legacy_patch(&self, request: LegacyPatchApproval) -> Handled {
        request.accept();
        Ok(())
    }
}
