//! Looking a command up on `PATH`.

use std::path::{Path, PathBuf};

use crate::{Environment, Os};

/// What Windows takes where `PATHEXT` is not set.
const DEFAULT_EXTENSIONS: &str = ".COM;.EXE;.BAT;.CMD";

/// The folders of `PATH`, in order. Relative ones are left out: what lies in the current directory
/// must not be run by surprise.
pub(crate) fn folders(environment: &Environment) -> Vec<PathBuf> {
    let Some(path) = environment.get("PATH") else { return Vec::new() };
    std::env::split_paths(path).filter(|folder| folder.is_absolute()).collect()
}

/// Files in `folder` that the command `name` may mean, whether executable or not.
pub(crate) fn candidates(
    folder: &Path,
    name: &str,
    environment: &Environment,
    os: Os,
) -> Vec<PathBuf> {
    let names = match os {
        Os::Linux | Os::MacOs => vec![name.to_owned()],
        Os::Windows => {
            let extensions = environment.get("PATHEXT").and_then(|value| value.to_str());
            extensions
                .unwrap_or(DEFAULT_EXTENSIONS)
                .split(';')
                .filter(|extension| extension.starts_with('.'))
                .map(|extension| format!("{name}{}", extension.to_ascii_lowercase()))
                .collect()
        }
    };
    names.into_iter().map(|name| folder.join(name)).filter(|path| path.is_file()).collect()
}

/// Why `path` cannot be run, or `None` if it can.
pub(crate) fn obstacle(path: &Path) -> Option<String> {
    match path.metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Some("there is no such file".to_owned())
        }
        Err(error) => Some(format!("it cannot be read: {error}")),
        Ok(found) if found.is_dir() => Some("it is a folder".to_owned()),
        Ok(found) if !executable(&found) => Some("it is not executable".to_owned()),
        Ok(_) => None,
    }
}

#[cfg(unix)]
fn executable(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn executable(_: &std::fs::Metadata) -> bool {
    true
}
