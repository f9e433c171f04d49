//! The client.

use crate::config::{CodexBuilder, CodexConfig};
use crate::connection::{Connection, Outgoing};
use crate::error::Result;
use crate::launch;
use crate::metadata::Metadata;
use crate::request::Request;
use crate::router::Router;
use crate::thread_start::{ThreadResume, ThreadStart};
use crate::wire_watch::WireWatch;
use codex_protocol::{
    ClientInfo, ClientRequest, InitializeCapabilities, InitializeParams, InitializedNotification,
};
use codex_transport::Transport;
use std::fmt;
use std::sync::Arc;

/// A client of one `codex app-server`, which it starts, and ends when the last clone is dropped.
///
/// Cheap to clone. Threads and turns keep it alive.
#[derive(Clone)]
pub struct Codex {
    inner: Arc<Inner>,
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

    /// Chooses settings first.
    pub fn builder() -> CodexBuilder {
        CodexBuilder::default()
    }

    /// Starts the server with these settings, or talks through a transport that the builder was given.
    pub(crate) async fn start_with(
        config: CodexConfig,
        transport: Option<Box<dyn Transport>>,
        watch: WireWatch,
    ) -> Result<Self> {
        let watch = watch.open()?;
        let (transport, program) = match transport {
            Some(transport) => (transport, "the transport's other end".to_owned()),
            None => launch::launch(&config)?,
        };
        let router = Router::new(config.consumer_scope, config.limits.max_buffered_bytes);
        let connection = Connection::open(watch(transport), router, config.limits.clone());
        match initialize(&connection, &config, &program).await {
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

    /// Makes any request of the protocol: `codex.request(ModelListParams::default()).await?`.
    ///
    /// A turn that is started this way is no [`Turn`](crate::Turn): its events reach no stream.
    pub fn request<P: ClientRequest + Send + Sync + 'static>(&self, params: P) -> Request<P> {
        Request::new(self.clone(), params)
    }

    /// Ends the server in order; returns when its process is gone. Safe to call again.
    ///
    /// Whoever waits for anything gets [`Error::Disconnected`](crate::Error::Disconnected). A turn that runs is cut off by the server.
    ///
    /// # Errors
    /// [`Error::Disconnected`](crate::Error::Disconnected) if the process could not be ended.
    ///
    /// # Cancel safety
    /// The shutdown goes on if the future is dropped.
    pub async fn close(&self) -> Result<()> {
        self.inner.connection.close().await
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.inner.connection
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
    let capabilities = InitializeCapabilities::default().experimental_api(config.experimental_api);
    let params = InitializeParams::new(client).capabilities(capabilities);
    let response = connection.request(&params, Outgoing::default()).await?;
    let metadata = Metadata::new(response, program)?;
    connection.notify(&InitializedNotification::default())?;
    Ok(metadata)
}
