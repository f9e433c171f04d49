//! npm's launcher scripts, and the native binary behind them.
//!
//! A global or local `npm install @openai/codex` puts a `codex` on the path that is not codex:
//! a link to a node script on Unix, a `.cmd`, a `.ps1` and a shell script on Windows; pnpm writes
//! scripts everywhere. They all end in the package's `bin/codex.js`.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::Platform;
use crate::managed::native_binary;

/// Launchers are a page of text; the native binary is not read beyond this.
const MAX_SCRIPT_BYTES: u64 = 64 * 1024;

/// What stands behind a path that was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Behind {
    /// Not a launcher of npm's: run it as it is.
    Itself,
    /// A launcher, and the native binary that it would start.
    Native(PathBuf),
    /// A launcher whose native binary is not there.
    Missing {
        /// The node script that the launcher leads to.
        script: PathBuf,
    },
}

/// Looks behind `path`, which is a file.
pub(crate) fn look_behind(path: &Path, platform: Platform) -> Behind {
    let Some(script) = node_script(path) else { return Behind::Itself };
    match native_of(&script, platform) {
        Some(native) => Behind::Native(native),
        None => Behind::Missing { script },
    }
}

/// The package's `bin/codex.js` if `path` is, links to, or mentions it.
fn node_script(path: &Path) -> Option<PathBuf> {
    let real = fs::canonicalize(path).ok()?;
    if is_node_script(&real) {
        return Some(plain(real));
    }
    let folder = path.parent()?;
    let text = script_text(path)?;
    let written = mentioned_script(&text)?;
    let mentioned = folder.join(written.replace('\\', "/"));
    // Launchers that spell their folder in a way not known here still lie in one of two places.
    let usual = ["node_modules/@openai/codex", "../@openai/codex"]
        .map(|package| folder.join(package).join("bin").join("codex.js"));
    std::iter::once(mentioned.clone())
        .chain(usual)
        .find_map(|candidate| fs::canonicalize(candidate).ok())
        .map(plain)
        .or(Some(mentioned))
}

/// Whether `path` is `bin/codex.js` of the package `@openai/codex`, and not somebody's own script.
fn is_node_script(path: &Path) -> bool {
    let Some(package) = path.parent().and_then(Path::parent) else { return false };
    path.ends_with("bin/codex.js")
        && (package.ends_with("@openai/codex")
            || fs::read_to_string(package.join("package.json"))
                .is_ok_and(|text| text.contains("\"@openai/codex\"")))
}

/// The text of a launcher: a file that says it is a script, by its first bytes or its name.
fn script_text(path: &Path) -> Option<String> {
    let by_name = path.extension().is_some_and(|extension| {
        ["cmd", "bat", "ps1"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    });
    let mut file = File::open(path).ok()?;
    let mut start = [0; 2];
    file.read_exact(&mut start).ok()?;
    if !by_name && start != *b"#!" {
        return None;
    }
    let mut rest = Vec::new();
    file.take(MAX_SCRIPT_BYTES).read_to_end(&mut rest).ok()?;
    Some(String::from_utf8_lossy(&[&start[..], &rest].concat()).into_owned())
}

/// The path of the node script in a launcher's text, without the variable for its own folder.
fn mentioned_script(text: &str) -> Option<&str> {
    const FOLDERS: [&str; 4] = ["$basedir", "%~dp0", "%dp0%", "$PSScriptRoot"];
    let tail = ["@openai/codex/bin/codex.js", "@openai\\codex\\bin\\codex.js"]
        .into_iter()
        .find_map(|tail| Some(text.find(tail)? + tail.len()))?;
    let start = text[..tail].rfind(['"', '\'', '\n']).map_or(0, |quote| quote + 1);
    let written = &text[start..tail];
    Some(match FOLDERS.into_iter().find_map(|folder| written.strip_prefix(folder)) {
        Some(relative) => relative.trim_start_matches(['/', '\\']),
        None => written,
    })
}

/// Where the node script finds its binary: the platform package as node resolves it, else `vendor`
/// in its own package.
fn native_of(script: &Path, platform: Platform) -> Option<PathBuf> {
    let package = script.parent()?.parent()?;
    let name = format!("codex-{}", platform.npm_name());
    package
        .ancestors()
        .filter(|folder| folder.file_name().is_none_or(|name| name != "node_modules"))
        .map(|folder| folder.join("node_modules").join("@openai").join(&name).join("vendor"))
        .chain(std::iter::once(package.join("vendor")))
        .find_map(|vendor| native_binary(&vendor, platform))
}

/// Takes the `\\?\` off a Windows path: it says nothing to a reader, and scripts choke on it.
fn plain(path: PathBuf) -> PathBuf {
    match path.to_str().and_then(|text| text.strip_prefix(r"\\?\")) {
        Some(rest) if !rest.starts_with("UNC") => PathBuf::from(rest),
        _ => path,
    }
}
