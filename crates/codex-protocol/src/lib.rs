//! Typed models of the Codex app-server protocol.
//!
//! Every request, notification and type that `codex app-server` exports in its
//! schema, and the JSON-RPC envelope around them. No I/O, no threads, no clock;
//! it stands on `serde` and `serde_json` alone, and builds for the web.
//!
//! # Decoding a line of a log
//!
//! A frame is one JSON object. [`decode_incoming`] reads what a server said:
//!
//! ```
//! use codex_protocol::{Incoming, ServerNotification, ThreadItem, decode_incoming};
//!
//! let log = [
//!     r#"{"method":"item/agentMessage/delta","params":{"threadId":"t","turnId":"u","itemId":"i","delta":"Hi"},"emittedAtMs":1795407428935}"#,
//!     r#"{"method":"item/completed","params":{"item":{"type":"commandExecution","id":"j","command":"ls","cwd":"/","commandActions":[],"status":"completed","exitCode":0},"threadId":"t","turnId":"u","completedAtMs":1795407428990}}"#,
//!     r#"{"id":3,"result":{}}"#,
//! ];
//! let mut seen = Vec::new();
//! for line in log {
//!     match decode_incoming(line)? {
//!         Incoming::Notification { notification, .. } => match notification {
//!             ServerNotification::ItemAgentMessageDelta(delta) => seen.push(delta.delta),
//!             ServerNotification::ItemCompleted(completed) => {
//!                 if let ThreadItem::CommandExecution(command) = &*completed.item {
//!                     seen.push(format!("`{}` in turn {}", command.command, completed.turn_id));
//!                 }
//!             }
//!             other => seen.push(other.method().to_owned()),
//!         },
//!         Incoming::Response { id, .. } => seen.push(format!("answer to {id}")),
//!         _ => {}
//!     }
//! }
//! assert_eq!(seen, ["Hi", "`ls` in turn u", "answer to 3"]);
//! # Ok::<(), codex_protocol::EnvelopeError>(())
//! ```
//!
//! What a reply holds, only the request tells that it answers: keep its type,
//! and let [`ClientRequest::decode_response`] read it. [`decode_envelope`]
//! reads a frame of either side no further than its members.
//!
//! # Building a request
//!
//! Params are built with what they require, and setters for the rest; what is
//! not set is not sent. [`write_request`] puts the envelope around them:
//!
//! ```
//! use codex_protocol::{
//!     ClientRequest, RequestId, TextUserInput, TurnStartParams, write_request,
//! };
//!
//! let params = TurnStartParams::new([TextUserInput::new("Fix the test").into()], "thread-1")
//!     .model("gpt-5")
//!     .effort("high");
//! let mut line = Vec::new();
//! write_request(&mut line, &RequestId::Integer(7), &params);
//! assert_eq!(
//!     String::from_utf8_lossy(&line),
//!     concat!(
//!         r#"{"method":"turn/start","id":7,"params":{"input":[{"type":"text","text":"Fix the test","#,
//!         r#""text_elements":[]}],"threadId":"thread-1","effort":"high","model":"gpt-5"}}"#,
//!     )
//! );
//!
//! let reply = r#"{"turn":{"id":"turn-1","items":[],"status":"inProgress"}}"#;
//! let response = TurnStartParams::decode_response(reply)?;
//! assert_eq!(response.turn.id, "turn-1");
//! # Ok::<(), codex_protocol::DecodeError>(())
//! ```
//!
//! Where the protocol tells `null` from an absent member, a field is an
//! `Option<Option<_>>`, and its setter takes `None` for `null`.
//!
//! # What is not known
//!
//! What a newer server says is read leniently. A value, a kind or a method that
//! these models do not know is `Unrecognized` and written back as it came;
//! unknown members of an object they do know are passed over.
//! A known kind with a bad body is an error that names the method, the types
//! and the field, and hands over what could not be read:
//!
//! ```
//! use codex_protocol::{Incoming, ServerNotification, TurnStatus, decode_incoming};
//!
//! // A method of some later version.
//! let frame = r#"{"method":"turn/paused","params":{"why":"lunch"}}"#;
//! let Incoming::Notification { notification, .. } = decode_incoming(frame)? else { panic!() };
//! assert!(matches!(notification, ServerNotification::Unrecognized { .. }));
//! assert_eq!(serde_json::to_string(&notification)?, frame);
//!
//! // A value of some later version, and a member that nobody knows.
//! let frame = r#"{"method":"turn/completed","params":{"threadId":"t","mood":"good",
//!     "turn":{"id":"u","items":[],"status":"paused"}}}"#;
//! let Incoming::Notification { notification, .. } = decode_incoming(frame)? else { panic!() };
//! let ServerNotification::TurnCompleted(completed) = notification else { panic!() };
//! assert_eq!(completed.turn.status, TurnStatus::Unrecognized("paused".to_owned()));
//!
//! // A known method that does not say what it has to.
//! let frame = r#"{"method":"turn/completed","params":{"threadId":"t"}}"#;
//! let Incoming::UndecodedNotification { params, error, .. } = decode_incoming(frame)? else {
//!     panic!()
//! };
//! assert_eq!(params.get(), r#"{"threadId":"t"}"#);
//! assert_eq!(
//!     error.to_string(),
//!     "turn/completed: TurnCompletedNotification.turn: missing field at line 1 column 16"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `all-methods` | on by default: the requests that `codex-sdk` has no call for, and what answers them |
//! | `samples` | [`Sample`]: smallest and largest values of every type, for tests; includes `all-methods` and `server-side` |
//! | `schemars` | [`JsonSchema`](schemars::JsonSchema) for every type, see below |
//! | `server-side` | reading what clients send, and building what servers send: for mocks, proxies and replay |
//!
//! # JSON Schema
//!
//! With feature `schemars`, `schemars::schema_for!(Turn)` says what these
//! models read as a `Turn`: the properties, types and required members that
//! the server's own schema has, for all versions together, and what lenience
//! adds to that. An enum lists its values and allows any other string; a
//! union allows objects of a kind that it does not know; a union without a tag
//! lists its alternatives and allows anything; members that need not be there
//! may be null. Members that are not known are always allowed. A known kind
//! with a bad body is not valid. What these models write is valid, too.
//! Limits of numbers and descriptions are left out.
//!
//! `serde_json`'s feature `arbitrary_precision`, turned on anywhere in the
//! dependency tree, changes how numbers are read and is not supported.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[macro_use]
mod rt;
#[cfg(feature = "samples")]
#[macro_use]
mod sample;

mod error;
mod generated;
mod id;
mod jsonrpc;
mod request_id;
mod secret;
mod traits;

pub use error::{DecodeError, EnvelopeError};
pub use generated::*;
pub use id::Id;
pub use jsonrpc::{
    Envelope, Incoming, RpcError, TraceContext, decode_envelope, decode_incoming, write_error,
    write_notification, write_request, write_response, write_server_notification,
    write_server_request, write_traced_request,
};
pub use request_id::RequestId;
#[cfg(feature = "samples")]
pub use sample::Sample;
pub use secret::Secret;
pub use traits::{
    ClientNotification, ClientRequest, ServerNotificationParams, ServerRequestParams,
};
