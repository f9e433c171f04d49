//! A call of a tool that this client offers.

use super::ask;
use crate::tool::ToolOutput;
use codex_protocol::DynamicToolCallParams;

ask! {
    /// The model calls a tool that this client offers (`item/tool/call`), one that was not given as a
    /// [`Tool`](crate::Tool) to the thread.
    pub struct ToolCall(DynamicToolCallParams);
}

impl ToolCall {
    /// The tool's namespace, if it is in one.
    pub fn namespace(&self) -> Option<&str> {
        self.params.namespace.as_deref()
    }

    /// The tool.
    pub fn tool(&self) -> &str {
        &self.params.tool
    }

    /// What it is called with.
    pub fn arguments(&self) -> &serde_json::Value {
        &self.params.arguments
    }

    /// Gives its result. Gives whether that was still wanted.
    pub fn respond(self, output: impl Into<ToolOutput>) -> bool {
        self.responder.respond(&output.into().into_response())
    }
}
