//! Tools of this program's that the model may call: dynamic tools, in the words of the protocol.

mod call;
mod context;
mod error;
mod namespace;
mod output;
mod thread_tools;
#[allow(clippy::module_inception, reason = "the noun of this folder")]
mod tool;

pub use context::ToolContext;
pub use error::ToolError;
pub use namespace::ToolNamespace;
pub use output::ToolOutput;
pub use tool::Tool;

pub(crate) use call::call;
pub(crate) use thread_tools::{OfferedTools, ThreadTools};
