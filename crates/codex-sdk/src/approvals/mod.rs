//! Handlers that are ready.

mod accept_all;

pub use accept_all::{AcceptAll, accept_all};
