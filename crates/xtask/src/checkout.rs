//! The checkout that xtask runs in.

use std::path::PathBuf;

use crate::cargo::{output, program};
use crate::{Failure, workspace_root};

/// The files that git knows of, or will once they are added, by their paths within the workspace.
pub(crate) fn files() -> Result<Vec<PathBuf>, Failure> {
    let listed = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let listed = output(program("git").args(listed))?;
    let files = listed.split_terminator('\0').map(PathBuf::from);
    // One that was removed and not committed yet is listed all the same.
    Ok(files.filter(|file| workspace_root().join(file).is_file()).collect())
}
