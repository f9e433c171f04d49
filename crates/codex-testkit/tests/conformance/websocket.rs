//! WebSocket, against a peer in this process.

use codex_testkit::conformance::Peer;
use codex_transport::WebSocket;
use futures_util::{SinkExt, StreamExt};
use tokio::io::DuplexStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

pub(crate) async fn pair() -> (WebSocket, WebSocketPeer) {
    let (near, far) = tokio::io::duplex(64 * 1024);
    let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
    let (transport, peer) = tokio::join!(
        WebSocket::builder("ws://localhost/").connect_over(near),
        tokio_tungstenite::accept_async_with_config(far, Some(config))
    );
    (transport.unwrap(), WebSocketPeer(peer.unwrap()))
}

pub(crate) struct WebSocketPeer(WebSocketStream<DuplexStream>);

impl WebSocketPeer {
    async fn send_message(&mut self, message: Message) {
        // A client that is gone takes nothing, which is no affair of the peer.
        let _ = self.0.send(message).await;
    }
}

impl Peer for WebSocketPeer {
    async fn recv(&mut self) -> Option<String> {
        loop {
            match self.0.next().await?.ok()? {
                Message::Text(text) => return Some(text.as_str().to_owned()),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    async fn send(&mut self, frame: &str) {
        self.send_message(Message::text(frame)).await;
    }

    async fn send_malformed(&mut self) -> bool {
        // Text that is not UTF-8 is against the rules of WebSocket itself.
        self.send_message(Message::binary(&b"\"\xff\""[..])).await;
        true
    }

    async fn close(&mut self) {
        let _ = self.0.close(None).await;
        // To hear out the other's side of the handshake.
        while let Some(Ok(_)) = self.0.next().await {}
    }
}
