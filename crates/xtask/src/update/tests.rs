//! Updates from a registry on this machine, of a made-up release.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use codex_runtime::{Environment, PINNED_VERSION, Platform};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use sha2::{Digest as _, Sha512};
use tar::{Builder, Header};

use self::server::{Reply, Server};
use super::*;
use crate::binary;
use crate::cargo::starts;

/// The server that the tests of codex-runtime have, of which these need a part.
#[allow(dead_code)]
#[path = "../../../codex-runtime/tests/it/server.rs"]
mod server;

/// A release that is newer than any, and what comes before the one after it.
const STABLE: &str = "999.0.0";
const ALPHA: &str = "999.1.0-alpha.2";

/// A registry, a cache, and a copy of what an update reads and writes in the workspace.
struct Site {
    folder: tempfile::TempDir,
    server: Server,
}

impl Site {
    /// A site whose registry has these versions, each for all six platforms.
    fn new(versions: &[&str]) -> Self {
        let site = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            server: Server::start(),
        };
        let mut names = serde_json::Map::new();
        for version in versions {
            for platform in Platform::ALL {
                names.insert(format!("{version}-{platform}"), json!({}));
                let program = match Platform::current() == Some(platform) {
                    true => script(version).into_bytes(),
                    false => binary::header(platform),
                };
                site.offer(version, platform, &program);
            }
        }
        let document = json!({ "versions": names }).to_string();
        site.server.on("/@openai%2fcodex", [Reply::ok(document)]);
        let models = "crates/codex-protocol/src/generated";
        let tables = ["docs/protocol.md", "crates/codex-sdk/tests/it/sdk_calls.rs"];
        let pins = pin::PLACES.map(|(file, _)| file);
        for path in ["schema", models].into_iter().chain(tables).chain(pins) {
            copy(&crate::workspace_root(), &site.root(), Path::new(path));
        }
        site
    }

    /// Offers `program` as codex of that version, for that platform.
    fn offer(&self, version: &str, platform: Platform, program: &[u8]) {
        let mut archive = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        let mut header = Header::new_gnu();
        header.set_size(program.len() as u64);
        header.set_mode(0o755);
        let path = format!("package/vendor/{}/bin/{}", platform.triple(), platform.executable());
        archive.append_data(&mut header, path, program).expect("memory takes all");
        let archive = archive.into_inner().and_then(GzEncoder::finish).expect("memory takes all");
        let name = format!("{version}-{platform}");
        let integrity = format!("sha512-{}", STANDARD.encode(Sha512::digest(&archive)));
        let tarball = self.server.url(&format!("/{name}.tgz"));
        let description = json!({ "dist": { "tarball": tarball, "integrity": integrity } });
        let described = format!("/@openai%2fcodex/{name}");
        self.server.on(&described, [Reply::ok(description.to_string())]);
        self.server.on(&format!("/{name}.tgz"), [Reply::ok(archive)]);
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("workspace")
    }

    /// Runs `cargo xtask update` with these arguments; gives the error, if it comes to one.
    fn update(&self, args: &str) -> Result<(), String> {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            args: Args,
        }
        let words = std::iter::once("update").chain(args.split_whitespace());
        let line: Line = clap::Parser::try_parse_from(words).map_err(|error| error.to_string())?;
        let registry = [("npm_config_registry", self.server.url("/"))];
        let environment: Environment = registry.into_iter().collect();
        let installer = || {
            let cache = self.folder.path().join("cache");
            Installer::new().environment(environment.clone()).directory(cache).retries(0)
        };
        let _alone = starts::alone();
        update(&self.root(), &line.args, &installer).map_err(|error| error.to_string())
    }

    /// The digest of every file of the workspace, by its path.
    fn files(&self) -> BTreeMap<PathBuf, String> {
        fn walk(folder: &Path, into: &mut BTreeMap<PathBuf, String>) {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    walk(&path, into);
                } else {
                    let bytes = fs::read(&path).expect("readable");
                    into.insert(path, STANDARD.encode(Sha512::digest(&bytes)));
                }
            }
        }
        let mut files = BTreeMap::new();
        walk(&self.root(), &mut files);
        files
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).expect("a file")
    }
}

/// A codex of that version, which exports what the real one does, and a value more.
fn script(version: &str) -> String {
    let real = match codex_runtime::locate(None) {
        Ok(runtime) => runtime.path,
        Err(missing) => panic!("{missing}"),
    };
    format!(
        "#!/bin/sh -e\n\
         if [ \"$1\" = --version ]; then echo codex-cli {version}; exit; fi\n\
         \"{}\" \"$@\"\n\
         find \"$4\" -name '*.json' -exec sed -i 's/^ *\"inProgress\",$/&\\n\"asleep\",/' {{}} +\n",
        real.display()
    )
}

