//! Tests of codex-runtime, in one binary.

#[cfg(feature = "install")]
mod channel;
#[cfg(feature = "install")]
mod damage;
#[cfg(feature = "install")]
mod install;
mod locate;
#[cfg(feature = "install")]
mod package;
mod platform;
#[cfg(feature = "install")]
mod registry;
#[cfg(feature = "install")]
mod server;
mod tree;
