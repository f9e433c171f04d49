//! The client.

use crate::call::Call;
use crate::compatibility::Compatibility;
use crate::config::{CodexBuilder, CodexConfig, Limits};
use crate::connection::{Answering, Connection, Outgoing};
use crate::error::Result;
use crate::events::Events;
use crate::launch;
use crate::log;
use crate::metadata::Metadata;
use crate::opt_out;
use crate::request::Request;
use crate::request_stream::RequestStream;
use crate::router::Router;
use crate::stats::Stats;
use crate::thread_resume::ThreadResume;
use crate::thread_start::ThreadStart;
use crate::unanswered_requests::UnansweredRequests;
use crate::wire_watch::WireWatch;
use codex_protocol::{
    ClientInfo, ClientRequest, InitializeCapabilities, InitializeParams, InitializedNotification,
};
use codex_transport::Transport;
use std::fmt;
use std::sync::Arc;

/// A client of one `codex app-server`: one that it starts, and ends when the last clone is dropped, or one that it
/// connects to.
///
/// Cheap to clone. Threads and turns keep it alive.
#[derive(Clone)]
pub struct Codex {
    inner: Arc<Inner>,
}

/// Whose server it is.
struct Origin {
    /// What becomes of its requests where the config does not say.
    unanswered: UnansweredRequests,
    /// Whether it is a process that was started here.
    local: bool,
}

struct Inner {
    connection: Connection,
    metadata: Metadata,
}

impl Codex {
    /// Starts the server with default settings; returns once it has answered `initialize`.
    ///
    /// # Errors
    /// Those of [`CodexBuilder::start`].
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O and time enabled.
    pub async fn start() -> Result<Self> {
        Self::builder().start().await
    }

    /// Connects to a server that runs already, with default settings: `ws://HOST:PORT`, `wss://HOST:PORT` or
    /// `unix://PATH`.
    ///
    /// A bearer token and other settings of the connection go into a
    /// [`WebSocketBuilder`](codex_transport::websocket::WebSocketBuilder) in place of the URL:
    /// `Codex::connect(WebSocket::builder(url).bearer_token(token))`.
    ///
    /// The server may have other clients, and is not ended with this one. What it asks is left for others to answer,
    /// unless [`unanswered_requests`](CodexBuilder::unanswered_requests) says otherwise.
    ///
    /// # Errors
    /// [`Error::Connect`](crate::Error::Connect), which tells a wrong URL, a refused token, failed TLS and a server
    /// that is not there apart; [`Error::Metadata`](crate::Error::Metadata) if it is no app-server; and those of a
    /// request.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O and time enabled.
    ///
    /// # Cancel safety
    /// The connection is closed if the future is dropped.
    #[cfg(feature = "websocket")]
    pub async fn connect(
        server: impl Into<codex_transport::websocket::WebSocketBuilder>,
    ) -> Result<Self> {
        Self::builder().connect(server).await
    }

    /// Chooses settings first.
    pub fn builder() -> CodexBuilder {
        CodexBuilder::default()
    }

    /// Starts the server with these settings, or talks through a transport that the builder was given.
    pub(crate) fn start_with(
        config: CodexConfig,
        transport: Option<Box<dyn Transport>>,
        watch: WireWatch,
    ) -> Call<Self> {
        Call::new(async move {
            opt_out::check(&config.opt_out_notification_methods)?;
            let watch = watch.open()?;
            // A command line of the caller's may lead to another machine.
            let local = transport.is_none() && config.launch_args_override.is_none();
            let (transport, program) = match transport {
                Some(transport) => (transport, "the transport's other end".to_owned()),
                None => launch::launch(&config)?,
            };
            let origin = Origin { unanswered: UnansweredRequests::Decline, local };
            Self::open(config, watch(transport), &program, origin).await
        })
    }

    /// Connects to a server that runs already.
    #[cfg(feature = "websocket")]
    pub(crate) fn connect_with(
        config: CodexConfig,
        server: codex_transport::websocket::WebSocketBuilder,
        watch: WireWatch,
    ) -> Call<Self> {
        Call::new(async move {
            opt_out::check(&config.opt_out_notification_methods)?;
            let watch = watch.open()?;
            let server = server
                .max_frame_bytes(config.limits.max_frame_bytes)
                .grace(config.limits.shutdown_grace);
            let socket = server.connect().await;
            let socket = socket.map_err(|error| crate::error::Error::Connect(Box::new(error)))?;
            let name = "the server connected to";
            let origin = Origin { unanswered: UnansweredRequests::Leave, local: false };
            Self::open(config, watch(Box::new(socket)), name, origin).await
        })
    }

