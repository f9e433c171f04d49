//! A folder, and what is below it.

use std::ffi::OsStr;
use std::io;
use std::path::{Component, Path, PathBuf};

/// A folder in which files may be changed.
#[derive(Debug, Clone)]
pub(super) struct Root(PathBuf);

impl Root {
    pub(super) fn new(folder: PathBuf) -> Self {
        // The current directory may be another one later. An empty path stays, and holds nothing.
        Self(std::path::absolute(&folder).unwrap_or(folder))
    }

    /// Whether `path` is this folder or below it.
    #[inline]
    pub(super) fn holds(&self, path: &Path) -> bool {
        self.below(path).is_some()
    }

    /// Whether the file at `path` is below this folder, and none that decides what is run or allowed.
    #[inline]
    pub(super) fn holds_file(&self, path: &Path) -> bool {
        self.below(path).is_some_and(|below| {
            below.iter().all(|rest| {
                rest.components().next().is_some()
                    && !rest.components().any(|part| is_guarded(part.as_os_str()))
            })
        })
    }

    /// The rest of `path` below this folder: as the system resolves it, and as a program does that takes away `..` first.
    #[inline]
    fn below(&self, path: &Path) -> Option<[PathBuf; 2]> {
        if !path.is_absolute() {
            return None;
        }
        let root = self.0.canonicalize().ok()?;
        let rest = |path: &Path| Some(resolve(path)?.strip_prefix(&root).ok()?.to_owned());
        Some([rest(path)?, rest(&without_parents(path))?])
    }
}

/// Folders of git's and the server's own, which the server's sandbox keeps from being written to as well.
fn is_guarded(name: &OsStr) -> bool {
    [".git", ".codex", ".agents"].iter().any(|guarded| name.eq_ignore_ascii_case(guarded))
}

/// Where `path` is in truth. What does not exist yet is below its nearest ancestor that does.
#[inline]
fn resolve(path: &Path) -> Option<PathBuf> {
    let mut existing = path;
    let mut missing = Vec::new();
    let mut resolved = loop {
        match existing.canonicalize() {
            Ok(resolved) => break resolved,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(_) => return None,
        }
        // A link to nowhere exists, and writing to it writes elsewhere.
        if existing.symlink_metadata().is_ok() {
            return None;
        }
        // There is no name where the path ends in `..`.
        missing.push(existing.file_name()?);
        existing = existing.parent()?;
    };
    resolved.extend(missing.into_iter().rev());
    Some(resolved)
}

/// The path with each `..` and what is before it taken away, whatever is there.
fn without_parents(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::Root;
    use std::fs;
    use tempfile::TempDir;

    /// A folder `root` with a file and a folder in it, and a folder `other` beside it.
    fn folders() -> TempDir {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join("root/sub")).unwrap();
        fs::create_dir_all(home.path().join("root-2")).unwrap();
        fs::create_dir_all(home.path().join("other/deep")).unwrap();
        fs::write(home.path().join("root/a.txt"), "a").unwrap();
        home
    }

    #[test]
    fn files_below_the_root_are_in_it_and_others_are_not() {
        let home = folders();
        let root = Root::new(home.path().join("root"));
        for (path, held) in [
            ("root/a.txt", true),
            ("root/new.txt", true),
            ("root/new/deeper/x.txt", true),
            ("root/./sub/x.txt", true),
            ("root/sub/../a.txt", true),
            ("other/../root/a.txt", true),
            ("root", false),
            ("root/sub/..", false),
            ("root/../other/x.txt", false),
            ("root/sub/../../other/x.txt", false),
            ("root/new/../../other/x.txt", false),
            ("root/new/../x.txt", false),
            ("root/a.txt/x", false),
            ("root-2/x.txt", false),
            ("rootless.txt", false),
            ("other/x.txt", false),
            ("root/.git/hooks/pre-commit", false),
            ("root/sub/.GIT/config", false),
            ("root/.codex/config.toml", false),
            ("root/sub/../.agents/x", false),
            ("root/.gitignore", true),
        ] {
            assert_eq!(root.holds_file(&home.path().join(path)), held, "{path}");
        }
        assert!(!root.holds_file("a.txt".as_ref()));
        assert!(!root.holds_file("".as_ref()));
        assert!(root.holds(&home.path().join("root")));
        assert!(!root.holds(home.path()));
    }

    #[test]
    fn a_root_that_is_not_there_holds_nothing() {
        let home = folders();
        let root = Root::new(home.path().join("nowhere"));
        assert!(!root.holds_file(&home.path().join("nowhere/x.txt")));
        assert!(!Root::new("".into()).holds_file(&home.path().join("root/a.txt")));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed() {
        use std::os::unix::fs::symlink;
        let home = folders();
        let at = |path: &str| home.path().join(path);
        fs::create_dir(at("root/.git")).unwrap();
        symlink(at("other"), at("root/out")).unwrap();
        symlink(at("other/deep"), at("root/deep")).unwrap();
        symlink(at("root/sub"), at("root/in")).unwrap();
        symlink(at("other/not-there"), at("root/nowhere")).unwrap();
        symlink(at("root/.git"), at("root/hidden")).unwrap();
        symlink(at("root/loop"), at("root/loop")).unwrap();
        symlink(at("root"), at("alias")).unwrap();
        let root = Root::new(at("root"));
        for (path, held) in [
            ("root/in/x.txt", true),
            ("alias/x.txt", true),
            ("root/out/x.txt", false),
            ("root/out/new/x.txt", false),
            ("root/nowhere", false),
            ("root/nowhere/x.txt", false),
            ("root/loop", false),
            ("root/hidden/config", false),
            // Here the system goes to other/x.txt, and who takes `..` away first to root/x.txt.
            ("root/deep/../x.txt", false),
            ("root/in/../../alias/x.txt", true),
        ] {
            assert_eq!(root.holds_file(&at(path)), held, "{path}");
        }
        assert!(Root::new(at("alias")).holds_file(&at("root/a.txt")));
    }
}
