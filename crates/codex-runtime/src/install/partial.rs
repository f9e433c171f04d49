//! The folders in which installs are under way, beside the finished ones.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use crate::InstallError;

/// What their names start with; no version does.
const PREFIX: &str = ".partial-";

/// One in which nothing changed for so long belongs to a process that is gone.
const ABANDONED_AFTER: Duration = Duration::from_secs(60 * 60);

/// A new one in `root`, removed when dropped.
pub(crate) fn create(root: &Path) -> Result<TempDir, InstallError> {
    tempfile::Builder::new()
        .prefix(PREFIX)
        .tempdir_in(root)
        .map_err(InstallError::io("create a folder in", root))
}

/// Removes what installs left behind that were killed. Those of live ones change all the time.
pub(crate) fn remove_abandoned(root: &Path) {
    let Ok(entries) = fs::read_dir(root) else { return };
    for entry in entries.flatten() {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let folder = entry.path();
        let inner = fs::read_dir(&folder).into_iter().flatten().flatten().map(|e| e.path());
        let newest = inner
            .chain([folder.clone()])
            .filter_map(|path| path.metadata().ok()?.modified().ok())
            .max();
        let age = newest.and_then(|time| SystemTime::now().duration_since(time).ok());
        if age.is_some_and(|age| age > ABANDONED_AFTER) {
            // Best effort: it is in nobody's way.
            _ = fs::remove_dir_all(&folder);
        }
    }
}
