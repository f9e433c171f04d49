//! How a client is started.

use crate::codex::Codex;
use crate::error::Result;
use crate::request_handler::RequestHandler;
use crate::router::ConsumerScope;
use crate::unanswered_requests::UnansweredRequests;
use crate::wire_watch::WireWatch;
use codex_transport::{Direction, Frame, Transport};
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Everything that can be chosen about a client, as plain data.
///
/// The fields up to `experimental_api`, but for `env_inherit`, are those of the original SDK's `AppServerConfig`.
///
/// ```
/// let mut config = codex_sdk::CodexConfig::default();
/// config.client_name = "my_app".to_owned();
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct CodexConfig {
    /// The codex binary. `None`: `CODEX_BIN`, the managed install, then `PATH`; see [`codex_runtime::locate`].
    pub codex_bin: Option<PathBuf>,
    /// The whole command line, program first, instead of `codex ... app-server --listen stdio://`.
    ///
    /// `codex_bin` and `config_overrides` are then not used.
    pub launch_args_override: Option<Vec<OsString>>,
    /// Entries of codex's configuration, each `key=value`, passed as `--config`.
    pub config_overrides: Vec<String>,
    /// The server's working directory. `None`: ours.
    pub cwd: Option<PathBuf>,
    /// Environment variables of the server, laid over those that it inherits.
    pub env: Vec<(OsString, OsString)>,
    /// Which of our own environment variables the server inherits, by name. `None`: all; an empty list: none.
    ///
    /// The server hands on what it has to the commands and the MCP servers that it starts, unless its configuration
    /// says otherwise.
    pub env_inherit: Option<Vec<OsString>>,
    /// Who we are, to the server. Default `codex_rust_sdk`.
    pub client_name: String,
    /// Who we are, to people. Default `Codex Rust SDK`.
    pub client_title: String,
    /// Our version. Default: that of this crate.
    pub client_version: String,
    /// Whether experimental methods and fields may be sent. Default `true`.
    pub experimental_api: bool,
    /// Notifications that the server need not send, by method. Default: none.
    ///
    /// Without those of some methods this client could not work; [`start`](CodexBuilder::start) refuses them.
    pub opt_out_notification_methods: Vec<String>,
    /// How many `stream()` and `run()` may be live at once. Default: one per client.
    pub consumer_scope: ConsumerScope,
    /// What becomes of the server's requests that nothing here answers. `None`: they are declined, or left alone on a
    /// server that was connected to.
    pub unanswered_requests: Option<UnansweredRequests>,
    /// What answers the server's requests that no stream takes. `None`: nothing does.
    pub request_handler: Option<Arc<dyn RequestHandler>>,
    /// Bounds in time and size.
    pub limits: Limits,
}

/// Bounds in time and size. Those without a default, which say so, are off.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// How long a request waits for its answer. Default 60 s, kept to within a quarter of a second.
    pub request_timeout: Duration,
    /// How many requests may be unanswered at once; more wait their turn here. Default 64, at least 1.
    ///
    /// The server answers bursts above about 128 with an error, and larger ones in part not at all. Requests that wait
    /// for a process, which are listed at [`Codex::request`], have as many places of their own.
    pub max_in_flight: usize,
    /// The largest message that the server may send. Default 256 MiB.
    pub max_frame_bytes: usize,
    /// How many bytes of events may wait for the consumer of one turn. Default 32 MiB.
    ///
    /// Beyond that its stream ends with [`Error::Overflow`](crate::Error::Overflow); the turn's result stays whole.
    pub max_buffered_bytes: usize,
    /// How long a turn may say nothing before it is interrupted and its consumer gets
    /// [`Error::TurnTimeout`](crate::Error::TurnTimeout). No default; kept to within a quarter of a second.
    ///
    /// Events of other turns do not count, and the time in which the server waits for an answer to something that it
    /// asked, such as an approval, is left out.
    pub turn_idle_timeout: Option<Duration>,
    /// How long a turn may run before the same happens. No default; kept to within a quarter of a second.
    pub turn_deadline: Option<Duration>,
    /// How long each step of the server's shutdown may take before the next, harsher one. Default 5 s.
    pub shutdown_grace: Duration,
}

