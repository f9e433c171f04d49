//! Downloads, verifies and unpacks the native codex binary.

mod archive;
mod channel;
mod download;
mod error;
mod http;
mod installed;
mod installer;
mod manifest;
mod metadata;
mod npm_config;
mod partial;
mod progress;
mod registry;

pub use channel::Channel;
pub use error::InstallError;
pub use installed::{Installed, Outcome};
pub use installer::Installer;
pub use progress::Progress;
pub use registry::Registry;
