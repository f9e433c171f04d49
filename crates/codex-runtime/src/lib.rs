//! Finds the native `codex` binary on this machine.
//!
//! ```no_run
//! let runtime = codex_runtime::locate(None)?;
//! println!("{} ({})", runtime.path.display(), runtime.source);
//! # Ok::<(), codex_runtime::NotFound>(())
//! ```
//!
//! [`locate`] takes the first of: an explicit path, `CODEX_BIN`, the managed install, `PATH`.
//! Where it meets npm's launcher script it hands out the native binary behind it: the script would
//! stay in between as a process of its own, and a kill would not reach the server.
//!
//! With feature `install`, `Installer` downloads the pinned version into the user's cache
//! directory, which is the managed install that [`locate`] looks at.
//! Nothing here runs at build time, and nothing here starts codex.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod environment;
#[cfg(feature = "install")]
mod install;
mod managed;
mod not_found;
mod path_search;
mod platform;
mod search;
mod shim;
mod version;

pub use environment::Environment;
#[cfg(feature = "install")]
pub use install::{Channel, InstallError, Installed, Installer, Outcome, Progress, Registry};
pub use managed::managed_directory;
pub use not_found::{Attempt, NotFound};
pub use platform::{Arch, Os, Platform};
pub use search::{Runtime, Search, Source, locate};

/// The codex version that this workspace is made and tested for.
pub const PINNED_VERSION: &str = "0.169.0";

/// The codex versions that the tests of this workspace run against, oldest first.
///
/// The first is the oldest that is supported, the last is [`PINNED_VERSION`].
pub const TESTED_VERSIONS: [&str; 3] = ["0.160.0", "0.166.0", PINNED_VERSION];
