//! A throw-away folder, and the files that tests put in it.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder that is gone when the test ends.
pub(crate) struct Tree {
    directory: TempDir,
}

impl Tree {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("the temp folder is writable") }
    }

    /// The folder, with links resolved (macOS has its temp folder behind one).
    pub(crate) fn root(&self) -> PathBuf {
        fs::canonicalize(self.directory.path()).expect("the folder exists")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        name.split('/').fold(self.root(), |path, part| path.join(part))
    }

    /// Writes a file that may not be run.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it lies in the tree")).expect("writable");
        fs::write(&path, text).expect("writable");
        path
    }

    /// Writes a file that may be run, and never is.
    pub(crate) fn program(&self, name: &str, text: &str) -> PathBuf {
        let path = self.file(name, text);
        make_executable(&path);
        path
    }

    /// Writes a managed install whose one file is the binary.
    pub(crate) fn managed(&self, version: &str, platform: codex_runtime::Platform) -> PathBuf {
        let package = format!("managed/{version}/{platform}");
        let binary = format!("vendor/{}/bin/{}", platform.triple(), platform.executable());
        self.file(&format!("{package}/codex-sdk-manifest"), &format!("sha512-x\n6 {binary}\n"));
        self.program(&format!("{package}/{binary}"), "native")
    }
}

#[cfg(unix)]
fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("ours to change");
}

#[cfg(not(unix))]
fn make_executable(_: &Path) {}
