use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::header::{AUTHORIZATION, HeaderValue};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::address::{Address, Place};
use super::meter::Meter;
use super::socket::Shared;
use super::tls::Trust;
use super::{ConnectError, ConnectFailure, WebSocket};
use crate::{DEFAULT_MAX_FRAME_BYTES, Error};

const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_PING_INTERVAL: Duration = Duration::from_secs(30);
const DEFAULT_GRACE: Duration = Duration::from_secs(5);

/// How to connect a [`WebSocket`] transport; made by [`WebSocket::builder`], or from a URL.
///
/// Proxies that the environment names are not used.
#[derive(Clone)]
#[must_use = "nothing is connected before `connect()`"]
pub struct WebSocketBuilder {
    url: String,
    bearer_token: Option<String>,
    max_frame_bytes: usize,
    connect_timeout: Duration,
    ping_interval: Option<Duration>,
    grace: Duration,
    trust: Trust,
}

impl WebSocketBuilder {
    pub(super) fn new(url: String) -> Self {
        Self {
            url,
            bearer_token: None,
            max_frame_bytes: DEFAULT_MAX_FRAME_BYTES,
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            ping_interval: Some(DEFAULT_PING_INTERVAL),
            grace: DEFAULT_GRACE,
            trust: Trust::Roots(Vec::new()),
        }
    }

    /// Sends `Authorization: Bearer TOKEN` with the request to connect.
    ///
    /// Over `ws://` it travels readable. No error and no `Debug` of this crate shows it; the log of the `tungstenite` crate does at level trace.
    pub fn bearer_token(mut self, token: impl Into<String>) -> Self {
        self.bearer_token = Some(token.into());
        self
    }

    /// Sets the longest frame that is accepted, in bytes (default [`DEFAULT_MAX_FRAME_BYTES`]).
    pub fn max_frame_bytes(mut self, limit: usize) -> Self {
        self.max_frame_bytes = limit;
        self
    }

    /// Sets how long it may take to look up the host, connect, agree on TLS and open the WebSocket, all together (default 10 s).
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// Sets how often to look after a connection on which nothing comes in (default 30 s; `None`: never).
    ///
    /// After one such interval the server is pinged; when nothing comes during the next either, the connection ends with [`Error::Silent`].
    /// Any byte of the server is a sign of life, and so is its taking what a send has to offer.
    pub fn ping_interval(mut self, interval: impl Into<Option<Duration>>) -> Self {
        self.ping_interval = interval.into();
        self
    }

    /// Sets how long [`close`](crate::FrameSender::close) waits for the server to agree before it cuts the connection (default 5 s).
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Trusts a certificate, in DER, besides those of the system, for `wss://`.
    ///
    /// [`CertificateDer::from_pem_file`](super::rustls::pki_types::pem::PemObject::from_pem_file) reads one from a PEM file.
    /// Takes the place of a [`tls_config`](Self::tls_config).
    pub fn root_certificate(mut self, certificate: impl Into<CertificateDer<'static>>) -> Self {
        match &mut self.trust {
            Trust::Roots(roots) => roots.push(certificate.into()),
            Trust::Config(_) => self.trust = Trust::Roots(vec![certificate.into()]),
        }
        self
    }

    /// Chooses everything about TLS, for `wss://`: client certificates, other roots, another provider of cryptography.
    ///
    /// Takes the place of every [`root_certificate`](Self::root_certificate).
    pub fn tls_config(mut self, config: impl Into<Arc<ClientConfig>>) -> Self {
        self.trust = Trust::Config(config.into());
        self
    }

