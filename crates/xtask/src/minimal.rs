//! `cargo xtask minimal`: what is published builds with the oldest dependencies that it allows.

use std::fs;
use std::path::PathBuf;

use crate::cargo::{cargo, run};
use crate::{Failure, PUBLIC, checkout, workspace_root};

/// Checks a copy of the workspace, so that the lock file here stays as it is.
pub(crate) fn run_minimal() -> Result<(), Failure> {
    let copy = workspace_root().join("target/minimal/workspace");
    copy_to(&copy)?;
    // Old versions of what we name ourselves; what those name is their concern. The flag wants a
    // nightly cargo or this word, which reaches no compiler: nothing is built here.
    let mut update = cargo();
    update.args(["update", "--quiet", "-Z", "direct-minimal-versions"]);
    run(update.env("RUSTC_BOOTSTRAP", "1").current_dir(&copy)).map_err(|error| {
        format!(
            "{error}\nIf cargo finds no version of a dependency, raise its lower bound in \
             workspace.dependencies to the one that another dependency asks for"
        )
    })?;
    let mut check = cargo();
    check.args(["check", "--all-features", "--locked", "--target-dir"]);
    check.arg(workspace_root().join("target/minimal/build"));
    for package in PUBLIC {
        check.args(["--package", package]);
    }
    run(check.current_dir(&copy)).map_err(|error| {
        format!(
            "{error}\nIf a dependency lacks something that is used here, raise its lower bound in \
             workspace.dependencies to the version that has it"
        )
        .into()
    })
}

/// Copies what git knows of, or will, in the state of the work tree.
fn copy_to(copy: &PathBuf) -> Result<(), Failure> {
    if copy.exists() {
        fs::remove_dir_all(copy)?;
    }
    for file in checkout::files()? {
        let (from, to) = (workspace_root().join(&file), copy.join(&file));
        fs::create_dir_all(to.parent().unwrap_or(copy))?;
        fs::copy(from, to)?;
    }
    Ok(())
}
