//! Each example in its demonstration, as a reader would run it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod approvals;
mod conversation;

use std::path::PathBuf;
use std::process::Command;

/// Where an example is. Cargo builds examples beside the tests.
fn path(example: &str) -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.join("examples").join(format!("{example}{}", std::env::consts::EXE_SUFFIX))
}

/// What an example prints with `--demo`.
fn demo(example: &str) -> String {
    let path = path(example);
    let output = Command::new(&path).arg("--demo").output().unwrap_or_else(|error| {
        panic!("{}: {error}; `cargo build --examples` makes it", path.display())
    });
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn quickstart() {
    let version = codex_runtime::PINNED_VERSION;
    assert_eq!(
        demo("01_quickstart"),
        format!(
            "server: codex_rust_sdk {version}\nstatus: completed\ntext: Hello from the scripted model!\n"
        )
    );
}
