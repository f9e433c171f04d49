//! May a tool of an MCP server be called?

use super::Responder;
use codex_protocol::{
    FormMcpServerElicitationRequestParams, McpServerElicitationAction,
    McpServerElicitationRequestParams, McpServerElicitationRequestResponse,
};
use serde_json::{Value, json};
use std::sync::Arc;

/// The server asks whether a tool of an MCP server may be called.
///
/// On the wire it is an elicitation (`mcpServer/elicitation/request`) that says so in its metadata, and asks for no
/// content. The server passes an MCP server's own elicitations on with the metadata that they came with, so an MCP server
/// can ask in this guise, and what is told here may all be its own words. That lets it call nothing: the answer to such a
/// one is told to that MCP server and to nobody else.
///
/// Dropping it declines it, or leaves it to the other clients of a server that was connected to.
#[must_use = "a request that is dropped is declined"]
pub struct McpToolApproval {
    params: Arc<McpServerElicitationRequestParams>,
    pub(super) responder: Responder,
}

/// The member of `_meta` that says what an elicitation approves, and its value here.
const KIND: (&str, &str) = ("codex_approval_kind", "mcp_tool_call");

impl McpToolApproval {
    /// Whether an elicitation is the approval of a tool.
    pub(super) fn is_one(params: &McpServerElicitationRequestParams) -> bool {
        form(params).is_some_and(|form| {
            let kind = form.meta.as_ref().and_then(|meta| meta.get(KIND.0));
            kind.is_some_and(|kind| kind == KIND.1) && form.requested_schema.properties.is_empty()
        })
    }

    pub(super) fn new(
        params: Arc<McpServerElicitationRequestParams>,
        responder: Responder,
    ) -> Self {
        Self { params, responder }
    }

    /// What is asked, as it came.
    pub fn params(&self) -> &McpServerElicitationRequestParams {
        &self.params
    }

    /// The MCP server, by its name in codex's configuration.
    pub fn server_name(&self) -> &str {
        form(&self.params).map_or("", |form| &form.server_name)
    }

    /// What is asked, in the server's words, the tool's name among them.
    pub fn message(&self) -> &str {
        form(&self.params).map_or("", |form| &form.message)
    }

    /// The tool, where the server tells it apart from the message.
    pub fn tool_name(&self) -> Option<&str> {
        self.meta("tool_name")?.as_str()
    }

    /// What the tool does, in the MCP server's words.
    pub fn tool_description(&self) -> Option<&str> {
        self.meta("tool_description")?.as_str()
    }

    /// The arguments of the call, where the server tells them.
    pub fn arguments(&self) -> Option<&Value> {
        self.meta("tool_params")
    }

    /// Lets the tool be called. Gives whether the answer was still wanted.
    pub fn accept(self) -> bool {
        self.act(McpServerElicitationAction::Accept, None)
    }

    /// Lets the tool be called, and does not have its calls asked for again in this session, where the server offers
    /// that; else it is accepted this once. Gives whether the answer was still wanted.
    #[inline]
    pub fn accept_for_session(self) -> bool {
        self.accept_and_persist(SESSION)
    }

    /// Lets the tool be called, and has its calls not asked for again by any session, where the server offers that; else
    /// it is accepted this once. Gives whether the answer was still wanted.
    ///
    /// The server writes it to its configuration, as `approval_mode` of the tool.
    #[inline]
    pub fn accept_always(self) -> bool {
        self.accept_and_persist(ALWAYS)
    }

    /// Does not let the tool be called; the turn goes on, and the model is told that the user cancelled the call. Gives
    /// whether the answer was still wanted.
    pub fn cancel(self) -> bool {
        self.act(McpServerElicitationAction::Cancel, None)
    }

    #[inline]
    fn accept_and_persist(self, how_long: &str) -> bool {
        let offered = match self.meta("persist") {
            Some(Value::String(one)) => one == how_long,
            Some(Value::Array(several)) => several.iter().any(|one| one == how_long),
            _ => false,
        };
        let meta = offered.then(|| json!({ "persist": how_long }));
        self.act(McpServerElicitationAction::Accept, meta)
    }

    fn meta(&self, name: &str) -> Option<&Value> {
        form(&self.params)?.meta.as_ref()?.get(name)
    }

    fn act(self, action: McpServerElicitationAction, meta: Option<Value>) -> bool {
        let mut response = McpServerElicitationRequestResponse::new(action);
        response.meta = meta;
        self.responder.respond(&response)
    }

    super::common!();
}

super::debug!(McpToolApproval);

/// How long the server may remember a yes.
const SESSION: &str = "session";
const ALWAYS: &str = "always";

fn form(
    params: &McpServerElicitationRequestParams,
) -> Option<&FormMcpServerElicitationRequestParams> {
    match params {
        McpServerElicitationRequestParams::Form(form) => Some(form),
        _ => None,
    }
}
