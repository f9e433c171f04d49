//! Tests of the public interface, in one binary.
#![allow(clippy::unwrap_used)]

mod debug;
mod framing;
mod fuzzed;
mod mock;
mod queue;
mod record;
mod replay;
mod script;
#[cfg(unix)]
mod shutdown;
#[cfg(unix)]
mod stdio;
mod support;
#[cfg(feature = "websocket")]
mod websocket;
mod wrappers;
