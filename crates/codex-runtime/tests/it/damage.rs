//! Installs that are refused, each with nothing left behind.

use std::fs;
use std::time::Duration;

use codex_runtime::{InstallError, Installer, Platform};
use tar::EntryType;

use crate::package::{Package, installer, metadata, metadata_path, platform, registry, sha512};
use crate::server::{Reply, Server};
use crate::tree::Tree;

/// Runs an install that fails, and checks that it left nothing and wrote nothing outside.
fn refused(server: &Server) -> InstallError {
    refused_as(server, |installer| installer)
}

/// The same of an install with other settings.
fn refused_as(server: &Server, set_up: impl FnOnce(Installer) -> Installer) -> InstallError {
    let tree = Tree::new();
    let installer = set_up(installer(&tree, server));
    let error = installer.install().expect_err("it must be refused");
    let left = |path| fs::read_dir(path).map(Iterator::count).unwrap_or(0);
    assert_eq!(left(tree.path("managed")), 0, "{error}");
    assert_eq!(left(tree.root()), 1, "{error}");
    error
}

#[test]
fn another_digest_than_announced() {
    let (announced, bytes) = (b"announced".as_slice(), Package::codex(platform()).bytes());
    let server = registry(platform(), announced);
    server.on("/codex.tgz", [Reply::ok(&*bytes)]);
    assert_eq!(
        refused(&server).to_string(),
        format!(
            "{} has the sha512 digest {}, not {}: it was discarded. Try again; if this persists, \
             the registry or something on the way to it alters packages",
            server.url("/codex.tgz"),
            sha512(&bytes),
            sha512(announced)
        )
    );
}

#[test]
fn a_download_that_ends_early() {
    let bytes = Package::codex(platform()).bytes();
    let server = registry(platform(), &bytes);
    server.on("/codex.tgz", [Reply::ok(&*bytes).truncated()]);
    let error = refused(&server);
    let (half, whole) = (bytes.len() as u64 / 2, bytes.len() as u64);
    let InstallError::Truncated { url, received, expected } = &error else { panic!("{error:?}") };
    assert_eq!((url, *received, *expected), (&server.url("/codex.tgz"), half, whole));
    assert!(error.is_retryable());
}

#[test]
fn a_download_that_stalls() {
    let bytes = Package::codex(platform()).bytes();
    let server = registry(platform(), &bytes);
    server.on("/codex.tgz", [Reply::ok(&*bytes).stalling()]);
    // Long enough for all that is answered before, however busy the machine is.
    let error = refused_as(&server, |it| it.stall_timeout(Duration::from_secs(15)));
    assert!(error.is_retryable());
    assert_eq!(
        error.to_string(),
        format!(
            "{} sent nothing for 15s: check the network and try again",
            server.url("/codex.tgz")
        )
    );
}

#[test]
fn statuses_that_are_not_200() {
    let table = [
        (401, false, "it wants other credentials than npm's configuration has for it"),
        (404, false, "it has no such package, so check the version and the registry's setting"),
        (418, false, "check the registry's setting"),
        (503, true, "it is overloaded or broken, so try again later"),
    ];
    for (status, retryable, advice) in table {
        let server = registry(platform(), b"");
        server.on("/codex.tgz", [Reply::status(status)]);
        let error = refused(&server);
        let url = server.url("/codex.tgz");
        assert_eq!(
            error.to_string(),
            format!("{url} answered with HTTP status {status}: {advice}")
        );
        assert_eq!(error.is_retryable(), retryable, "{status}");
    }
}

#[test]
fn a_package_that_the_registry_does_not_have() {
    let error = refused(&Server::start());
    assert!(matches!(error, InstallError::Status { status: 404, .. }), "{error:?}");
}

