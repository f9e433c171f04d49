//! Packages as npm has them, and registries that offer them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use codex_runtime::{Environment, Installer, PINNED_VERSION, Platform};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha512};
use tar::{Builder, EntryType, Header};

use crate::server::{Reply, Server};
use crate::tree::Tree;

/// What the binary of a made-up package contains.
pub(crate) const BINARY: &str = "the native binary";

/// A `.tgz` in the making.
pub(crate) struct Package {
    archive: Builder<GzEncoder<Vec<u8>>>,
}

impl Package {
    /// A package with nothing in it.
    pub(crate) fn empty() -> Self {
        Self { archive: Builder::new(GzEncoder::new(Vec::new(), Compression::fast())) }
    }

    /// The package of codex for `platform`, small.
    pub(crate) fn codex(platform: Platform) -> Self {
        let vendor = format!("package/vendor/{}", platform.triple());
        Self::empty()
            .entry("package/package.json", EntryType::Regular, 0o644, "{}")
            .entry(
                &format!("{vendor}/bin/{}", platform.executable()),
                EntryType::Regular,
                0o755,
                BINARY,
            )
            .entry(&format!("{vendor}/codex-path/rg"), EntryType::Regular, 0o755, "ripgrep")
    }

    /// Adds an entry, whatever its name: the writer of `tar` would refuse the bad ones.
    pub(crate) fn entry(mut self, name: &str, kind: EntryType, mode: u32, data: &str) -> Self {
        let mut header = Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(mode);
        let link = matches!(kind, EntryType::Symlink | EntryType::Link);
        let body = if link { "" } else { data };
        if link {
            header.as_old_mut().linkname[..data.len()].copy_from_slice(data.as_bytes());
        }
        header.set_size(body.len() as u64);
        header.set_cksum();
        self.archive.append(&header, body.as_bytes()).expect("memory takes all");
        self
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        self.archive.into_inner().and_then(GzEncoder::finish).expect("memory takes all")
    }
}

pub(crate) fn platform() -> Platform {
    Platform::from_names("linux", "x86_64").expect("one of the six")
}

pub(crate) fn sha512(bytes: &[u8]) -> String {
    STANDARD.encode(Sha512::digest(bytes))
}

/// The path of the description of the pinned version.
pub(crate) fn metadata_path(platform: Platform) -> String {
    format!("/npm/@openai%2fcodex/{PINNED_VERSION}-{platform}")
}

/// The description of a package at `tarball` with the digest of `bytes`.
pub(crate) fn metadata(tarball: &str, bytes: &[u8]) -> String {
    let integrity = format!("sha1-AAAA sha512-{}", sha512(bytes));
    serde_json::json!({ "dist": { "tarball": tarball, "integrity": integrity } }).to_string()
}

/// A registry that offers `bytes` as the pinned version.
pub(crate) fn registry(platform: Platform, bytes: &[u8]) -> Server {
    let server = Server::start();
    server.on(&metadata_path(platform), [Reply::ok(metadata(&server.url("/codex.tgz"), bytes))]);
    server.on("/codex.tgz", [Reply::ok(bytes)]);
    server
}

/// Variables that name `server` as the registry, and keep all else of this machine out.
pub(crate) fn environment(tree: &Tree, server: &Server) -> Environment {
    let home = tree.path("home").into_os_string();
    [
        ("npm_config_registry", server.url("/npm/").into()),
        ("HOME", home.clone()),
        ("USERPROFILE", home),
    ]
    .into_iter()
    .collect()
}

/// An install from `server` into `tree`.
pub(crate) fn installer(tree: &Tree, server: &Server) -> Installer {
    Installer::new()
        .platform(platform())
        .environment(environment(tree, server))
        .directory(tree.path("managed"))
        .retries(0)
}
