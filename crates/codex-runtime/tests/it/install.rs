//! Installs that end well.

use std::fs;
use std::sync::{Arc, Mutex};

use codex_runtime::{
    Environment, InstallError, Outcome, PINNED_VERSION, Platform, Progress, Search, Source,
};

use crate::package::{
    BINARY, Package, environment, installer, metadata, metadata_path, platform, registry,
};
use crate::server::{Reply, Server};
use crate::tree::Tree;

fn search(tree: &Tree) -> Search {
    Search::new(Environment::default()).managed(tree.path("managed")).platform(platform())
}

/// Names in the folder of managed installs.
fn names(tree: &Tree) -> Vec<String> {
    let entries = fs::read_dir(tree.path("managed")).expect("it was created");
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_fresh_install_is_what_locate_finds() {
    let tree = Tree::new();
    let server = registry(platform(), &Package::codex(platform()).bytes());
    let installed = installer(&tree, &server).install().expect("a good package");

    let directory = format!("managed/{PINNED_VERSION}/linux-x64");
    let binary = format!("{directory}/vendor/x86_64-unknown-linux-musl/bin/codex");
    assert_eq!(installed.path, tree.path(&binary));
    assert_eq!(installed.directory, tree.path(&directory));
    assert_eq!((installed.version.as_str(), installed.platform), (PINNED_VERSION, platform()));
    assert_eq!(installed.outcome, Outcome::Fresh);
    assert_eq!(fs::read_to_string(&installed.path).expect("it is there"), BINARY);
    assert_eq!(names(&tree), [PINNED_VERSION]);
    assert_eq!(server.paths(), [metadata_path(platform()), "/codex.tgz".to_owned()]);

    let located = search(&tree).locate().expect("it was installed");
    assert_eq!((located.path, located.source), (installed.path, Source::Managed));
}

#[test]
fn a_second_install_makes_no_request() {
    let tree = Tree::new();
    let server = registry(platform(), &Package::codex(platform()).bytes());
    let first = installer(&tree, &server).install().expect("a good package");
    let requests = server.requests();
    let second = installer(&tree, &server).install().expect("it is there");
    let mut expected = first.clone();
    expected.outcome = Outcome::Present;
    assert_eq!(second, expected);
    assert_eq!(server.requests(), requests);

    let third = installer(&tree, &server).force(true).install().expect("a good package");
    assert_eq!(third, first);
    assert_eq!(server.requests().len(), 2 * requests.len());
    assert_eq!(names(&tree), [PINNED_VERSION]);
}

#[test]
fn a_damaged_install_is_replaced() {
    let tree = Tree::new();
    let server = registry(platform(), &Package::codex(platform()).bytes());
    let first = installer(&tree, &server).install().expect("a good package");
    fs::write(&first.path, "cut").expect("writable");
    search(&tree).locate().expect_err("it is damaged");

    let second = installer(&tree, &server).install().expect("a good package");
    assert_eq!(second.outcome, Outcome::Fresh);
    assert_eq!(fs::read_to_string(&second.path).expect("it is there"), BINARY);
    assert_eq!(names(&tree), [PINNED_VERSION]);
}

#[test]
fn each_platform_can_be_installed_on_any() {
    let tree = Tree::new();
    for platform in Platform::ALL {
        let server = registry(platform, &Package::codex(platform).bytes());
        let installer = installer(&tree, &server).platform(platform);
        let installed = installer.install().expect("a good package");
        let name = installed.path.strip_prefix(tree.path("managed")).expect("it lies there");
        let expected = format!(
            "{PINNED_VERSION}/{platform}/vendor/{}/bin/{}",
            platform.triple(),
            platform.executable()
        );
        assert_eq!(name.to_string_lossy().replace('\\', "/"), expected);
    }
}

#[cfg(unix)]
#[test]
fn files_are_executable_as_the_package_says() {
    use std::os::unix::fs::PermissionsExt;
    let tree = Tree::new();
    let server = registry(platform(), &Package::codex(platform()).bytes());
    let installed = installer(&tree, &server).install().expect("a good package");
    let mode = |path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(installed.path), 0o755);
    assert_eq!(mode(installed.directory.join("package.json")), 0o644);
}

/// Dying at any of these moments is the same as never coming back from the call.
#[test]
fn at_no_step_is_there_something_to_locate() {
    let tree = Tree::new();
    let server = registry(platform(), &Package::codex(platform()).bytes());
    let steps = Arc::new(Mutex::new(Vec::new()));
    let (seen, search) = (Arc::clone(&steps), search(&tree));
    let installer = installer(&tree, &server).progress(move |progress| {
        let found = search.locate().is_ok();
        seen.lock().expect("no panic holds it").push((progress.clone(), found));
    });
    installer.install().expect("a good package");

    let steps = steps.lock().expect("no panic holds it");
    let total = Package::codex(platform()).bytes().len() as u64;
    let mut steps = steps.iter();
    let url = server.url("/codex.tgz");
    let started = Progress::Started { version: PINNED_VERSION.to_owned(), url };
    assert_eq!(steps.next(), Some(&(started, false)));
    let begun = Progress::Downloading { received: 0, total: Some(total) };
    assert_eq!(steps.next(), Some(&(begun, false)));
    assert_eq!(steps.next_back(), Some(&(Progress::Unpacking, false)));
    let whole = Progress::Downloading { received: total, total: Some(total) };
    assert_eq!(steps.next_back(), Some(&(whole, false)));
    assert!(steps.all(|(_, found)| !found));
}