fn copy(from: &Path, to: &Path, path: &Path) {
    if from.join(path).is_dir() {
        for entry in fs::read_dir(from.join(path)).expect("a folder") {
            copy(from, to, &path.join(entry.expect("an entry").file_name()));
        }
    } else {
        let target = to.join(path);
        fs::create_dir_all(target.parent().expect("a folder")).expect("writable");
        fs::copy(from.join(path), target).expect("copied");
    }
}

#[test]
fn a_release_is_taken_over_once() {
    let site = Site::new(&["0.1.0", STABLE, ALPHA]);
    assert_eq!(site.update(""), Ok(()));

    let snapshot = site.text(&format!("schema/{STABLE}/stable.json"));
    assert!(snapshot.contains("\"asleep\""));
    assert_eq!(site.text("schema/VERSION"), format!("{STABLE}\n"));
    for (file, before) in pin::PLACES {
        assert!(site.text(file).contains(&format!("{before}{STABLE}\"")), "{file}");
    }
    let models = site.text("crates/codex-protocol/src/generated/enums.rs");
    assert!(models.contains("asleep"), "models were not made anew");
    assert_eq!(site.server.paths().len(), 3, "the list, the description, the package");

    let after = site.files();
    assert_eq!(site.update("--channel stable"), Ok(()));
    assert_eq!(site.server.paths().len(), 4, "the list alone");
    assert_eq!(site.files(), after);
}

#[test]
fn the_other_platforms_are_fetched_and_looked_at() {
    let site = Site::new(&[STABLE, ALPHA]);
    assert_eq!(site.update("--channel alpha --all-platforms"), Ok(()));
    assert_eq!(site.text("schema/VERSION"), format!("{ALPHA}\n"));
    for platform in Platform::ALL {
        let package = site.folder.path().join(format!("cache/{ALPHA}/{platform}"));
        assert!(package.join("codex-sdk-manifest").is_file(), "{platform}");
    }

    let site = Site::new(&[STABLE]);
    let [windows, mac] = ["win32-arm64", "darwin-arm64"].map(|name| {
        let found = Platform::ALL.into_iter().find(|platform| platform.to_string() == name);
        found.expect("one of the six")
    });
    site.offer(STABLE, windows, &binary::header(mac));
    let before = site.files();
    let error = site.update("--all-platforms").expect_err("a program for something else");
    assert!(error.contains("codex.exe is a program for darwin-arm64: the registry"), "{error}");
    assert_eq!(site.files(), before);
}

#[test]
fn a_codex_that_says_another_version_changes_nothing() {
    let site = Site::new(&[STABLE]);
    let host = Platform::current().expect("one of the six");
    site.offer(STABLE, host, script("998.0.0").as_bytes());
    let before = site.files();
    let error = site.update("").expect_err("another version");
    assert!(error.contains("says that it is codex 998.0.0: the registry"), "{error}");
    assert_eq!(site.files(), before);
}

#[test]
fn a_channel_with_nothing_newer_changes_nothing_and_a_version_adds_its_schema() {
    // Between the oldest snapshot and the pinned one.
    let older = "0.165.0-alpha.1";
    let site = Site::new(&["0.1.0", older]);
    let before = site.files();
    assert_eq!(site.update("--channel alpha"), Ok(()));
    assert_eq!(site.update("--channel stable"), Ok(()));
    assert_eq!(site.server.paths().len(), 2, "each time the list");
    assert_eq!(site.files(), before);

    assert_eq!(site.update(&format!("--channel stable --version {older}")), Ok(()));
    assert!(site.text(&format!("schema/{older}/stable.json")).contains("\"asleep\""));
    assert_eq!(site.text("schema/VERSION"), format!("{PINNED_VERSION}\n"));
    for (file, _) in pin::PLACES {
        let path = site.root().join(file);
        assert_eq!(site.files().get(&path), before.get(&path), "{file}");
    }
}

#[test]
fn types_alone_need_no_registry() {
    let site = Site::new(&[]);
    let before = site.files();
    let models = site.root().join("crates/codex-protocol/src/generated/enums.rs");
    fs::remove_file(models).expect("it was there");
    assert_eq!(site.update("--types-only"), Ok(()));
    assert_eq!(site.server.paths(), [""; 0]);
    assert_eq!(site.files(), before);

    for more in ["--version 1.0.0", "--channel alpha", "--all-platforms"] {
        let error = site.update(&format!("--types-only {more}")).expect_err("makes no sense");
        assert!(error.contains("cannot be used with"), "{error}");
    }
}
