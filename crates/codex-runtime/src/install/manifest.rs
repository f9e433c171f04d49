//! Writes the manifest that tells a whole install from a damaged one.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::InstallError;
use crate::managed::MANIFEST;

/// Lists every file below `directory` with its size, under the digest of the package.
pub(crate) fn write(directory: &Path, digest: &str) -> Result<(), InstallError> {
    let mut files = Vec::new();
    list(directory, "", &mut files)?;
    files.sort();
    let mut text = format!("sha512-{digest}\n");
    for (name, size) in files {
        writeln!(text, "{size} {name}").expect("a String takes all that is written");
    }
    let path = directory.join(MANIFEST);
    fs::write(&path, text).map_err(InstallError::io("write", path))
}

fn list(directory: &Path, prefix: &str, into: &mut Vec<(String, u64)>) -> Result<(), InstallError> {
    let failed = || InstallError::io("read", directory);
    for entry in fs::read_dir(directory).map_err(failed())? {
        let entry = entry.map_err(failed())?;
        let metadata = entry.metadata().map_err(failed())?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if name.contains('\n') {
            let reason = format!("its entry {name:?} has a line break in its name");
            return Err(InstallError::Archive { reason });
        }
        match metadata.is_dir() {
            true => list(&entry.path(), &format!("{name}/"), into)?,
            false => into.push((name, metadata.len())),
        }
    }
    Ok(())
}
