//! What an example prints in its demonstration.

use std::path::PathBuf;
use std::process::Command;

/// Where an example is. Cargo builds examples beside the tests.
pub(crate) fn path(example: &str) -> PathBuf {
    let mut path = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.join("examples").join(format!("{example}{}", std::env::consts::EXE_SUFFIX))
}

/// What an example prints with `--demo`; it must end well. Ids, which differ from run to run, are `<id>`.
pub(crate) fn demo(example: &str) -> String {
    let path = path(example);
    let output = Command::new(&path).arg("--demo").output().unwrap_or_else(|error| {
        panic!("{}: {error}; `cargo build --examples` makes it", path.display())
    });
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{example}: {stdout}{stderr}");
    // What is drawn for people at a terminal is for no one else.
    assert_eq!(stderr, "", "{example}");
    without_ids(&stdout)
}

/// What an example and its blocking form print, which must be the same.
pub(crate) fn both(example: &str) -> String {
    let output = demo(example);
    assert_eq!(demo(&format!("{example}_blocking")), output);
    output
}

/// The text with `<id>` in place of each UUID.
pub(crate) fn without_ids(text: &str) -> String {
    let mut masked = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match rest.get(..36) {
            Some(id) if is_uuid(id) => {
                masked.push_str("<id>");
                id.len()
            }
            _ => {
                masked.push(first);
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    masked
}

fn is_uuid(text: &str) -> bool {
    text.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}
