//! The folders in which installs are under way, beside the finished ones.
//!
//! A folder is locked by the process that installs in it, for as long as it lives. So what a killed one left is told
//! from a live one by trying the lock, whatever the age of either.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use crate::InstallError;

/// What their names start with; no version does.
const PREFIX: &str = ".partial-";

/// Where there are no locks, one in which nothing changed for so long belongs to a process that is gone.
const ABANDONED_AFTER: Duration = Duration::from_secs(60 * 60);

/// How often a folder is made anew because another process took it for abandoned before it was locked.
const ATTEMPTS: usize = 16;

/// One of these folders, removed when dropped.
pub(crate) struct Partial {
    directory: TempDir,
    _lock: Option<File>,
}

/// What became of an attempt to lock a folder.
enum Lock {
    /// It is ours until this is dropped.
    Ours(File),
    /// Another process has it.
    Theirs,
    /// Nobody can say: there are no locks here, or no folder any more.
    Unknown,
}

impl Partial {
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }
}

/// A new one in `root`.
pub(crate) fn create(root: &Path) -> Result<Partial, InstallError> {
    let failed = |error| InstallError::io("create a folder in", root)(error);
    let mut attempt = 0;
    loop {
        let directory = tempfile::Builder::new().prefix(PREFIX).tempdir_in(root).map_err(failed)?;
        let lock = lock(directory.path());
        attempt += 1;
        // Whoever cleans up holds the lock while it removes, so a folder that is still there once it is locked stays.
        match (lock, directory.path().is_dir()) {
            (Lock::Ours(file), true) => return Ok(Partial { directory, _lock: Some(file) }),
            (Lock::Unknown, true) => return Ok(Partial { directory, _lock: None }),
            _ if attempt == ATTEMPTS => return Err(failed(io::ErrorKind::ResourceBusy.into())),
            _ => {}
        }
    }
}

/// Removes what installs left behind that were killed.
pub(crate) fn remove_abandoned(root: &Path) {
    let Ok(entries) = fs::read_dir(root) else { return };
    for entry in entries.flatten() {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let folder = entry.path();
        let lock = lock(&folder);
        let abandoned = match lock {
            Lock::Ours(_) => true,
            Lock::Theirs => false,
            Lock::Unknown => is_old(&folder),
        };
        if abandoned {
            // Best effort: it is in nobody's way.
            _ = fs::remove_dir_all(&folder);
        }
    }
}

fn is_old(folder: &Path) -> bool {
    let inner = fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    let newest = inner
        .chain([folder.to_owned()])
        .filter_map(|path| path.metadata().ok()?.modified().ok())
        .max();
    let age = newest.and_then(|time| SystemTime::now().duration_since(time).ok());
    age.is_some_and(|age| age > ABANDONED_AFTER)
}

#[cfg(unix)]
fn lock(folder: &Path) -> Lock {
    use rustix::fs::{FlockOperation, flock};
    let Ok(file) = File::open(folder) else { return Lock::Unknown };
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Lock::Ours(file),
        Err(rustix::io::Errno::WOULDBLOCK) => Lock::Theirs,
        // Some network file systems lock no folders.
        Err(_) => Lock::Unknown,
    }
}

#[cfg(not(unix))]
fn lock(_: &Path) -> Lock {
    Lock::Unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_folder_stays_while_it_is_held_and_goes_at_once_when_it_is_not() {
        let root = tempfile::tempdir().unwrap();
        let held = create(root.path()).unwrap();
        let dead = root.path().join(".partial-dead");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join("package.tgz"), "half").unwrap();
        remove_abandoned(root.path());
        assert!(held.path().is_dir());
        assert!(!dead.exists());
    }

    #[test]
    fn without_locks_only_a_folder_in_which_nothing_changed_for_long_is_old() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("folder");
        fs::create_dir_all(folder.join("inner")).unwrap();
        let hours_ago = SystemTime::now() - Duration::from_secs(2 * 60 * 60);
        for path in [folder.join("inner"), folder.clone()] {
            assert!(!is_old(&folder));
            File::open(&path).unwrap().set_modified(hours_ago).unwrap();
        }
        assert!(is_old(&folder));
    }
}