impl Default for CodexConfig {
    fn default() -> Self {
        Self {
            codex_bin: None,
            launch_args_override: None,
            config_overrides: Vec::new(),
            cwd: None,
            env: Vec::new(),
            env_inherit: None,
            client_name: "codex_rust_sdk".to_owned(),
            client_title: "Codex Rust SDK".to_owned(),
            client_version: env!("CARGO_PKG_VERSION").to_owned(),
            experimental_api: true,
            opt_out_notification_methods: Vec::new(),
            consumer_scope: ConsumerScope::default(),
            unanswered_requests: None,
            request_handler: None,
            limits: Limits::default(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(60),
            max_in_flight: 64,
            max_frame_bytes: 256 << 20,
            max_buffered_bytes: 32 << 20,
            turn_idle_timeout: None,
            turn_deadline: None,
            shutdown_grace: Duration::from_secs(5),
        }
    }
}

/// Of the environment and the configuration it shows names alone, for the values may be secrets.
impl fmt::Debug for CodexConfig {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let overrides = self.config_overrides.iter();
        let keys: Vec<_> =
            overrides.map(|entry| entry.split_once('=').map_or("..", |(key, _)| key)).collect();
        let variables: Vec<_> = self.env.iter().map(|(name, _)| name).collect();
        let program = self.launch_args_override.as_ref().map(|args| args.first());
        f.debug_struct("CodexConfig")
            .field("codex_bin", &self.codex_bin)
            .field("launch_args_override", &program)
            .field("config_overrides", &keys)
            .field("cwd", &self.cwd)
            .field("env", &variables)
            .field("env_inherit", &self.env_inherit)
            .field("client_name", &self.client_name)
            .field("client_title", &self.client_title)
            .field("client_version", &self.client_version)
            .field("experimental_api", &self.experimental_api)
            .field("opt_out_notification_methods", &self.opt_out_notification_methods)
            .field("consumer_scope", &self.consumer_scope)
            .field("unanswered_requests", &self.unanswered_requests)
            .field("request_handler", &self.request_handler.is_some())
            .field("limits", &self.limits)
            .finish()
    }
}

/// Builds a client; made by [`Codex::builder`].
#[derive(Debug, Default)]
#[must_use = "nothing is started before `start()`"]
pub struct CodexBuilder {
    config: CodexConfig,
    transport: Option<Box<dyn Transport>>,
    watch: WireWatch,
}

impl CodexBuilder {
    /// Starts the server and returns once it has answered `initialize`.
    ///
    /// # Errors
    /// [`Error::Setting`](crate::Error::Setting) if a notification is turned off that this client needs,
    /// [`Error::NoRuntime`](crate::Error::NoRuntime) if there is no codex binary,
    /// [`Error::Record`](crate::Error::Record) if the file to record into cannot be made,
    /// [`Error::Start`](crate::Error::Start) if the binary cannot be run,
    /// [`Error::Metadata`](crate::Error::Metadata) if it is no app-server, and those of a request. The process is gone by
    /// then.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O and time enabled.
    ///
    /// # Cancel safety
    /// A server that was started is ended if the future is dropped.
    pub async fn start(self) -> Result<Codex> {
        Codex::start_with(self.config, self.transport, self.watch).await
    }