    /// Connects.
    ///
    /// # Errors
    ///
    /// [`Error::Connect`], which tells why.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O and time enabled.
    ///
    /// # Cancel safety
    ///
    /// Nothing stays open if the future is dropped.
    pub async fn connect(self) -> Result<WebSocket, Error> {
        self.in_time(async {
            let address = Address::parse(&self.url)?;
            match &address.place {
                Place::Tcp { host, port, tls } => {
                    let stream = TcpStream::connect((host.as_str(), *port));
                    let stream = stream.await.map_err(ConnectFailure::Unreachable)?;
                    // Frames are collected before they are written, so there is nothing to wait for.
                    stream.set_nodelay(true).map_err(ConnectFailure::Unreachable)?;
                    if !*tls {
                        return self.upgrade(Meter::new(stream), address).await;
                    }
                    let stream = self.trust.connect(host, stream);
                    let stream = stream.await.map_err(ConnectFailure::Tls)?;
                    self.upgrade(Meter::new(stream), address).await
                }
                #[cfg(unix)]
                Place::Unix(path) => {
                    let stream = UnixStream::connect(path);
                    let stream = stream.await.map_err(ConnectFailure::Unreachable)?;
                    self.upgrade(Meter::new(stream), address).await
                }
            }
        })
        .await
    }

    /// Opens the WebSocket over a stream that is there already: a tunnel, or the pipes of `codex app-server proxy`.
    ///
    /// The URL then only says what to ask for; TLS, where it is wanted, is up to the stream.
    ///
    /// # Errors
    ///
    /// [`Error::Connect`], which tells why.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with time enabled.
    ///
    /// # Cancel safety
    ///
    /// The stream is dropped with the future.
    pub async fn connect_over(
        self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    ) -> Result<WebSocket, Error> {
        self.in_time(async {
            let address = Address::parse(&self.url)?;
            self.upgrade(Meter::new(stream), address).await
        })
        .await
    }

    async fn in_time(
        &self,
        connecting: impl Future<Output = Result<WebSocket, ConnectFailure>>,
    ) -> Result<WebSocket, Error> {
        let after = self.connect_timeout;
        let connected = tokio::time::timeout(after, connecting).await;
        connected
            .unwrap_or(Err(ConnectFailure::TimedOut { after }))
            .map_err(|failure| Error::Connect(Arc::new(ConnectError::new(&self.url, failure))))
    }

    async fn upgrade(&self, stream: Meter, address: Address) -> Result<WebSocket, ConnectFailure> {
        let request = self.request(address)?;
        let config = WebSocketConfig::default()
            .max_message_size(Some(self.max_frame_bytes))
            .max_frame_size(Some(self.max_frame_bytes));
        let upgraded =
            tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await;
        let (stream, _) = upgraded
            .map_err(|error| ConnectFailure::handshake(error, self.bearer_token.is_some()))?;
        Ok(WebSocket {
            shared: Arc::new(Shared::new(stream, self.max_frame_bytes)),
            ping_interval: self.ping_interval,
            grace: self.grace,
        })
    }

    /// It has no `Origin`: the app-server takes any for a browser's, and refuses it.
    fn request(&self, address: Address) -> Result<Request, ConnectFailure> {
        let request = address.uri.into_client_request();
        let mut request = request.map_err(|_| ConnectFailure::Url("it cannot be asked for"))?;
        if let Some(token) = &self.bearer_token {
            let mut value = HeaderValue::try_from(format!("Bearer {token}"))
                .map_err(|_| ConnectFailure::TokenCharacters)?;
            value.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        Ok(request)
    }
}

impl From<String> for WebSocketBuilder {
    fn from(url: String) -> Self {
        Self::new(url)
    }
}

impl From<&str> for WebSocketBuilder {
    fn from(url: &str) -> Self {
        Self::new(url.to_owned())
    }
}

impl fmt::Debug for WebSocketBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketBuilder")
            .field("url", &super::address::shown(&self.url))
            .field("bearer_token", &self.bearer_token.as_ref().map(|_| "..."))
            .field("max_frame_bytes", &self.max_frame_bytes)
            .field("connect_timeout", &self.connect_timeout)
            .field("ping_interval", &self.ping_interval)
            .field("grace", &self.grace)
            .finish_non_exhaustive()
    }
}
