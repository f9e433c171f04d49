//! Where homes are made.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The `tmp` folder of the target directory, else a folder in the user's cache directory.
pub(super) fn default() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    in_target(&program)
        .or_else(|| in_cache(|name| std::env::var_os(name)))
        .unwrap_or_else(std::env::temp_dir)
}

/// Cargo marks its target directory as a cache, and puts every program that it runs below it.
fn in_target(program: &Path) -> Option<PathBuf> {
    let marked = |folder: &&Path| folder.join("CACHEDIR.TAG").is_file();
    Some(program.ancestors().skip(1).find(marked)?.join("tmp"))
}

fn in_cache(env: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let path = |name| env(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = if cfg!(windows) {
        path("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        path("HOME").map(|home| home.join("Library/Caches"))
    } else {
        path("XDG_CACHE_HOME").or_else(|| path("HOME").map(|home| home.join(".cache")))
    };
    Some(cache?.join("codex-testkit"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_cargo_built_uses_its_target_directory() {
        let target = tempfile::tempdir().unwrap();
        let program = target.path().join("debug/deps/it-0123");
        assert_eq!(in_target(&program), None);
        std::fs::write(target.path().join("CACHEDIR.TAG"), "").unwrap();
        assert_eq!(in_target(&program), Some(target.path().join("tmp")));
    }

    #[cfg(all(unix, not(target_os = "macos")))]
    #[test]
    fn the_cache_directory_is_the_users() {
        let cache = |env: &[(&str, &str)]| {
            in_cache(|name| env.iter().find(|(known, _)| *known == name).map(|(_, it)| it.into()))
        };
        let both = [("XDG_CACHE_HOME", "/c"), ("HOME", "/h")];
        assert_eq!(cache(&both), Some("/c/codex-testkit".into()));
        assert_eq!(cache(&both[1..]), Some("/h/.cache/codex-testkit".into()));
        let relative = [("XDG_CACHE_HOME", "c"), ("HOME", "/h")];
        assert_eq!(cache(&relative), Some("/h/.cache/codex-testkit".into()));
        assert_eq!(cache(&[]), None);
    }
}
