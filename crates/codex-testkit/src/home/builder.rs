//! How a `CodexHome` is set up.

use std::path::PathBuf;
use std::time::Duration;

use super::config::{self, Settings};
use super::{CodexHome, cannot, folder};
use crate::{Error, mcp};

/// Sets up a [`CodexHome`]; made by [`CodexHome::builder`].
#[derive(Clone, Debug)]
pub struct CodexHomeBuilder {
    settings: Settings,
    folder: Option<PathBuf>,
    mcp_server: Option<McpProgram>,
}

/// Which program serves MCP.
#[derive(Clone, Debug)]
enum McpProgram {
    /// The testkit's own, wherever it is.
    Own,
    At(PathBuf),
}

impl CodexHomeBuilder {
    pub(super) fn new(base_url: String) -> Self {
        Self { settings: Settings::new(base_url), folder: None, mcp_server: None }
    }

    /// How often codex asks again after an HTTP error and after a broken stream. Default: never.
    #[must_use]
    pub fn retries(mut self, http: u32, stream: u32) -> Self {
        self.settings.http_retries = http;
        self.settings.stream_retries = stream;
        self
    }

    /// How long codex listens to a silent model before it takes the stream for broken.
    /// Default: 60 s.
    #[must_use]
    pub fn stream_idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.stream_idle_timeout = timeout;
        self
    }

    /// Switches a feature of codex on or off, as in its `[features]` table.
    ///
    /// Off unless set here: `apps` and `plugins`, which reach for the network, and
    /// `unbounded_connection_retries`, with which a turn never ends once the model is gone.
    #[must_use]
    pub fn feature(mut self, name: impl Into<String>, on: bool) -> Self {
        self.settings.features.insert(name.into(), on);
        self
    }

    /// A further model in the catalog, beside `scripted`; the script answers for all of them.
    #[must_use]
    pub fn model(mut self, name: impl Into<String>) -> Self {
        self.settings.models.push(name.into());
        self
    }

    /// More of `config.toml`: lines for its top, then tables if any.
    ///
    /// What the home writes itself must not come again: `model`, `model_provider`,
    /// `model_catalog_json`, `model_reasoning_summary`, `check_for_update_on_startup`,
    /// `project_root_markers`, `web_search`, and the tables `analytics`, `features`, `feedback`,
    /// `mcp_servers.testkit` (if there is one), `model_providers.scripted`, `otel`, `skills.bundled`.
    ///
    /// ```no_run
    /// # fn home(model: &codex_testkit::ScriptedModel) -> Result<(), codex_testkit::Error> {
    /// # use codex_testkit::CodexHome;
    /// let home = CodexHome::builder(model)
    ///     .config("approval_policy = \"on-request\"\n[history]\npersistence = \"none\"")
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn config(mut self, toml: impl AsRef<str>) -> Self {
        self.settings.add(toml.as_ref());
        self
    }

    /// Gives codex the testkit's MCP server, under the name `testkit`; [`serve_mcp`](crate::serve_mcp)
    /// says which tools it has.
    ///
    /// It is a required one: a thread starts once its tools are there, and fails to start if they
    /// are not within 30 seconds.
    ///
    /// Codex starts it as a process of its own: the program `codex-testkit-mcp`, which is looked for
    /// beside the running one. In a workspace with the testkit in it, cargo builds it there;
    /// elsewhere, see [`mcp_server_at`](Self::mcp_server_at).
    #[must_use]
    pub fn mcp_server(mut self) -> Self {
        self.mcp_server = Some(McpProgram::Own);
        self
    }

    /// Gives codex a program that serves MCP, under the name `testkit`: one of your own, or one that
    /// calls [`serve_mcp`](crate::serve_mcp) and nothing else.
    #[must_use]
    pub fn mcp_server_at(mut self, program: impl Into<PathBuf>) -> Self {
        self.mcp_server = Some(McpProgram::At(program.into()));
        self
    }

    /// Where to make the home, instead of the target or cache directory. Created if missing.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Writes the home.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if its files cannot be written, [`Error::McpServer`] if that program is missing.
    pub fn build(mut self) -> Result<CodexHome, Error> {
        if let Some(program) = self.mcp_server.take() {
            self.settings.mcp_server(&match program {
                McpProgram::Own => mcp::find()?,
                McpProgram::At(path) => path,
            });
        }
        let folder = self.folder.unwrap_or_else(folder::default);
        std::fs::create_dir_all(&folder).map_err(|error| cannot("create", &folder, error))?;
        // Codex wants absolute paths in its configuration, and prints resolved ones.
        let folder = folder.canonicalize().map_err(|error| cannot("resolve", &folder, error))?;
        // Short, since unix sockets in the home have hardly more than 100 bytes for their path.
        let root = tempfile::Builder::new().prefix("codex-").tempdir_in(&folder);
        let root = root.map_err(|error| cannot("create a folder in", &folder, error))?;
        let catalog = root.path().join(super::CODEX).join(config::CATALOG);
        let config = self.settings.config(&catalog);
        CodexHome::write(root, &config, &self.settings.catalog())
    }
}
