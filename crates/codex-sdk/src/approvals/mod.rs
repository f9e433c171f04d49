//! Handlers that are ready.

// They are `#[inline]` down to the last function, so that only programs with such a handler compile them.

mod accept_all;
mod root;
mod rules;
mod simple_command;

pub use accept_all::{AcceptAll, accept_all};
pub use rules::{Rules, rules};
