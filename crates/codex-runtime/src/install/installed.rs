//! What an install came to.

use std::path::PathBuf;

use crate::Platform;

/// What an install came to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Installed {
    /// The native binary.
    pub path: PathBuf,
    /// The folder of this version and platform.
    pub directory: PathBuf,
    /// The version.
    pub version: String,
    /// The platform that it runs on.
    pub platform: Platform,
    /// Whether anything was done.
    pub outcome: Outcome,
}

/// Whether an install had anything to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was downloaded and unpacked just now.
    Fresh,
    /// It was there already, whole.
    Present,
}
