//! A throw-away `CODEX_HOME` that points codex at a scripted model.

mod builder;
mod config;
mod folder;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

pub use builder::CodexHomeBuilder;

use crate::{Error, ScriptedModel};

/// A throw-away `CODEX_HOME` in which the real codex talks to a [`ScriptedModel`] and to nobody
/// else.
///
/// It holds a `config.toml` and a model catalog, needs no account, and is removed on drop: end the
/// server first, or what it still writes stays behind.
/// Start codex with the variables of [`env`](Self::env): they keep the developer's own `~/.codex`,
/// dotfiles and proxies out, and the server's temporary files in.
/// A machine-wide configuration (`/etc/codex`) is the one thing that they cannot hide.
///
/// Codex refuses to install its own tools into a home inside the system's temporary folder.
/// So the home is made in the `tmp` folder of the cargo target directory that the running program
/// was built into, else in `codex-testkit` in the user's cache directory.
#[derive(Debug)]
pub struct CodexHome {
    root: TempDir,
}

impl CodexHome {
    /// A home with the defaults of the [`builder`](Self::builder).
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if its files cannot be written.
    pub fn new(model: &ScriptedModel) -> Result<Self, Error> {
        Self::builder(model).build()
    }

    /// A home to be set up first.
    pub fn builder(model: &ScriptedModel) -> CodexHomeBuilder {
        CodexHomeBuilder::new(model.base_url())
    }

    /// A home whose model is in another process, at this [`base_url`](ScriptedModel::base_url).
    pub fn builder_at(base_url: impl Into<String>) -> CodexHomeBuilder {
        CodexHomeBuilder::new(base_url.into())
    }

    /// The `CODEX_HOME` itself.
    pub fn path(&self) -> PathBuf {
        self.root.path().join(CODEX)
    }

    /// An empty folder for threads to work in, outside of the `CODEX_HOME` and gone with it.
    pub fn work_dir(&self) -> PathBuf {
        self.root.path().join(WORK)
    }

    /// The environment variables to start codex with, in addition to those of the test itself.
    pub fn env(&self) -> Vec<(OsString, OsString)> {
        let root = self.root.path();
        let at = |name: &str, path: PathBuf| (OsString::from(name), path.into_os_string());
        let be = |name: &str, value: &str| (OsString::from(name), OsString::from(value));
        let user = |folder: &str| root.join(USER).join(folder);
        let mut env = vec![
            at("CODEX_HOME", self.path()),
            at("CODEX_SQLITE_HOME", self.path()),
            at("HOME", root.join(USER)),
            at("XDG_CACHE_HOME", user(".cache")),
            at("XDG_CONFIG_HOME", user(".config")),
            at("XDG_DATA_HOME", user(".local/share")),
            at("XDG_STATE_HOME", user(".local/state")),
            // The target directory mostly lies in a repository, which is none of codex's business.
            at("GIT_CEILING_DIRECTORIES", root.to_owned()),
            be("NO_PROXY", LOOPBACK),
            be("no_proxy", LOOPBACK),
        ];
        if cfg!(windows) {
            env.push(at("USERPROFILE", root.join(USER)));
            env.extend(["TMP", "TEMP"].map(|name| at(name, root.join(TEMP))));
        } else {
            env.push(at("TMPDIR", root.join(TEMP)));
        }
        env
    }

    /// Settings of a client whose server lives in this home and works in its [`work_dir`](Self::work_dir).
    pub fn config(&self) -> codex_sdk::CodexConfig {
        let mut config = codex_sdk::CodexConfig::default();
        config.env = self.env();
        config.cwd = Some(self.work_dir());
        config
    }

    /// Keeps the folder for a look at it after the test, and tells where it is.
    pub fn keep(self) -> PathBuf {
        self.root.keep()
    }

    /// Writes a home into `root`, which is new and empty.
    fn write(root: TempDir, config: &str, catalog: &str) -> Result<Self, Error> {
        for folder in [CODEX, WORK, USER, TEMP] {
            let path = root.path().join(folder);
            std::fs::create_dir(&path).map_err(|error| cannot("create", &path, error))?;
        }
        let home = Self { root };
        for (name, content) in [(config::CONFIG, config), (config::CATALOG, catalog)] {
            let path = home.path().join(name);
            std::fs::write(&path, content).map_err(|error| cannot("write", &path, error))?;
        }
        Ok(home)
    }
}

const CODEX: &str = "codex";
const WORK: &str = "work";
const USER: &str = "user";
const TEMP: &str = "temp";

const LOOPBACK: &str = "127.0.0.1,localhost,::1";

fn cannot(verb: &str, path: &Path, source: std::io::Error) -> Error {
    Error::io(format!("{verb} {}", path.display()), source)
}
