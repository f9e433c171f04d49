//! The managed install: `<cache>/codex-sdk/runtime/<version>/<platform>/`.
//!
//! Such a folder appears by one rename, complete, and holds a manifest of its files and their
//! sizes, so that a folder which lost a part since is told from a whole one without reading it.

use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::{Environment, Os, PINNED_VERSION, Platform, version};

/// The manifest's file name: a line with the package's digest, then `<size> <path>` for each file.
pub(crate) const MANIFEST: &str = "codex-sdk-manifest";

/// Where managed installs live for this user: `codex-sdk/runtime` in the cache directory.
///
/// That is `$XDG_CACHE_HOME` or `~/.cache` on Linux, `~/Library/Caches` on macOS, and
/// `%LOCALAPPDATA%` on Windows. `None` if the environment names no such folder.
pub fn managed_directory(environment: &Environment, os: Os) -> Option<PathBuf> {
    let absolute = |name| environment.get(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let cache = match os {
        Os::Linux => {
            absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?
        }
        Os::MacOs => absolute("HOME")?.join("Library").join("Caches"),
        Os::Windows => absolute("LOCALAPPDATA")
            .or_else(|| Some(absolute("USERPROFILE")?.join("AppData").join("Local")))?,
    };
    Some(cache.join("codex-sdk").join("runtime"))
}

/// The folder of one version for one platform.
pub(crate) fn package_directory(root: &Path, version: &str, platform: Platform) -> PathBuf {
    root.join(version).join(platform.npm_name())
}

/// The binary of the best whole install in `root`, or why there is none.
///
/// The pinned version goes first, since it is the one tested; else the newest.
pub(crate) fn find(root: &Path, platform: Platform) -> Result<PathBuf, String> {
    let mut versions: Vec<String> = match fs::read_dir(root) {
        Ok(entries) => entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| version::is_valid(name))
            .filter(|name| package_directory(root, name, platform).is_dir())
            .collect(),
        Err(_) => Vec::new(),
    };
    if versions.is_empty() {
        return Err(format!("no version is installed for {platform}"));
    }
    versions.sort_by(|a, b| {
        let pinned = |v: &str| v == PINNED_VERSION;
        pinned(b).cmp(&pinned(a)).then_with(|| version::compare(b, a))
    });
    let mut damaged = Vec::new();
    for version in &versions {
        match check(&package_directory(root, version, platform), platform) {
            Ok(binary) => return Ok(binary),
            Err(reason) => damaged.push(format!("{version} is damaged: {reason}")),
        }
    }
    Err(damaged.join("; "))
}

/// The binary in `directory` if every file of its manifest is there in its full size.
pub(crate) fn check(directory: &Path, platform: Platform) -> Result<PathBuf, String> {
    let manifest = fs::read_to_string(directory.join(MANIFEST))
        .map_err(|error| format!("{MANIFEST} cannot be read: {error}"))?;
    for line in manifest.lines().skip(1) {
        let (size, name) = line
            .split_once(' ')
            .and_then(|(size, name)| Some((size.parse::<u64>().ok()?, name)))
            .filter(|(_, name)| is_plain(Path::new(name)))
            .ok_or_else(|| format!("{MANIFEST} has the odd line {line:?}"))?;
        match fs::metadata(directory.join(name)) {
            Ok(found) if found.is_file() && found.len() == size => {}
            Ok(found) => return Err(format!("{name} has {} bytes, not {size}", found.len())),
            Err(error) => return Err(format!("{name} cannot be read: {error}")),
        }
    }
    native_binary(&directory.join("vendor"), platform)
        .ok_or_else(|| format!("it has no {} for {}", platform.executable(), platform.triple()))
}

/// The binary in a package's `vendor` folder, in today's layout or the one before it.
pub(crate) fn native_binary(vendor: &Path, platform: Platform) -> Option<PathBuf> {
    let target = vendor.join(platform.triple());
    ["bin", "codex"]
        .into_iter()
        .map(|folder| target.join(folder).join(platform.executable()))
        .find(|path| path.is_file())
}

fn is_plain(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_)))
}
