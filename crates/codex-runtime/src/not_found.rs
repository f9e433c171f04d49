//! The error of a search: each place that was tried, and what to do now.

use std::fmt;
use std::path::PathBuf;

use crate::Source;

/// No codex binary was found.
///
/// Its text lists every place that was tried with the reason why it was not taken, and the
/// commands that install one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFound {
    /// The one version that was looked for, if it was one.
    pub(crate) version: Option<String>,
    pub(crate) attempts: Vec<Attempt>,
}

/// One place that was looked at, and why nothing was taken from it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// Which step of the search this was.
    pub source: Source,
    /// The file or folder looked at, where there was one.
    pub place: Option<PathBuf>,
    /// Why it was not taken.
    pub reason: String,
}

impl NotFound {
    /// Every place that was tried, in order.
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => writeln!(f, "codex {version} was not found. Tried:")?,
            None => f.write_str("no codex binary was found. Tried, in order:\n")?,
        }
        for attempt in &self.attempts {
            writeln!(f, "  - {attempt}")?;
        }
        if let Some(version) = &self.version {
            return write!(
                f,
                "Install it with `cargo xtask runtime install --version {version}` in the workspace \
                 of this SDK."
            );
        }
        f.write_str(
            "Install one with `cargo xtask runtime install` in the workspace of this SDK or with \
             `npm install -g @openai/codex`, or set CODEX_BIN to the path of one.",
        )
    }
}

impl std::error::Error for NotFound {}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{}, {}: {}", self.source, place.display(), self.reason),
            None => write!(f, "{}: {}", self.source, self.reason),
        }
    }
}
