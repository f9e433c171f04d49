//! The snapshots of the tree against what the real binary exports.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::RwLockReadGuard;

use super::*;
use crate::cargo::starts;

/// The binary that the tests run, while it may be started.
struct Codex {
    path: PathBuf,
    _starts: RwLockReadGuard<'static, ()>,
}

impl Deref for Codex {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

/// That binary, or the command that installs it.
fn codex() -> Codex {
    match codex_runtime::locate(None) {
        Ok(runtime) => Codex { path: runtime.path, _starts: starts::with_others() },
        Err(missing) => panic!("{missing}"),
    }
}

fn committed() -> PathBuf {
    crate::workspace_root().join("schema")
}

/// A folder of snapshots with nothing in it but the overrides and the oldest snapshot.
fn copy() -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("a temporary folder");
    let oldest = &versions(&committed()).expect("a folder")[0];
    fs::copy(committed().join("overrides.toml"), copy.path().join("overrides.toml"))
        .expect("copied");
    let snapshot = Snapshot::read(&committed(), oldest).expect("a snapshot");
    snapshot.write(copy.path(), oldest).expect("written");
    copy
}

fn bytes(schema: &Path, version: &str) -> [Vec<u8>; 2] {
    snapshot::CHANNELS.map(|channel| {
        let path = schema.join(version).join(format!("{channel}.json"));
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    })
}

#[test]
fn the_binary_exports_what_is_committed() {
    diff(&committed(), &codex()).expect("no difference");
}

#[test]
fn the_newest_snapshot_is_of_the_pinned_version() {
    let newest = fs::read_to_string(committed().join("VERSION")).expect("readable");
    assert_eq!(newest, format!("{PINNED_VERSION}\n"));
    assert_eq!(versions(&committed()).expect("a folder").pop().as_deref(), Some(PINNED_VERSION));
}

#[test]
fn adding_a_version_gives_the_committed_bytes_each_time() {
    let copy = copy();
    let binary = codex();
    let version = version_of(&binary).expect("a version");
    for _ in 0..2 {
        add(copy.path(), &version, &binary).expect("added");
        assert_eq!(bytes(copy.path(), &version), bytes(&committed(), &version));
        let newest = fs::read_to_string(copy.path().join("VERSION")).expect("written");
        assert_eq!(newest, format!("{version}\n"));
    }
}

#[test]
fn a_binary_that_exports_something_else_is_noticed() {
    let copy = copy();
    let binary = codex();
    let version = version_of(&binary).expect("a version");
    add(copy.path(), &version, &binary).expect("added");
    diff(copy.path(), &binary).expect("no difference yet");
    let path = copy.path().join(&version).join("stable.json");
    let text = fs::read_to_string(&path).expect("readable");
    let changed = text.replacen("\"turnId\"", "\"turn\"", 1);
    assert_ne!(changed, text);
    fs::write(&path, changed).expect("writable");
    let error = diff(copy.path(), &binary).expect_err("differs").to_string();
    assert_eq!(error, format!("codex {version} does not export what schema/{version} says"));
}

#[test]
fn a_version_that_is_not_there_is_compared_with_the_one_before() {
    let copy = copy();
    let binary = codex();
    let version = version_of(&binary).expect("a version");
    let oldest = before(copy.path(), &version).expect("a folder").expect("an older one");
    let error = diff(copy.path(), &binary).expect_err("many changes").to_string();
    assert_eq!(error, format!("codex {version} does not export what schema/{oldest} says"));
}

#[test]
fn prose_that_nobody_has_classified_keeps_a_version_out() {
    let copy = copy();
    let path = copy.path().join("overrides.toml");
    let text = fs::read_to_string(&path).expect("readable");
    fs::write(&path, text.replace("\"ThreadSectionUpdateParams.appearance\",", ""))
        .expect("writable");
    let binary = codex();
    let version = version_of(&binary).expect("a version");
    let error = add(copy.path(), &version, &binary).expect_err("unclassified").to_string();
    let place = "list these under `double` or `not_double` in schema/overrides.toml:\n  \
                 ThreadSectionUpdateParams.appearance: ";
    assert!(error.starts_with(place), "{error}");
}
