//! Coming to a connection, and why not.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use codex_transport::websocket::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use codex_transport::websocket::rustls::{ClientConfig, RootCertStore, ServerConfig, crypto};
use codex_transport::websocket::{ConnectFailure, WebSocketBuilder};
use codex_transport::{Error, Transport, WebSocket};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderMap;

use super::accept;
use crate::support::{batch, next, within};

/// Longer than it takes where somebody answers, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

/// Says again what it hears, until the end.
async fn echo(stream: impl AsyncRead + AsyncWrite + Unpin) {
    let mut peer = accept(stream).await;
    while let Some(Ok(message)) = peer.next().await {
        if message.is_text() && peer.send(message).await.is_err() {
            return;
        }
    }
}

/// A port on which the first connection is given to this.
async fn serve<F: Future<Output = ()> + Send>(
    serve: impl FnOnce(tokio::net::TcpStream) -> F + Send + 'static,
) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { serve(listener.accept().await.unwrap().0).await });
    port
}

async fn works(builder: WebSocketBuilder) {
    let connected = within(builder.connect_timeout(PATIENCE).connect()).await.unwrap();
    let (mut sender, mut receiver) = Box::new(connected).split();
    sender.send(&mut batch(&["{}"])).await.unwrap();
    assert_eq!(next(&mut *receiver).await.unwrap(), "{}");
    let (closed, end) = within(async { tokio::join!(sender.close(), receiver.fill()) }).await;
    closed.unwrap();
    assert!(matches!(end, Err(Error::Closed)), "{end:?}");
}

/// The failure, and the whole text without the URL.
async fn fails(
    builder: WebSocketBuilder,
) -> (Arc<codex_transport::websocket::ConnectError>, String) {
    let error = within(builder.connect_timeout(PATIENCE).connect()).await.unwrap_err();
    let Error::Connect(failed) = &error else { panic!("{error:?}") };
    let start = format!("could not connect to {}: ", failed.url());
    let text = error.to_string();
    assert!(!format!("{error:?}{text}").contains("sesame"), "{error:?}");
    let why = text.strip_prefix(&start).unwrap_or_else(|| panic!("{text}")).to_owned();
    (Arc::clone(failed), why)
}

#[tokio::test]
async fn over_tcp() {
    let port = serve(echo).await;
    works(WebSocket::builder(format!("ws://localhost:{port}"))).await;
}

#[cfg(unix)]
#[tokio::test]
async fn over_a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    tokio::spawn(async move { echo(listener.accept().await.unwrap().0).await });
    works(WebSocket::builder(format!("unix://{}", path.display()))).await;

    let missing = format!("unix://{}/missing", folder.path().display());
    let (_, why) = fails(WebSocket::builder(missing)).await;
    assert!(why.starts_with("the server cannot be reached: "), "{why}");
}

#[tokio::test]
async fn the_request_has_the_token_and_no_origin() {
    let (near, far) = tokio::io::duplex(1 << 16);
    let mut headers = HeaderMap::new();
    // The callback's error is a whole response, which is not ours to change.
    #[allow(clippy::result_large_err)]
    let look = |request: &Request, response: Response| {
        headers = request.headers().clone();
        Ok(response)
    };
    let builder = WebSocket::builder("ws://codex.example:81/x?y=z").bearer_token("open sesame");
    let shown = format!("{builder:?}");
    assert!(shown.contains("ws://codex.example:81/x") && !shown.contains("sesame"), "{shown}");
    let (socket, accepted) =
        tokio::join!(builder.connect_over(near), tokio_tungstenite::accept_hdr_async(far, look));
    accepted.unwrap();
    let shown = format!("{:?}", socket.unwrap());
    assert!(!shown.contains("sesame"), "{shown}");
    assert_eq!(headers["authorization"], "Bearer open sesame");
    assert_eq!(headers["host"], "codex.example:81");
    assert!(!headers.contains_key("origin"));
}

#[tokio::test]
async fn a_token_that_no_header_can_carry_is_refused_before_it_is_sent() {
    let port = serve(echo).await;
    let url = format!("ws://127.0.0.1:{port}");
    let (failed, why) = fails(WebSocket::builder(url).bearer_token("open\r\nsesame")).await;
    assert!(matches!(failed.failure(), ConnectFailure::TokenCharacters));
    assert_eq!(why, "the bearer token holds characters other than visible ASCII");
}