#[test]
fn a_server_that_is_not_there() {
    let tree = Tree::new();
    let home = tree.path("home").into_os_string();
    // A port that no server is given which asks for any.
    let registry = "http://127.0.0.1:9/npm/".into();
    let named = [("npm_config_registry", registry), ("HOME", home.clone()), ("USERPROFILE", home)];
    let installer = installer(&tree, &Server::start()).environment(named.into_iter().collect());
    let error = installer.install().expect_err("nobody listens");
    assert!(matches!(error, InstallError::Request { transient: true, .. }), "{error:?}");
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn descriptions_that_make_no_sense() {
    let good = sha512(b"");
    let table = [
        ("not JSON".to_owned(), "it is not JSON (expected ident at line 1 column 2)"),
        ("{}".to_owned(), "dist.tarball is missing"),
        (
            r#"{"dist":{"tarball":"file:///etc/passwd"}}"#.to_owned(),
            "dist.tarball is not an http or https URL",
        ),
        (
            r#"{"dist":{"tarball":"http://h/t","shasum":"00","integrity":"sha1-AA"}}"#.to_owned(),
            "dist.integrity has no sha512 digest",
        ),
        (
            format!(r#"{{"dist":{{"tarball":"http://h/t","integrity":"sha512-{}"}}}}"#, &good[4..]),
            "dist.integrity has a malformed sha512 digest",
        ),
    ];
    for (document, expected) in table {
        let server = Server::start();
        server.on(&metadata_path(platform()), [Reply::ok(document)]);
        let error = refused(&server);
        let InstallError::Metadata { url, reason } = &error else { panic!("{error:?}") };
        let asked = server.url(&metadata_path(platform()));
        assert_eq!((url, reason.as_str()), (&asked, expected));
    }
}

#[test]
fn archives_with_what_no_package_has() {
    let file = EntryType::Regular;
    let table = [
        ("package/../../outside", file, "leads out of the package"),
        ("../outside", file, "does not lie in a folder of the package"),
        ("/outside", file, "does not lie in a folder of the package"),
        ("package/link", EntryType::Symlink, "is a link"),
        ("package/hard", EntryType::Link, "is a link"),
        ("package/pipe", EntryType::Fifo, "is neither a file nor a folder"),
        ("package/device", EntryType::Char, "is neither a file nor a folder"),
        ("package/a\\..\\b", file, "has a name that means different things on different systems"),
        ("package/C:evil", file, "has a name that means different things on different systems"),
    ];
    for (name, kind, why) in table {
        let data = if kind == EntryType::Regular { "evil" } else { "" };
        let data = if matches!(kind, EntryType::Symlink | EntryType::Link) { "/etc" } else { data };
        let bytes = Package::codex(platform()).entry(name, kind, 0o644, data).bytes();
        assert_eq!(
            refused(&registry(platform(), &bytes)).to_string(),
            format!(
                "the package was discarded: its entry {name:?} {why}. \
                 It is not a package of codex as it should be"
            )
        );
    }
}

#[test]
fn an_archive_that_names_a_file_twice() {
    let file = EntryType::Regular;
    let bytes = Package::codex(platform()).entry("package/package.json", file, 0o644, "x").bytes();
    let error = refused(&registry(platform(), &bytes));
    let InstallError::Io { doing, path, source } = &error else { panic!("{error:?}") };
    assert!(path.ends_with("package/package.json"), "{}", path.display());
    assert_eq!((*doing, source.kind()), ("create", std::io::ErrorKind::AlreadyExists));
}

#[test]
fn archives_that_are_none() {
    let whole = Package::codex(platform()).bytes();
    for bytes in [&b"not a tgz"[..], &whole[..whole.len() / 2]] {
        let error = refused(&registry(platform(), bytes));
        let InstallError::Archive { reason } = &error else { panic!("{error:?}") };
        assert!(reason.starts_with("its archive is damaged ("), "{reason}");
    }
}

#[test]
fn a_package_for_another_platform() {
    let other = Platform::from_names("macos", "aarch64").expect("one of the six");
    let bytes = Package::codex(other).bytes();
    let server = Server::start();
    let document = metadata(&server.url("/codex.tgz"), &bytes);
    server.on(&metadata_path(platform()), [Reply::ok(document)]);
    server.on("/codex.tgz", [Reply::ok(bytes)]);
    let error = refused(&server);
    let InstallError::Archive { reason } = &error else { panic!("{error:?}") };
    assert_eq!(reason, "it has no codex for x86_64-unknown-linux-musl");
}

#[test]
fn versions_that_are_none() {
    let server = Server::start();
    for version in ["", "latest", "../../etc", "1/2", "0.1.0 ", "v0.1.0"] {
        let tree = Tree::new();
        let error = installer(&tree, &server).version(version).install().expect_err("no version");
        assert!(matches!(error, InstallError::Version { .. }), "{version:?}: {error:?}");
    }
    assert_eq!(server.requests(), []);
}
