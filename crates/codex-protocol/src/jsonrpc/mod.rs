//! The envelope: requests, notifications, responses and errors, one JSON object each.
//!
//! There is no `"jsonrpc"` member; the members that are present tell the kind.

mod envelope;
mod incoming;
mod rpc_error;
mod trace_context;
mod write;

pub use envelope::{Envelope, decode_envelope};
pub use incoming::{Incoming, decode_incoming};
pub use rpc_error::RpcError;
pub use trace_context::TraceContext;
pub use write::{
    write_error, write_notification, write_request, write_response, write_server_notification,
    write_server_request, write_traced_request,
};
