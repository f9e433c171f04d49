//! The scripted model: a Responses API server whose answers the test has written down.
//!
//! `script` decides which reply a request gets, `sse` turns a reply into bytes and waits,
//! `playback` is the body that does them, `server` carries it. Only `server` does I/O.

mod model;
mod playback;
mod reply;
mod request;
mod script;
mod server;
mod sse;
mod usage;

pub use model::{Rule, ScriptedModel};
pub use reply::Reply;
pub use request::{ModelRequest, ToolOutput};
pub use usage::Usage;
