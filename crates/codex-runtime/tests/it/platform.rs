//! Names of the six platforms, and the folders of each.

use std::path::PathBuf;

use codex_runtime::{Arch, Environment, Os, PINNED_VERSION, Platform, managed_directory};

#[test]
fn each_platform_has_its_names() {
    let table = [
        ("linux", "x86_64", "linux-x64", "x86_64-unknown-linux-musl", "codex"),
        ("linux", "aarch64", "linux-arm64", "aarch64-unknown-linux-musl", "codex"),
        ("macos", "x86_64", "darwin-x64", "x86_64-apple-darwin", "codex"),
        ("macos", "aarch64", "darwin-arm64", "aarch64-apple-darwin", "codex"),
        ("windows", "x86_64", "win32-x64", "x86_64-pc-windows-msvc", "codex.exe"),
        ("windows", "aarch64", "win32-arm64", "aarch64-pc-windows-msvc", "codex.exe"),
    ];
    let mut seen = Vec::new();
    for (os, arch, npm_name, triple, executable) in table {
        let platform = Platform::from_names(os, arch).expect("one of the six");
        let names = (platform.npm_name(), platform.triple(), platform.executable());
        assert_eq!(names, (npm_name, triple, executable));
        assert_eq!(platform.to_string(), npm_name);
        seen.push(platform);
    }
    assert_eq!(seen, Platform::ALL);
}

#[test]
fn other_platforms_are_none_of_the_six() {
    let android = Platform { os: Os::Linux, arch: Arch::Arm64 };
    assert_eq!(Platform::from_names("android", "aarch64"), Some(android));
    for (os, arch) in [("freebsd", "x86_64"), ("linux", "riscv64"), ("windows", "x86"), ("", "")] {
        assert_eq!(Platform::from_names(os, arch), None, "{os} {arch}");
    }
}

#[cfg(unix)]
#[test]
fn managed_installs_live_in_the_users_cache_directory() {
    type Case<'a> = (Os, &'a [(&'a str, &'a str)], Option<&'a str>);
    let table: [Case<'_>; 9] = [
        (Os::Linux, &[("HOME", "/h")], Some("/h/.cache/codex-sdk/runtime")),
        (Os::Linux, &[("HOME", "/h"), ("XDG_CACHE_HOME", "/c")], Some("/c/codex-sdk/runtime")),
        (
            Os::Linux,
            &[("HOME", "/h"), ("XDG_CACHE_HOME", "c")],
            Some("/h/.cache/codex-sdk/runtime"),
        ),
        (Os::Linux, &[("HOME", "")], None),
        (Os::MacOs, &[("HOME", "/h")], Some("/h/Library/Caches/codex-sdk/runtime")),
        (Os::MacOs, &[], None),
        (Os::Windows, &[("LOCALAPPDATA", "/l")], Some("/l/codex-sdk/runtime")),
        (Os::Windows, &[("USERPROFILE", "/u")], Some("/u/AppData/Local/codex-sdk/runtime")),
        (Os::Windows, &[("HOME", "/h")], None),
    ];
    for (os, variables, expected) in table {
        let environment: Environment = variables.iter().copied().collect();
        let found = managed_directory(&environment, os);
        assert_eq!(found, expected.map(PathBuf::from), "{os:?} {variables:?}");
    }
}

#[test]
fn the_pinned_version_is_that_of_the_schema() {
    let version = include_str!("../../../../schema/VERSION");
    assert_eq!(version.trim(), PINNED_VERSION);
}

#[test]
fn debug_of_an_environment_shows_no_value() {
    let environment: Environment = [("A_TOKEN", "secret"), ("EMPTY", "")].into_iter().collect();
    assert_eq!(format!("{environment:?}"), r#"{"A_TOKEN"}"#);
}
