//! WebSocket, against a peer in this process.

mod connect;
mod flow;
mod life;

use codex_transport::websocket::WebSocketBuilder;
use codex_transport::{FrameReceiver, FrameSender, Transport, WebSocket};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::support::within;

pub(crate) type Halves = (Box<dyn FrameSender>, Box<dyn FrameReceiver>);

/// A connected pair over a pipe that holds this many bytes: our halves, and the peer.
async fn pair(
    builder: WebSocketBuilder,
    pipe_bytes: usize,
) -> (Halves, WebSocketStream<DuplexStream>) {
    let (near, far) = tokio::io::duplex(pipe_bytes);
    let (socket, peer) = tokio::join!(builder.connect_over(near), accept(far));
    (Box::new(socket.unwrap()).split(), peer)
}

fn builder() -> WebSocketBuilder {
    WebSocket::builder("ws://localhost/")
}

/// The server's end of an upgrade; it takes what the app-server takes, and no larger fragments.
async fn accept<S: AsyncRead + AsyncWrite + Unpin>(stream: S) -> WebSocketStream<S> {
    let config = WebSocketConfig::default().max_message_size(None).max_frame_size(Some(16 << 20));
    let accepted = tokio_tungstenite::accept_async_with_config(stream, Some(config));
    within(accepted).await.unwrap()
}