#[test]
fn of_two_installs_at_once_the_later_finds_the_work_done() {
    let tree = Tree::new();
    let server = registry(platform(), &Package::codex(platform()).bytes());
    let mut other = Some(installer(&tree, &server));
    let outcome = Arc::new(Mutex::new(None));
    let shared = Arc::clone(&outcome);
    let slow = installer(&tree, &server).progress(move |progress| {
        if *progress == Progress::Unpacking {
            let installed = other.take().expect("one step of this kind").install();
            *shared.lock().expect("no panic holds it") = Some(installed.expect("good").outcome);
        }
    });
    let slow = slow.install().expect("the other one's is as good");
    assert_eq!(*outcome.lock().expect("no panic holds it"), Some(Outcome::Fresh));
    assert_eq!(slow.outcome, Outcome::Present);
    assert_eq!(fs::read_to_string(&slow.path).expect("it is there"), BINARY);
    assert_eq!(names(&tree), [PINNED_VERSION]);
}

#[cfg(unix)]
#[test]
fn what_dead_installs_left_is_ignored_and_removed_by_the_next() {
    let tree = Tree::new();
    let left = "vendor/x86_64-unknown-linux-musl/bin/codex";
    tree.program(&format!("managed/.partial-dead/package/{left}"), BINARY);
    // A kill between making the version's folder and the rename leaves it empty.
    fs::create_dir_all(tree.path(&format!("managed/{PINNED_VERSION}"))).expect("writable");
    search(&tree).locate().expect_err("nothing is installed");

    let server = registry(platform(), &Package::codex(platform()).bytes());
    installer(&tree, &server).install().expect("a good package");
    assert_eq!(names(&tree), [PINNED_VERSION]);
}

#[test]
fn a_passing_failure_is_tried_again_and_said() {
    let tree = Tree::new();
    let bytes = Package::codex(platform()).bytes();
    let server = registry(platform(), &bytes);
    server.on("/codex.tgz", [Reply::ok(&*bytes).truncated(), Reply::ok(&*bytes)]);
    let reasons = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&reasons);
    let installer = installer(&tree, &server).retries(1).progress(move |progress| {
        if let Progress::Retrying { reason } = progress {
            seen.lock().expect("no panic holds it").push(reason.clone());
        }
    });
    assert_eq!(installer.install().expect("the second is whole").outcome, Outcome::Fresh);
    let reason = format!(
        "{} ended after {} of {} bytes",
        server.url("/codex.tgz"),
        bytes.len() / 2,
        bytes.len()
    );
    assert_eq!(*reasons.lock().expect("no panic holds it"), [reason]);
}

#[test]
fn a_registry_without_descriptions_of_single_versions_will_do() {
    let tree = Tree::new();
    let bytes = Package::codex(platform()).bytes();
    let server = Server::start();
    let version = metadata(&server.url("/codex.tgz"), &bytes);
    let whole = format!(r#"{{"versions":{{"{PINNED_VERSION}-linux-x64":{version}}}}}"#);
    server.on("/npm/@openai%2fcodex", [Reply::ok(whole)]);
    server.on("/codex.tgz", [Reply::ok(bytes)]);
    assert_eq!(installer(&tree, &server).install().expect("good").outcome, Outcome::Fresh);

    let error = installer(&tree, &server).version("0.1.0").install().expect_err("not there");
    assert_eq!(
        error.to_string(),
        format!(
            "{} has no codex 0.1.0 for linux-x64: choose another version, or, if this one is \
             published, a registry that has it",
            server.url("/npm/@openai%2fcodex")
        )
    );
}

#[test]
fn the_cache_directory_is_the_default() {
    let tree = Tree::new();
    let server = registry(platform(), &Package::codex(platform()).bytes());
    let base = environment(&tree, &server);
    let cache = tree.path("cache");
    let named = ["XDG_CACHE_HOME", "LOCALAPPDATA"].map(|name| (name.into(), cache.clone().into()));
    let environment: Environment =
        base.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).chain(named).collect();
    let installer = codex_runtime::Installer::new().platform(platform()).environment(environment);
    let installed = installer.install().expect("a good package");
    let below_cache = installed.directory.strip_prefix(tree.root()).expect("it lies there");
    assert!(below_cache.to_string_lossy().contains("codex-sdk"), "{}", below_cache.display());

    let nowhere = codex_runtime::Installer::new()
        .platform(platform())
        .environment(Environment::default())
        .install();
    assert!(matches!(nowhere, Err(InstallError::NoCacheDirectory)), "{nowhere:?}");
}
