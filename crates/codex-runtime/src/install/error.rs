//! What can go wrong with an install, and what to do about each.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::Platform;

/// Why an install did not happen. Nothing was put where [`locate`](crate::locate) looks.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// codex is not published for this machine.
    #[error(
        "codex is not published for {os} on {arch}: build it yourself and set CODEX_BIN to its path"
    )]
    Platform {
        /// The operating system, as Rust calls it.
        os: &'static str,
        /// The processor, as Rust calls it.
        arch: &'static str,
    },
    /// What was given as a version is none.
    #[error("{version:?} is not a version of codex: give one like {}", crate::PINNED_VERSION)]
    Version {
        /// What was given.
        version: String,
    },
    /// The environment does not say where this user's caches are.
    #[error(
        "there is no place to install to: set XDG_CACHE_HOME or HOME (LOCALAPPDATA on Windows), \
         or choose a directory"
    )]
    NoCacheDirectory,
    /// Nothing on this machine names an npm registry.
    #[error(
        "no npm registry is known to download codex from: npm_config_registry is not set, no npm \
         configuration file names one, and {npm}. Set npm_config_registry to the registry that \
         this machine should use, or install codex by other means and set CODEX_BIN to its path"
    )]
    NoRegistry {
        /// What came of asking npm itself.
        npm: String,
    },
    /// A setting of npm's configuration or of the environment makes no sense.
    #[error("{setting}, as {origin} has it, cannot be used: {reason}. Correct it and try again")]
    Setting {
        /// The setting's name.
        setting: &'static str,
        /// Where it was read.
        origin: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A request failed before its answer was complete.
    #[error(
        "could not get {url}: check the network, HTTPS_PROXY, and SSL_CERT_FILE or \
         NODE_EXTRA_CA_CERTS, then try again"
    )]
    Request {
        /// What was asked for, without user name, password and query.
        url: String,
        /// Whether the same request may succeed a moment later.
        transient: bool,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server answered, but not with what was asked for.
    #[error("{url} answered with HTTP status {status}: {}", advice(*status))]
    Status {
        /// What was asked for, without user name, password and query.
        url: String,
        /// The HTTP status.
        status: u16,
    },
    /// Nothing came for too long.
    #[error("{url} sent nothing for {after:?}: check the network and try again")]
    Stalled {
        /// What was asked for, without user name, password and query.
        url: String,
        /// How long was waited.
        after: Duration,
    },
    /// The connection ended before the whole package was here.
    #[error("{url} ended after {received} of {expected} bytes: check the network and try again")]
    Truncated {
        /// What was asked for, without user name, password and query.
        url: String,
        /// How many bytes came.
        received: u64,
        /// How many bytes were announced.
        expected: u64,
    },
    /// The registry has no such package.
    #[error(
        "{url} has no codex {version} for {platform}: choose another version, or, if this one is \
         published, a registry that has it"
    )]
    NoVersion {
        /// The version that was asked for.
        version: String,
        /// The platform that it was asked for.
        platform: Platform,
        /// What was asked, without user name, password and query.
        url: String,
    },
    /// The registry's description of the package cannot be used.
    #[error(
        "what {url} says of the package cannot be used: {reason}. Check the registry's setting"
    )]
    Metadata {
        /// What was asked for, without user name, password and query.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The package is not the one that the registry described.
    #[error(
        "{url} has the sha512 digest {actual}, not {expected}: it was discarded. Try again; if \
         this persists, the registry or something on the way to it alters packages"
    )]
    Digest {
        /// What was downloaded, without user name, password and query.
        url: String,
        /// The digest that the registry gave, in base64.
        expected: String,
        /// The digest of what came, in base64.
        actual: String,
    },
    /// The archive has something in it that a codex package has not.
    #[error("the package was discarded: {reason}. It is not a package of codex as it should be")]
    Archive {
        /// What is wrong, with the entry's name.
        reason: String,
    },
    /// A file or folder could not be read or written.
    #[error("could not {doing} {}: check permissions and free space", path.display())]
    Io {
        /// What was being done, as in "write".
        doing: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

impl InstallError {
    /// What happened, without what to do about it.
    pub(crate) fn event(&self) -> String {
        match self {
            Self::Request { url, source, .. } => format!("could not get {url} ({source})"),
            Self::Status { url, status } => format!("{url} answered with HTTP status {status}"),
            Self::Stalled { url, after } => format!("{url} sent nothing for {after:?}"),
            Self::Truncated { url, received, expected } => {
                format!("{url} ended after {received} of {expected} bytes")
            }
            other => other.to_string(),
        }
    }

    /// Whether the same install may succeed a moment later, with nothing changed.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Request { transient, .. } => *transient,
            Self::Status { status, .. } => matches!(status, 408 | 429 | 500..=599),
            Self::Stalled { .. } | Self::Truncated { .. } => true,
            _ => false,
        }
    }

    /// For `map_err`: an I/O failure while `doing` something with `path`.
    pub(crate) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { doing, path, source }
    }
}

fn advice(status: u16) -> &'static str {
    match status {
        401 | 403 => "it wants other credentials than npm's configuration has for it",
        404 => "it has no such package, so check the version and the registry's setting",
        408 | 429 | 500..=599 => "it is overloaded or broken, so try again later",
        _ => "check the registry's setting",
    }
}