    /// Runs the connection and introduces this client.
    async fn open(
        config: CodexConfig,
        transport: Box<dyn Transport>,
        program: &str,
        origin: Origin,
    ) -> Result<Self> {
        let router = Router::new(config.consumer_scope, config.limits.max_buffered_bytes);
        let answering = Answering {
            handler: config.request_handler.clone(),
            unanswered: config.unanswered_requests.unwrap_or(origin.unanswered),
            local: origin.local,
        };
        let connection = Connection::open(transport, router, config.limits.clone(), answering);
        match initialize(&connection, &config, program).await {
            Ok(metadata) => Ok(Self { inner: Arc::new(Inner { connection, metadata }) }),
            Err(error) => {
                // What went wrong says more than how the shutdown went.
                let _ = connection.close().await;
                Err(error)
            }
        }
    }

    /// What the server said of itself.
    pub fn metadata(&self) -> &Metadata {
        &self.inner.metadata
    }

    /// How the server's version relates to those that this crate is tested with.
    pub fn compatibility(&self) -> Compatibility {
        Compatibility::of(&self.inner.metadata.server_version)
    }

    /// Starts a thread (`thread/start`).
    ///
    /// The server keeps nothing of it before its first turn.
    pub fn thread_start(&self) -> ThreadStart {
        ThreadStart::new(self.clone())
    }

    /// Takes up a thread again (`thread/resume`).
    pub fn thread_resume(&self, thread_id: impl Into<codex_protocol::Id>) -> ThreadResume {
        ThreadResume::new(self.clone(), thread_id.into())
    }

    /// Streams what the server asks this client, such as approvals, of all threads: sub-agents' threads and turns that
    /// nobody consumes among them.
    ///
    /// A turn's own [`stream_with_requests`](crate::Turn::stream_with_requests) comes first. While there is such a
    /// stream, a [`RequestHandler`](crate::RequestHandler) is not asked.
    pub fn requests(&self) -> RequestStream {
        RequestStream::new(self)
    }

    /// Makes any request of the protocol: `codex.request(ModelListParams::default()).await?`.
    ///
    /// The params of requests that this crate has no call of its own for come with feature `all-methods`: half of all
    /// types of the protocol, which other programs need not build.
    ///
    /// Requests that wait for a process, `command/exec` and `mcpServer/tool/call`, have no time limit unless they are
    /// given one, and take no place among those in flight.
    ///
    /// A turn that is started this way is no [`Turn`](crate::Turn): its events reach no stream. Likewise, a request that
    /// makes the server forget a thread, such as `thread/unsubscribe`, leaves its running turn without an end.
    pub fn request<P: ClientRequest + Send + Sync + 'static>(&self, params: P) -> Request<P> {
        Request::new(self.clone(), params)
    }

    /// What the server says, from now on, that belongs to no turn of this client's.
    ///
    /// A turn has its own events, in [`Turn::stream`](crate::Turn::stream). Those that a thread sends between its turns
    /// are here. Nothing is kept, and nothing spent, for subscribers that do not exist.
    pub fn events(&self) -> Events {
        Events::subscribe(self, |_| true)
    }

    /// How often something came that this client could make nothing of.
    pub fn stats(&self) -> Stats {
        self.inner.connection.stats()
    }

    /// Ends the server in order; returns when its process is gone. Safe to call again.
    ///
    /// Of a server that was connected to, only the connection is ended; what runs there goes on.
    ///
    /// Whoever waits for anything gets [`Error::Disconnected`](crate::Error::Disconnected). A turn that runs is cut off by the server.
    ///
    /// # Errors
    /// [`Error::Disconnected`](crate::Error::Disconnected) if the process could not be ended, if a recording is not whole,
    /// or if a replay was not followed.
    ///
    /// # Cancel safety
    /// The shutdown goes on if the future is dropped.
    pub async fn close(&self) -> Result<()> {
        self.inner.connection.close().await
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.inner.connection
    }

    pub(crate) fn limits(&self) -> &Limits {
        self.inner.connection.limits()
    }
}

impl fmt::Debug for Codex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Codex")
            .field("server_version", &self.inner.metadata.server_version)
            .finish_non_exhaustive()
    }
}

/// The handshake: `initialize`, its answer, `initialized`.
async fn initialize(
    connection: &Connection,
    config: &CodexConfig,
    program: &str,
) -> Result<Metadata> {
    let client =
        ClientInfo::new(&*config.client_name, &*config.client_version).title(&*config.client_title);
    let mut capabilities =
        InitializeCapabilities::default().experimental_api(config.experimental_api);
    if !config.opt_out_notification_methods.is_empty() {
        capabilities.opt_out_notification_methods =
            Some(config.opt_out_notification_methods.clone());
    }
    let params = InitializeParams::new(client).capabilities(capabilities);
    let response = connection.request(&params, Outgoing::default()).await?;
    let metadata = Metadata::new(response, program)?;
    log::compatibility(&metadata.server_version);
    connection.notify(&InitializedNotification::default())?;
    Ok(metadata)
}
