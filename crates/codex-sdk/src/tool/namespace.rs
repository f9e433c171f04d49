//! Tools under a common name.

use super::Tool;

/// Tools under a common name; given to [`thread_start`](crate::Codex::thread_start). Cheap to clone.
#[derive(Debug, Clone)]
pub struct ToolNamespace {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) tools: Vec<Tool>,
}

impl ToolNamespace {
    /// A namespace without tools. Its name is of letters, digits, `_` and `-`.
    pub fn new(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self { name: name.into(), description: description.into(), tools: Vec::new() }
    }

    /// Adds a tool.
    #[must_use]
    pub fn tool(mut self, tool: Tool) -> Self {
        self.tools.push(tool);
        self
    }

    /// Adds tools.
    #[must_use]
    pub fn tools(mut self, tools: impl IntoIterator<Item = Tool>) -> Self {
        self.tools.extend(tools);
        self
    }
}
