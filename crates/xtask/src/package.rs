//! `cargo xtask package`: what would be published, built as those who get it would build it, and
//! documented as docs.rs would.

use crate::cargo::{cargo, output, run};
use crate::{Failure, PUBLIC};

/// What every package has to hold.
const NEEDED: [&str; 4] = ["Cargo.toml", "LICENSE", "README.md", "src/lib.rs"];

/// Looks through the lists of files, then packs and builds each package on those before it.
pub(crate) fn run_package() -> Result<(), Failure> {
    for package in PUBLIC {
        let list = ["package", "--list", "--allow-dirty", "--package", package];
        complete(package, &output(cargo().args(list))?)?;
    }
    // A new folder each time: cargo keeps, by the folder, what it once unpacked of a version, whatever became of it.
    let folder = tempfile::tempdir()?;
    let mut pack = cargo();
    pack.args(["package", "--allow-dirty", "--target-dir"]).arg(folder.path());
    for package in PUBLIC {
        pack.args(["--package", package]);
    }
    run(&mut pack)?;
    document()
}

/// Documents each package as docs.rs does: what is public, with all features, and says what needs
/// which.
fn document() -> Result<(), Failure> {
    let mut doc = cargo();
    doc.args(["doc", "--no-deps", "--all-features"]);
    for package in PUBLIC {
        doc.args(["--package", package]);
    }
    // To say what needs which feature wants a nightly compiler or this word. A folder of its own
    // keeps the usual build warm.
    doc.env("RUSTC_BOOTSTRAP", "1").args(["--target-dir", "target/docs.rs"]);
    run(doc.env("RUSTDOCFLAGS", "--cfg docsrs -D warnings"))
}

/// Fails if a list of files lacks one that is needed.
fn complete(package: &str, list: &str) -> Result<(), String> {
    match NEEDED.iter().find(|needed| !list.lines().any(|line| line == **needed)) {
        Some(missing) => Err(format!("the package of {package} has no {missing}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::workspace_root;

    /// The public registry takes no more keywords.
    const KEYWORDS: usize = 5;

    #[test]
    fn a_list_without_a_needed_file_is_no_package() {
        let full = NEEDED.join("\n");
        assert_eq!(complete("x", &full), Ok(()));
        let error = complete("x", &full.replace("LICENSE", "LICENSE-old"));
        assert_eq!(error, Err("the package of x has no LICENSE".to_owned()));
    }

    #[test]
    fn every_manifest_says_what_a_registry_shows() {
        for package in PUBLIC {
            let folder = workspace_root().join("crates").join(package);
            let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
            let manifest: toml::Table = toml::from_str(&manifest).expect("a manifest");
            let about = manifest["package"].as_table().expect("a table");
            let list = |name: &str| about[name].as_array().map_or(0, Vec::len);
            assert!(about["description"].as_str().is_some_and(|text| !text.is_empty()));
            assert!((1..=KEYWORDS).contains(&list("keywords")), "{package}");
            assert!(list("categories") > 0, "{package}");
            assert_eq!(about.get("publish"), None, "{package}");
            let docs = &about["metadata"]["docs"]["rs"];
            assert_eq!(docs["all-features"].as_bool(), Some(true), "{package}");
            assert_eq!(docs["rustdoc-args"], toml::Value::from(vec!["--cfg", "docsrs"]));
            let readme = fs::read_to_string(folder.join("README.md")).expect("a README");
            assert!(readme.starts_with(&format!("# {package}\n")), "{package}");
        }
    }
}
