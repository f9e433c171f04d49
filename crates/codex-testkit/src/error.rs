//! What the instruments can fail with.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// A failure of a test instrument, never of the thing under test.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused something.
    #[error("cannot {action}")]
    Io {
        /// What was being done, with what.
        action: String,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// What the test waited for did not happen in time.
    #[error("waited {} s in vain: {what}", waited.as_secs_f32())]
    Timeout {
        /// What was waited for, and how far it got.
        what: String,
        /// How long.
        waited: Duration,
    },
    /// The program of the testkit's MCP server is not beside the running one.
    #[error(
        "there is no {}; build it with \
         `cargo build -p codex-testkit --features scripted-model --bin codex-testkit-mcp`",
        looked_for.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" and no ")
    )]
    McpServer {
        /// Where it was looked for.
        looked_for: Vec<PathBuf>,
    },
    /// What was asked and what the script has do not fit.
    #[error("the script does not fit what was asked: {0}")]
    Script(String),
}

#[cfg(feature = "scripted-model")]
impl Error {
    pub(crate) fn io(action: impl Into<String>, source: io::Error) -> Self {
        Self::Io { action: action.into(), source }
    }
}
