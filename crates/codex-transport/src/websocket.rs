//! WebSocket: one frame is one text message, over TCP, TLS or a unix socket.
//!
//! ```no_run
//! use codex_transport::WebSocket;
//!
//! # async fn connect(token: String) -> Result<(), codex_transport::Error> {
//! let local = WebSocket::connect("ws://127.0.0.1:4500").await?;
//! let socket = WebSocket::connect("unix:///run/codex.sock").await?;
//! let remote = WebSocket::builder("wss://codex.example").bearer_token(token).connect().await?;
//! # Ok(())
//! # }
//! ```

mod address;
mod builder;
mod connect_error;
mod meter;
mod piece;
mod receiver;
mod sender;
mod socket;
mod tls;

use std::sync::Arc;
use std::time::Duration;

pub use tokio_rustls::rustls;

use crate::{Error, FrameReceiver, FrameSender, Transport};

pub use builder::WebSocketBuilder;
pub use connect_error::{ConnectError, ConnectFailure};
use receiver::WebSocketReceiver;
use sender::WebSocketSender;
use socket::Shared;

/// A transport over a WebSocket connection.
///
/// The server is not ours: [`close`](FrameSender::close) ends the connection, and the server goes on.
///
/// # Frames
///
/// What comes in is limited by `max_frame_bytes` alone.
/// A frame that goes out is never refused for its size; over 1 MiB it leaves in fragments of 1 MiB, since servers reset the connection on large ones.
/// The app-server takes 16 MiB per fragment and about 60 MB in all.
///
/// The memory that a large frame took is given back in the course of the next 128 KiB.
///
/// A binary message is taken as if it were text.
/// Text that is not UTF-8 ends the connection, as the protocol demands.
///
/// # Life of the connection
///
/// While the receiver is being [filled](FrameReceiver::fill), a connection on which nothing comes in is pinged, and given up if still nothing comes: see [`WebSocketBuilder::ping_interval`].
///
/// Dropping both halves, or the sender alone, announces the end to the server without waiting for it.
#[derive(Debug)]
pub struct WebSocket {
    shared: Arc<Shared>,
    ping_interval: Option<Duration>,
    grace: Duration,
}

impl WebSocket {
    /// Connects to `ws://HOST:PORT`, `wss://HOST:PORT` or `unix://PATH`.
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
    pub async fn connect(url: impl Into<String>) -> Result<Self, Error> {
        Self::builder(url).connect().await
    }

    /// Chooses settings first.
    pub fn builder(url: impl Into<String>) -> WebSocketBuilder {
        WebSocketBuilder::new(url.into())
    }
}

impl Transport for WebSocket {
    fn split(self: Box<Self>) -> (Box<dyn FrameSender>, Box<dyn FrameReceiver>) {
        let Self { shared, ping_interval, grace } = *self;
        let receiver = WebSocketReceiver::new(Arc::clone(&shared), ping_interval);
        (Box::new(WebSocketSender::new(shared, grace)), Box::new(receiver))
    }
}
