//! `cargo xtask features`: each feature of what is published, alone.

use serde_json::Value;

use crate::cargo::{cargo, output, run, succeeds};
use crate::{Failure, PUBLIC};

/// Lints each crate with none of its features, with each alone, and with all. Takes cargo-hack,
/// which is installed if it is missing.
pub(crate) fn run_features() -> Result<(), Failure> {
    if !succeeds(cargo().args(["hack", "--version"])) {
        run(cargo().args(["install", "--locked", "cargo-hack"]))?;
    }
    let mut hack = cargo();
    hack.args(["hack", "clippy", "--each-feature"]);
    for package in PUBLIC {
        hack.args(["--package", package]);
    }
    run(hack.args(["--", "-D", "warnings"]))
}

/// Every feature of what is published but the defaults, as `package/feature`.
pub(crate) fn all() -> Result<Vec<String>, Failure> {
    let metadata = output(cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    let mut all = Vec::new();
    for package in packages {
        let (name, features) = (package["name"].as_str(), package["features"].as_object());
        let (Some(name), Some(features)) = (name, features) else { continue };
        if PUBLIC.contains(&name) {
            let features = features.keys().filter(|feature| *feature != "default");
            all.extend(features.map(|feature| format!("{name}/{feature}")));
        }
    }
    Ok(all)
}
