//! The places in the code that name the pinned version.

use std::fs;
use std::path::Path;

use crate::Failure;

/// A file, and what stands before the version in it.
pub(super) const PLACES: [(&str, &str); 2] = [
    ("crates/codex-runtime/src/lib.rs", "pub const PINNED_VERSION: &str = \""),
    ("crates/codex-testkit/src/mock/connection.rs", "const VERSION: &str = \""),
];

/// Writes `version` to each place that names another.
pub(super) fn set(root: &Path, version: &str) -> Result<(), Failure> {
    for (file, before) in PLACES {
        let path = root.join(file);
        let text = fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
        let changed = replaced(&text, before, version).ok_or_else(|| {
            format!("{file} has no line with `{before}`: correct PLACES in {}", file!())
        })?;
        if changed != text {
            fs::write(&path, changed).map_err(|error| format!("{file}: {error}"))?;
        }
    }
    Ok(())
}

/// `text` with `version` between `before` and the next quote.
fn replaced(text: &str, before: &str, version: &str) -> Option<String> {
    let (head, tail) = text.split_once(before)?;
    let (_, rest) = tail.split_once('"')?;
    Some(format!("{head}{before}{version}\"{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_names_the_version_that_is_pinned() {
        for (file, before) in PLACES {
            let text = fs::read_to_string(crate::workspace_root().join(file)).expect("a file");
            let same = replaced(&text, before, codex_runtime::PINNED_VERSION);
            assert_eq!(same.as_deref(), Some(&*text), "{file}");
        }
    }
}
