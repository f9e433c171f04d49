//! The fuzz targets of the crates, each crate's in a folder `fuzz` of its own.

use std::fs;
use std::path::PathBuf;

use crate::cargo::{cargo, run};
use crate::{Failure, workspace_root};

/// Formats and lints the targets. They are no members of the workspace, for
/// cargo-fuzz runs them with a nightly compiler and a C++ one; neither is
/// needed for this.
pub(crate) fn check() -> Result<(), Failure> {
    for manifest in manifests()? {
        run(cargo().args(["fmt", "--check", "--manifest-path"]).arg(&manifest))?;
        let mut clippy = cargo();
        clippy.args(["clippy", "--no-default-features", "--locked", "--manifest-path"]);
        // What the workspace has built is used again.
        clippy.arg(&manifest).args(["--target-dir", "target", "--", "-D", "warnings"]);
        run(&mut clippy)?;
    }
    Ok(())
}

fn manifests() -> Result<Vec<PathBuf>, Failure> {
    let mut manifests = Vec::new();
    for entry in fs::read_dir(workspace_root().join("crates"))? {
        let manifest = entry?.path().join("fuzz/Cargo.toml");
        if manifest.is_file() {
            manifests.push(manifest);
        }
    }
    manifests.sort();
    Ok(manifests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_a_file_and_every_file_a_target() {
        let manifests = manifests().expect("a folder of crates");
        assert!(!manifests.is_empty());
        for manifest in manifests {
            let text = fs::read_to_string(&manifest).expect("a manifest");
            let toml: toml::Table = toml::from_str(&text).expect("a manifest");
            let bins = toml["bin"].as_array().expect("targets");
            let mut listed: Vec<_> =
                bins.iter().map(|bin| bin["path"].as_str().expect("a path").to_owned()).collect();
            listed.sort();
            let folder = manifest.with_file_name("fuzz_targets");
            let mut found = Vec::new();
            for entry in fs::read_dir(folder).expect("a folder of targets") {
                let name = entry.expect("an entry").file_name();
                found.push(format!("fuzz_targets/{}", name.to_string_lossy()));
            }
            found.sort();
            assert_eq!(listed, found, "{}", manifest.display());
        }
    }
}
