//! What whoever depends on `codex-protocol` has to build with it.

use std::collections::BTreeSet;

use crate::Failure;
use crate::cargo::{cargo, output};

const PACKAGE: &str = "codex-protocol";

/// What the crate names itself. No procedural macro is among it: `serde_derive`
/// and what it brings would cost a dependant more time than these models do.
const DIRECT: [&str; 2] = ["serde", "serde_json"];

/// What those two stand on, in the versions that are known: `zmij` has taken the place of `ryu`.
const THEIRS: [&str; 5] = ["itoa", "memchr", "ryu", "serde_core", "zmij"];

/// One of each family; none has to be installed for this.
const TARGETS: [&str; 4] = [
    "aarch64-apple-darwin",
    "wasm32-unknown-unknown",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-linux-gnu",
];

/// Fails if `codex-protocol` without features depends on anything but serde and `serde_json`.
pub(crate) fn check() -> Result<(), Failure> {
    let mut tree = cargo();
    tree.args(["tree", "--package", PACKAGE, "--edges", "normal"]);
    tree.args(["--prefix", "depth", "--format", " {p}"]);
    // So that nothing hides behind a platform.
    for target in TARGETS {
        tree.args(["--target", target]);
    }
    let tree = output(&mut tree)?;
    surplus(&tree).map_err(Into::into)
}

/// Looks through `cargo tree`'s lines of depth and package.
fn surplus(tree: &str) -> Result<(), String> {
    let mut found = BTreeSet::new();
    for line in tree.lines() {
        let mut words = line.split_whitespace();
        let (Some(depth), Some(name)) = (words.next(), words.next()) else { continue };
        let allowed = match depth {
            "0" => name == PACKAGE,
            "1" => DIRECT.contains(&name),
            _ => DIRECT.contains(&name) || THEIRS.contains(&name),
        };
        if !allowed {
            found.insert(name);
        }
    }
    if !DIRECT.iter().all(|name| tree.contains(&format!("1 {name} "))) {
        return Err(format!("`cargo tree` does not show what {PACKAGE} depends on:\n{tree}"));
    }
    if found.is_empty() {
        return Ok(());
    }
    let found = found.into_iter().collect::<Vec<_>>().join(", ");
    Err(format!(
        "{PACKAGE} without features depends on {found}; it may depend on {} alone.\n\
         Make the dependency optional, or do without. If it is serde or serde_json that brings it, \
         add it to THEIRS in crates/xtask/src/dependencies.rs.\n\
         `cargo tree --package {PACKAGE} --edges normal` shows where it comes from.",
        DIRECT.join(" and "),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cargo::starts;

    const FINE: &str = "0 codex-protocol v0.1.0 (/x)\n1 serde v1.0.229\n2 serde_core v1.0.229\n\
                        1 serde_json v1.0.154\n2 itoa v1.0.19\n2 memchr v2.8.3\n2 zmij v1.0.23\n";

    #[test]
    fn the_two_and_what_they_bring_are_fine() {
        assert_eq!(surplus(FINE), Ok(()));
    }

    #[test]
    fn anything_else_is_named() {
        for (line, name) in [
            ("1 tokio v1.44.0", "tokio"),
            ("1 memchr v2.8.3", "memchr"),
            ("2 serde_derive v1.0.229 (proc-macro)", "serde_derive"),
        ] {
            let error = surplus(&format!("{FINE}{line}\n")).expect_err(line);
            let start = format!("codex-protocol without features depends on {name}; it may");
            assert!(error.starts_with(&start), "{error}");
        }
    }

    #[test]
    fn a_tree_that_shows_nothing_is_no_success() {
        assert!(surplus("").is_err());
        assert!(surplus("0 codex-protocol v0.1.0 (/x)\n1 serde v1.0.229\n").is_err());
    }

    #[test]
    fn the_crate_is_cheap_to_depend_on() {
        let _starts = starts::with_others();
        check().expect("serde and serde_json alone");
    }
}
