//! The generator on copies of the real `schema/`.

use std::path::PathBuf;

use tempfile::TempDir;

use super::*;

/// A copy of `schema/` and of the generated files, to spoil.
struct Copy {
    dir: TempDir,
}

impl Copy {
    fn new() -> Self {
        let root = crate::workspace_root();
        let copy = Self { dir: tempfile::tempdir().expect("a temporary folder") };
        copy_dir(&root.join("schema"), &copy.schema());
        copy_dir(&root.join("crates/codex-protocol/src/generated"), &copy.generated());
        copy
    }

    fn schema(&self) -> PathBuf {
        self.dir.path().join("schema")
    }

    fn generated(&self) -> PathBuf {
        self.dir.path().join("generated")
    }

    /// What `cargo xtask codegen --check` says.
    fn check(&self) -> Result<(), String> {
        generate(&self.schema(), &self.generated(), true).map_err(|error| error.to_string())
    }

    fn replace(&self, file: &str, from: &str, to: &str) {
        let path = self.dir.path().join(file);
        let text = fs::read_to_string(&path).expect("readable");
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(&path, text.replacen(from, to, 1)).expect("writable");
    }

    /// The complaint about `file`.
    fn stale(&self, file: &str, what: &str) -> Result<(), String> {
        let path = self.generated().join(file);
        let path = path.display();
        Err(format!("{path} {what}; run `cargo xtask codegen` and commit what it writes"))
    }
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("writable");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_dir(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copied");
        }
    }
}

#[test]
fn what_is_committed_is_what_is_generated() {
    assert_eq!(Copy::new().check(), Ok(()));
}

#[test]
fn one_byte_of_a_generated_file_is_noticed() {
    let copy = Copy::new();
    copy.replace("generated/params.rs", "pub struct TurnStartParams", "pub struct TurnStartParamz");
    assert_eq!(copy.check(), copy.stale("params.rs", "is not what schema/ says"));
    generate(&copy.schema(), &copy.generated(), false).expect("writes");
    assert_eq!(copy.check(), Ok(()));
}

#[test]
fn a_file_too_many_and_one_too_few_are_noticed() {
    let copy = Copy::new();
    fs::write(copy.generated().join("zzz.rs"), "").expect("writable");
    assert_eq!(copy.check(), copy.stale("zzz.rs", "is not generated any more"));
    fs::remove_file(copy.generated().join("enums.rs")).expect("removed");
    assert_eq!(copy.check(), copy.stale("enums.rs", "cannot be read"));
    generate(&copy.schema(), &copy.generated(), false).expect("writes");
    assert_eq!(copy.check(), Ok(()));
}

#[test]
fn white_space_in_any_file_of_the_schema_is_noticed() {
    for file in [
        "0.160.0/experimental.json",
        "0.160.0/stable.json",
        "0.169.0/experimental.json",
        "0.169.0/stable.json",
        "VERSION",
        "docs.toml",
        "overrides.toml",
    ] {
        let copy = Copy::new();
        let path = copy.schema().join(file);
        let mut text = fs::read_to_string(&path).expect("readable");
        text.push('\n');
        fs::write(&path, text).expect("writable");
        assert_eq!(copy.check(), copy.stale("SCHEMA.lock", "is not what schema/ says"), "{file}");
    }
}

#[test]
fn overrides_that_nothing_needs_are_refused() {
    let copy = Copy::new();
    copy.replace("schema/overrides.toml", "shared = [", "shared = [\"Turn.nothing\", ");
    assert_eq!(
        copy.check(),
        Err("schema/overrides.toml: shared: nothing needs `Turn.nothing`".to_owned())
    );
}

#[test]
fn words_for_something_that_is_gone_are_refused() {
    let copy = Copy::new();
    copy.replace("schema/docs.toml", "[types]\n", "[types]\nGone = \"Words.\"\n");
    assert_eq!(copy.check(), Err("schema/docs.toml: `Gone` is not in the schema".to_owned()));
}

#[test]
fn versions_are_ordered_as_numbers() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for version in ["0.9.0", "0.160.0", "0.20.1"] {
        fs::create_dir(dir.path().join(version)).expect("created");
    }
    assert_eq!(versions(dir.path()).expect("a folder"), ["0.9.0", "0.20.1", "0.160.0"]);
}