    /// Connects to a server that runs already, and returns once it has answered `initialize`; see [`Codex::connect`].
    ///
    /// What was chosen about the server's process is not used, nor is a [`transport`](Self::transport).
    /// [`max_frame_bytes`](Self::max_frame_bytes) and [`shutdown_grace`](Self::shutdown_grace) replace those of a
    /// `WebSocketBuilder`.
    ///
    /// # Errors
    /// Those of [`Codex::connect`], [`Error::Setting`](crate::Error::Setting) if a notification is turned off that this
    /// client needs, and [`Error::Record`](crate::Error::Record) if the file to record into cannot be made.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O and time enabled.
    ///
    /// # Cancel safety
    /// The connection is closed if the future is dropped.
    #[cfg(feature = "websocket")]
    pub async fn connect(
        self,
        server: impl Into<codex_transport::websocket::WebSocketBuilder>,
    ) -> Result<Codex> {
        Codex::connect_with(self.config, server.into(), self.watch).await
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn grace(&self) -> Duration {
        self.config.limits.shutdown_grace
    }

    /// Replaces all settings by these. A transport, a recording and a tap that were given stay.
    pub fn config(mut self, config: CodexConfig) -> Self {
        self.config = config;
        self
    }

    /// Talks through `transport` instead of starting a process.
    ///
    /// Its other end counts as this client's own: what it asks is declined unless
    /// [`unanswered_requests`](Self::unanswered_requests) says otherwise.
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Box::new(transport));
        self
    }

    /// Records every message into a file, secrets taken out, to be looked at or
    /// [replayed](codex_transport::Replay); see [`Record`](codex_transport::Record).
    ///
    /// The file is emptied if it is there. It is whole once [`Codex::close`] returns, which fails if it is not.
    ///
    /// A program that tests itself, with feature `test-util`, needs neither process nor account then:
    /// `Codex::builder().transport(Replay::open(path)?).start()`.
    pub fn record(mut self, path: impl Into<PathBuf>) -> Self {
        self.watch.record(path.into());
        self
    }

    /// Shows every message to a callback, for logs and debuggers, as it is on the wire; see
    /// [`Tap`](codex_transport::Tap).
    ///
    /// The connection waits for the callback, so it must be quick; if it panics, the connection is over.
    pub fn tap(mut self, callback: impl Fn(Direction, &Frame<'_>) + Send + Sync + 'static) -> Self {
        self.watch.tap(callback);
        self
    }

    /// Uses this codex binary; an npm launcher is resolved to the native binary behind it.
    pub fn codex_bin(mut self, path: impl Into<PathBuf>) -> Self {
        self.config.codex_bin = Some(path.into());
        self
    }

    /// Runs this command line, program first, instead of the usual one.
    pub fn launch_args_override(
        mut self,
        args: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        self.config.launch_args_override = Some(args.into_iter().map(Into::into).collect());
        self
    }

    /// Overrides entries of codex's configuration, each such as `model_provider="mock"`; the values are TOML.
    pub fn config_overrides(
        mut self,
        entries: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.config.config_overrides.extend(entries.into_iter().map(Into::into));
        self
    }

    /// Sets the server's working directory.
    pub fn cwd(mut self, cwd: impl Into<PathBuf>) -> Self {
        self.config.cwd = Some(cwd.into());
        self
    }

    /// Sets one environment variable of the server.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.config.env.push((name.into(), value.into()));
        self
    }

    /// Lets the server inherit no environment variable of ours, but for those that
    /// [`env_inherit`](Self::env_inherit) names. Default: it inherits all, secrets of this program included.
    ///
    /// What [`env`](Self::env) sets stays, in whatever order these are called. Codex finds its home by `CODEX_HOME` or
    /// `HOME` (`USERPROFILE` on Windows, where `SystemRoot` is needed as well), and commands by `PATH`.
    ///
    /// ```no_run
    /// # async fn start() -> codex_sdk::Result<()> {
    /// let codex = codex_sdk::Codex::builder()
    ///     .env_inherit(["HOME", "LANG", "PATH"])
    ///     .env("RUST_LOG", "error")
    ///     .start()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn env_clear(mut self) -> Self {
        self.config.env_inherit.get_or_insert_default();
        self
    }

    /// Lets the server inherit these environment variables of ours, as far as they are set, and no others.
    ///
    /// Called again, it adds to the list. See [`env_clear`](Self::env_clear).
    pub fn env_inherit(mut self, names: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        let names = names.into_iter().map(Into::into);
        self.config.env_inherit.get_or_insert_default().extend(names);
        self
    }

    /// Says who we are: a name for the server, such as `my_app`.
    pub fn client_name(mut self, name: impl Into<String>) -> Self {
        self.config.client_name = name.into();
        self
    }

    /// Says who we are: a title for people.
    pub fn client_title(mut self, title: impl Into<String>) -> Self {
        self.config.client_title = title.into();
        self
    }

    /// Says which version of us this is.
    pub fn client_version(mut self, version: impl Into<String>) -> Self {
        self.config.client_version = version.into();
        self
    }

    /// Allows or forbids experimental methods and fields. Default `true`.
    pub fn experimental_api(mut self, allowed: bool) -> Self {
        self.config.experimental_api = allowed;
        self
    }

    /// Spares the server notifications of these methods, such as `item/agentMessage/delta` where nobody reads along.
    ///
    /// Those that this client needs, such as `turn/completed`, are refused by [`start`](Self::start). Without
    /// `item/agentMessage/delta`, an interrupted turn's text lacks its last, unfinished message; without
    /// `thread/tokenUsage/updated`, results have no usage.
    pub fn opt_out_notification_methods(
        mut self,
        methods: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.config.opt_out_notification_methods.extend(methods.into_iter().map(Into::into));
        self
    }

    /// Chooses how many `stream()` and `run()` may be live at once.
    pub fn consumer_scope(mut self, scope: ConsumerScope) -> Self {
        self.config.consumer_scope = scope;
        self
    }

    /// Chooses what becomes of the server's requests that nothing in this program answers.
    ///
    /// Default: [`Decline`](UnansweredRequests::Decline), or [`Leave`](UnansweredRequests::Leave) on a server that was
    /// connected to.
    pub fn unanswered_requests(mut self, choice: UnansweredRequests) -> Self {
        self.config.unanswered_requests = Some(choice);
        self
    }

    /// Has the server's requests that no stream takes answered by this, each on a task of its own: approvals, questions,
    /// calls of tools. See [`approvals`](crate::approvals) for some that are ready.
    pub fn request_handler(mut self, handler: impl RequestHandler) -> Self {
        self.config.request_handler = Some(Arc::new(handler));
        self
    }

    /// Sets how long a request waits for its answer. Default 60 s.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.config.limits.request_timeout = timeout;
        self
    }

    /// Sets how many requests may be unanswered at once. Default 64, at least 1.
    pub fn max_in_flight(mut self, requests: usize) -> Self {
        self.config.limits.max_in_flight = requests;
        self
    }

    /// Sets the largest message that the server may send. Default 256 MiB.
    pub fn max_frame_bytes(mut self, bytes: usize) -> Self {
        self.config.limits.max_frame_bytes = bytes;
        self
    }

    /// Sets how many bytes of events may wait for the consumer of one turn. Default 32 MiB.
    pub fn max_buffered_bytes(mut self, bytes: usize) -> Self {
        self.config.limits.max_buffered_bytes = bytes;
        self
    }

    /// Sets how long a turn may say nothing before it is interrupted; see [`Limits::turn_idle_timeout`]. Default: for ever.
    pub fn turn_idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
        self.config.limits.turn_idle_timeout = timeout.into();
        self
    }

    /// Sets how long a turn may run before it is interrupted; see [`Limits::turn_deadline`]. Default: for ever.
    pub fn turn_deadline(mut self, deadline: impl Into<Option<Duration>>) -> Self {
        self.config.limits.turn_deadline = deadline.into();
        self
    }

    /// Sets how long each step of the server's shutdown may take. Default 5 s.
    pub fn shutdown_grace(mut self, grace: Duration) -> Self {
        self.config.limits.shutdown_grace = grace;
        self
    }
}

#[cfg(test)]
mod tests {
    use crate::Codex;

    #[test]
    fn what_is_printed_of_a_client_to_be_holds_no_values_of_its_environment() {
        let builder = Codex::builder()
            .env("API_KEY", "hidden-1")
            .config_overrides(["model_providers.x.key=\"hidden-2\"", "hidden-3"])
            .launch_args_override(["ssh", "--password=hidden-4"]);
        let shown = format!("{builder:?}");
        assert!(!shown.contains("hidden"), "{shown}");
        for name in ["API_KEY", "model_providers.x.key", "ssh"] {
            assert!(shown.contains(name), "{name} is not in {shown}");
        }
    }
}
