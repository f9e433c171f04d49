//! The search for a codex binary, place by place.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::shim::{Behind, look_behind};
use crate::{Attempt, Environment, NotFound, Os, Platform, managed, path_search, version};

/// A codex binary that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Runtime {
    /// The file to run.
    pub path: PathBuf,
    /// Which step of the search found it.
    pub source: Source,
    /// The npm launcher that was met first, where [`path`](Self::path) is the binary behind it.
    pub launcher: Option<PathBuf>,
}

/// The steps of the search, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// The path that the caller gave.
    Explicit,
    /// The environment variable `CODEX_BIN`.
    Env,
    /// The managed install in the user's cache directory.
    Managed,
    /// A folder of `PATH`.
    Path,
}

/// Finds the codex binary: `explicit`, else `CODEX_BIN`, the managed install, `PATH`.
///
/// The first two are orders: where one is given and cannot be run, the search ends there and
/// nothing else is run in its place. The managed install of [`PINNED_VERSION`](crate::PINNED_VERSION)
/// goes before any other version of it, of which the newest is taken.
///
/// A launcher script of npm's is resolved to the native binary behind it; any other file is taken
/// as it is, since it may be a wrapper with a purpose.
///
/// # Errors
///
/// [`NotFound`] lists each place that was tried and why it was not taken.
pub fn locate(explicit: Option<&Path>) -> Result<Runtime, NotFound> {
    let search = Search::new(Environment::current());
    match explicit {
        Some(path) => search.explicit(path).locate(),
        None => search.locate(),
    }
}

/// A search as [`locate`] does it, with each of its inputs open to change.
#[derive(Clone, Debug)]
pub struct Search {
    explicit: Option<PathBuf>,
    environment: Environment,
    managed: Option<PathBuf>,
    platform: Option<Platform>,
}

impl Search {
    /// A search in `environment` for the platform that this program was built for.
    pub fn new(environment: Environment) -> Self {
        Self { explicit: None, environment, managed: None, platform: Platform::current() }
    }

    /// The path to take, whatever else there is. Default: none.
    #[must_use]
    pub fn explicit(mut self, path: impl Into<PathBuf>) -> Self {
        self.explicit = Some(path.into());
        self
    }

    /// The folder of managed installs. Default: [`managed_directory`](crate::managed_directory).
    #[must_use]
    pub fn managed(mut self, directory: impl Into<PathBuf>) -> Self {
        self.managed = Some(directory.into());
        self
    }

    /// The platform to look for. Default: the one that this program was built for.
    #[must_use]
    pub fn platform(mut self, platform: Platform) -> Self {
        self.platform = Some(platform);
        self
    }

    /// Runs the search.
    ///
    /// # Errors
    ///
    /// [`NotFound`] lists each place that was tried and why it was not taken.
    pub fn locate(&self) -> Result<Runtime, NotFound> {
        let mut attempts = Vec::new();
        let ordered = [
            (Source::Explicit, self.explicit.clone(), "none was given"),
            (Source::Env, self.environment.get("CODEX_BIN").map(PathBuf::from), "it is not set"),
        ];
        for (source, path, absent) in ordered {
            let Some(path) = path else {
                attempts.push(Attempt { source, place: None, reason: absent.to_owned() });
                continue;
            };
            return self.take(&path, source).map_err(|attempt| {
                attempts.push(attempt);
                NotFound { version: None, attempts }
            });
        }
        match self.managed_install(None) {
            Ok(runtime) => return Ok(runtime),
            Err(attempt) => attempts.push(attempt),
        }
        self.on_path(&mut attempts).ok_or(NotFound { version: None, attempts })
    }

    /// Takes one version from the managed installs, whatever the other steps would find.
    ///
    /// For who wants to know how another version behaves: [`TESTED_VERSIONS`](crate::TESTED_VERSIONS).
    ///
    /// # Errors
    ///
    /// [`NotFound`] says why it was not taken, and which command installs it.
    pub fn locate_version(&self, version: &str) -> Result<Runtime, NotFound> {
        self.managed_install(Some(version)).map_err(|attempt| NotFound {
            version: Some(version.to_owned()),
            attempts: vec![attempt],
        })
    }

    /// The managed install of one version, or the best one.
    fn managed_install(&self, version: Option<&str>) -> Result<Runtime, Attempt> {
        let source = Source::Managed;
        let refuse = |place, reason| Attempt { source, place, reason };
        let platform = self.platform.ok_or_else(|| {
            let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
            refuse(None, format!("codex is not published for {os} on {arch}"))
        })?;
        let root = self
            .managed
            .clone()
            .or_else(|| managed::managed_directory(&self.environment, platform.os))
            .ok_or_else(|| refuse(None, "the environment names no cache directory".to_owned()))?;
        let found = match version {
            None => managed::find(&root, platform),
            Some(version) if !version::is_valid(version) => {
                Err(format!("{version:?} is no version"))
            }
            Some(version) => {
                managed::check(&managed::package_directory(&root, version, platform), platform)
            }
        };
        let path = found.map_err(|why| refuse(Some(root.clone()), why))?;
        match path_search::obstacle(&path) {
            None => Ok(Runtime { path, source, launcher: None }),
            Some(reason) => Err(refuse(Some(path), reason)),
        }
    }

    fn on_path(&self, attempts: &mut Vec<Attempt>) -> Option<Runtime> {
        let source = Source::Path;
        let os = self.platform.map_or(Os::Linux, |platform| platform.os);
        let folders = path_search::folders(&self.environment);
        let tried = attempts.len();
        for folder in &folders {
            for path in path_search::candidates(folder, "codex", &self.environment, os) {
                match self.take(&path, source) {
                    Ok(runtime) => return Some(runtime),
                    Err(attempt) => attempts.push(attempt),
                }
            }
        }
        if attempts.len() == tried {
            let reason = match folders.len() {
                0 => "it names no folder".to_owned(),
                1 => "its one folder has no codex".to_owned(),
                count => format!("none of its {count} folders has a codex"),
            };
            attempts.push(Attempt { source, place: None, reason });
        }
        None
    }

    fn take(&self, path: &Path, source: Source) -> Result<Runtime, Attempt> {
        let refuse = |reason| Attempt { source, place: Some(path.to_owned()), reason };
        let behind = match self.platform {
            Some(platform) if path.is_file() => look_behind(path, platform),
            _ => Behind::Itself,
        };
        let (found, launcher) = match behind {
            Behind::Itself => (path.to_owned(), None),
            Behind::Native(native) => (native, Some(path.to_owned())),
            Behind::Missing { script } => {
                return Err(refuse(format!(
                    "it is npm's launcher, and {} has no native binary beside it (an optional \
                     dependency that was not installed)",
                    script.display()
                )));
            }
        };
        match path_search::obstacle(&found) {
            None => Ok(Runtime { path: found, source, launcher }),
            Some(reason) => Err(refuse(reason)),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Explicit => "explicit path",
            Self::Env => "CODEX_BIN",
            Self::Managed => "managed install",
            Self::Path => "PATH",
        })
    }
}
