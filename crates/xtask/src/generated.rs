//! Files that a command generates, and that are committed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::Failure;

/// All that one command generates.
pub(crate) struct Generated {
    /// The command, such as `codegen`.
    pub(crate) command: &'static str,
    /// What the files are made from.
    pub(crate) source: &'static str,
    /// The folder that holds nothing but such files.
    pub(crate) folder: &'static str,
    /// The files, by their paths within the workspace.
    pub(crate) files: BTreeMap<String, String>,
}

impl Generated {
    /// Writes the files below `root`, and removes those that are not generated any more.
    pub(crate) fn write(&self, root: &Path) -> Result<(), Failure> {
        for stale in self.extra(root)? {
            fs::remove_file(root.join(stale))?;
        }
        for (path, text) in &self.files {
            let path = root.join(path);
            // A file that is written anew is compiled anew.
            if fs::read(&path).is_ok_and(|found| found == text.as_bytes()) {
                continue;
            }
            fs::create_dir_all(path.parent().unwrap_or(root))?;
            fs::write(path, text)?;
        }
        Ok(())
    }

    /// Fails on the first file below `root` that is not as it would be written.
    pub(crate) fn check(&self, root: &Path) -> Result<(), Failure> {
        let Self { command, source, .. } = self;
        let stale = |path: &str, what: &str| {
            format!("{path} {what}; run `cargo xtask {command}` and commit what it writes")
        };
        for (path, text) in &self.files {
            match fs::read(root.join(path)) {
                Ok(found) if found == text.as_bytes() => {}
                Ok(_) => return Err(stale(path, &format!("is not what {source} says")).into()),
                Err(_) => return Err(stale(path, "cannot be read").into()),
            }
        }
        match self.extra(root)?.first() {
            Some(path) => Err(stale(path, "is not generated any more").into()),
            None => Ok(()),
        }
    }

    /// Files in the folder that nothing generates.
    fn extra(&self, root: &Path) -> Result<Vec<String>, Failure> {
        let mut extra = Vec::new();
        for entry in fs::read_dir(root.join(self.folder))? {
            let path = format!("{}/{}", self.folder, entry?.file_name().to_string_lossy());
            if !self.files.contains_key(&path) {
                extra.push(path);
            }
        }
        extra.sort();
        Ok(extra)
    }
}
