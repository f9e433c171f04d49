//! Typed models of the Codex app-server protocol.
//!
//! Every request, notification and type that `codex app-server` exports in its
//! schema, and the JSON-RPC envelope around them. No I/O, no threads, no clock.
//!
//! ```
//! use codex_protocol::{Incoming, ServerNotification, decode_incoming};
//!
//! let frame = r#"{"method":"item/agentMessage/delta","params":
//!     {"threadId":"t","turnId":"u","itemId":"i","delta":"Hello"}}"#;
//! let Incoming::Notification { notification, .. } = decode_incoming(frame)? else { panic!() };
//! let ServerNotification::ItemAgentMessageDelta(delta) = notification else { panic!() };
//! assert_eq!(delta.delta, "Hello");
//! # Ok::<(), codex_protocol::EnvelopeError>(())
//! ```
//!
//! What the server sends is read leniently: members that are not known are
//! passed over, and a value, kind or method that is not known is
//! `Unrecognized` and written back as it came. A known kind with a bad body is
//! an error that names the method, the types and the field.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `server-side` | reading what clients send, and building what servers send: for mocks, proxies and replay |
//!
//! `serde_json`'s feature `arbitrary_precision`, turned on anywhere in the
//! dependency tree, changes how numbers are read and is not supported.
#![forbid(unsafe_code)]

#[macro_use]
mod rt;

mod error;
mod generated;
mod id;
mod jsonrpc;
mod request_id;
mod traits;

pub use error::{DecodeError, EnvelopeError};
pub use generated::*;
pub use id::Id;
pub use jsonrpc::{
    Envelope, Incoming, RpcError, decode_envelope, decode_incoming, write_error,
    write_notification, write_request, write_response, write_server_notification,
    write_server_request,
};
pub use request_id::RequestId;
pub use traits::{
    ClientNotification, ClientRequest, ServerNotificationParams, ServerRequestParams,
};
