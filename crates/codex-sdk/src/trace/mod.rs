//! Spans of what goes on, for `tracing`: one for each request, turn and item.
//!
//! They hold ids, kinds, codes and statuses, and never what is said; only at the level TRACE, whole frames are told.

#[cfg(feature = "tracing")]
mod callers;
#[cfg(feature = "tracing")]
mod observer;
#[cfg(not(feature = "tracing"))]
mod off;
#[cfg(feature = "tracing")]
mod request_span;
#[cfg(feature = "tracing")]
mod running;

#[cfg(feature = "tracing")]
pub(crate) use self::{callers::Callers, observer::Observer, request_span::RequestSpan};
#[cfg(not(feature = "tracing"))]
pub(crate) use off::{Callers, Observer, RequestSpan};

/// Where the frames are told, at TRACE.
#[cfg(feature = "tracing")]
pub(crate) const WIRE: &str = "codex_sdk::wire";
