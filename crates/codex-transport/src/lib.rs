//! Frames in and out of a Codex app-server, with no knowledge of what they say.
//!
//! A *frame* is one JSON text.
//! A [`Transport`] is split into two halves that live in two tasks, so that a peer that does not read can never stop us from reading.
//! The receiving half lends frames out of one growing buffer; the sending half writes whole batches.
//!
#![cfg_attr(feature = "test-util", doc = "```")]
#![cfg_attr(not(feature = "test-util"), doc = "```text")]
//! use codex_transport::{Frame, FrameBatch, Transport, mock};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let (transport, mut peer) = mock::pair();
//! let (mut sender, mut receiver) = Box::new(transport).split();
//!
//! let mut batch = FrameBatch::new();
//! batch.push_str(r#"{"id":1,"method":"ping"}"#)?;
//! sender.send(&mut batch).await?;
//! assert_eq!(peer.recv().await.as_deref(), Some(r#"{"id":1,"method":"ping"}"#));
//!
//! peer.send(r#"{"id":1,"result":null}"#);
//! receiver.fill().await?;
//! assert!(matches!(receiver.next_frame(), Some(Frame::Text(r#"{"id":1,"result":null}"#))));
//! # Ok::<(), codex_transport::Error>(()) }).unwrap();
//! ```
//!
//! | transport | what it is |
//! | --- | --- |
//! | [`Stdio`] | a child process, one frame a line |
//! | `WebSocket` | a server elsewhere, one frame a message; feature `websocket` |
//! | `mock::pair`, `mock::scripted` | an in-memory pair, for tests; feature `test-util` |
//! | `Replay` | the server of a recording, for tests; feature `test-util` |
//! | [`Record`] | around any other: writes each frame down |
//! | [`Tap`] | around any other: shows each frame to a callback |
//! | your own | see [`Transport`] |
//!
//! [`FrameDecoder`] offers the same framing as a [`tokio_util::codec::Decoder`].
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod batch;
mod decoder;
mod error;
mod frame;
mod line_buffer;
#[cfg(feature = "test-util")]
mod members;
#[cfg(feature = "test-util")]
pub mod mock;
mod observed;
mod queue;
mod record;
#[cfg(feature = "test-util")]
mod recorded;
mod recording;
mod redaction;
#[cfg(feature = "test-util")]
mod replay;
mod scanner;
pub mod stdio;
mod tap;
mod transport;
#[cfg(feature = "websocket")]
pub mod websocket;

pub use batch::FrameBatch;
pub use decoder::FrameDecoder;
pub use error::{Error, Exited};
pub use frame::{Frame, Malformed};
pub use observed::Direction;
pub use queue::{FramePusher, QueueReceiver, frame_queue};
pub use record::{Record, RecordError, Recording, create_recording};
pub use redaction::Redaction;
#[cfg(feature = "test-util")]
pub use replay::{Playback, Replay, ReplayError};
pub use stdio::Stdio;
pub use tap::Tap;
pub use transport::{Closed, FrameReceiver, FrameSender, Transport};
#[cfg(feature = "websocket")]
pub use websocket::WebSocket;

/// What the benchmarks of this workspace measure alone. No part of the interface.
#[doc(hidden)]
pub mod parts {
    pub use crate::line_buffer::LineBuffer;
}

/// Longest frame accepted unless told otherwise: 256 MiB, since one reply may carry a whole file.
pub const DEFAULT_MAX_FRAME_BYTES: usize = 256 * 1024 * 1024;
