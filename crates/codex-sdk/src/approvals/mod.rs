//! Handlers that are ready.

mod accept_all;
mod root;
mod rules;
mod simple_command;

pub use accept_all::{AcceptAll, accept_all};
pub use rules::{Rules, rules};