#[tokio::test]
async fn answers_other_than_a_websocket_are_told_apart() {
    for (answer, expected) in [
        ("HTTP/1.1 401 Unauthorized\r\n\r\n", "the server refused the bearer token (HTTP 401)"),
        (
            "HTTP/1.1 403 Forbidden\r\n\r\n",
            "the server answered HTTP 403 instead of opening a WebSocket",
        ),
        ("HTTP/1.1 200 OK\r\n\r\n", "the server answered HTTP 200 instead of opening a WebSocket"),
        ("SSH-2.0-x\r\n\r\n", "the server does not speak WebSocket: "),
        ("", "the server does not speak WebSocket: "),
    ] {
        let port = serve(async move |mut stream: tokio::net::TcpStream| {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
        })
        .await;
        let url = format!("ws://127.0.0.1:{port}");
        let (_, why) = fails(WebSocket::builder(url).bearer_token("sesame")).await;
        assert!(why.starts_with(expected), "{answer:?}: {why}");
    }
}

#[tokio::test]
async fn without_a_token_401_says_that_one_is_wanted() {
    let port = serve(async |mut stream: tokio::net::TcpStream| {
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await.unwrap();
        stream.write_all(b"HTTP/1.1 401 Unauthorized\r\n\r\n").await.unwrap();
    })
    .await;
    let (failed, why) = fails(WebSocket::builder(format!("ws://127.0.0.1:{port}"))).await;
    assert!(matches!(failed.failure(), ConnectFailure::Unauthorized { token_given: false }));
    assert_eq!(why, "the server asks for a bearer token (HTTP 401), and none was given");
}

#[tokio::test]
async fn a_port_where_nobody_listens_and_a_wrong_url_are_told() {
    // Bound, so that nobody else gets the port, and not listening.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("ws://{}", socket.local_addr().unwrap());
    let (failed, why) = fails(WebSocket::builder(url)).await;
    assert!(matches!(failed.failure(), ConnectFailure::Unreachable(_)), "{why}");
    assert!(why.starts_with("the server cannot be reached: "), "{why}");

    let (failed, why) = fails(WebSocket::builder("http://me:sesame@localhost/?sesame")).await;
    assert_eq!(failed.url(), "http://localhost/");
    assert_eq!(why, "the URL is wrong: it begins with none of ws://, wss://, unix://");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_given_up() {
    let (near, _far) = tokio::io::duplex(1 << 16);
    let builder = WebSocket::builder("ws://localhost").connect_timeout(Duration::from_secs(7));
    let error = builder.connect_over(near).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not connect to ws://localhost: there was no connection within 7 s"
    );
}

/// A TLS server with a certificate of its own making, for `localhost`.
struct Secure {
    certificate: CertificateDer<'static>,
    acceptor: TlsAcceptor,
}

impl Secure {
    fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        Self { certificate, acceptor: Arc::new(config).into() }
    }

    async fn serve(&self) -> String {
        let acceptor = self.acceptor.clone();
        let port = serve(async move |stream| {
            if let Ok(stream) = acceptor.accept(stream).await {
                echo(stream).await;
            }
        })
        .await;
        format!("wss://localhost:{port}")
    }
}

#[tokio::test]
async fn over_tls_with_a_certificate_that_is_trusted_by_name() {
    let secure = Secure::new();
    let url = secure.serve().await;
    works(WebSocket::builder(url).root_certificate(secure.certificate)).await;
}

#[tokio::test]
async fn over_tls_with_settings_of_ones_own() {
    let secure = Secure::new();
    let url = secure.serve().await;
    let mut roots = RootCertStore::empty();
    roots.add(secure.certificate).unwrap();
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    works(WebSocket::builder(url).tls_config(config)).await;
}

#[tokio::test]
async fn tls_fails_where_nobody_vouches_for_the_server_or_its_name_or_it_speaks_none() {
    let secure = Secure::new();
    let url = secure.serve().await;
    let other_name = secure.serve().await.replace("localhost", "127.0.0.1");
    let plain = format!("wss://localhost:{}", serve(echo).await);
    for builder in [
        WebSocket::builder(url),
        WebSocket::builder(other_name).root_certificate(secure.certificate),
        WebSocket::builder(plain),
    ] {
        let (failed, why) = fails(builder.bearer_token("sesame")).await;
        assert!(matches!(failed.failure(), ConnectFailure::Tls(_)), "{why}");
        assert!(why.starts_with("TLS failed: "), "{why}");
    }
}
