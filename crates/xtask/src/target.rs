//! Targets of the compiler, other than this machine's.

use std::path::Path;

use crate::cargo::{cargo, program, run, succeeds};
use crate::{Failure, PUBLIC, features};

/// The web, for which the types alone must build.
const WASM: &str = "wasm32-unknown-unknown";

/// A target for each family of systems, and Linux on its other processor, each with a C compiler
/// for it by its usual name. The other processors of Windows and macOS compile the same code.
const SYSTEMS: [(&str, Option<&str>); 3] = [
    ("x86_64-pc-windows-gnu", Some("x86_64-w64-mingw32-gcc")),
    ("aarch64-apple-darwin", None),
    ("aarch64-unknown-linux-gnu", Some("aarch64-linux-gnu-gcc")),
];

/// Features that bring C code with them.
const WITH_C: [&str; 3] =
    ["codex-runtime/install", "codex-sdk/websocket", "codex-transport/websocket"];

/// Compiles what is published for other systems, as far as their targets can be had. That needs no
/// linker, and nothing is run.
pub(crate) fn check() -> Result<(), Failure> {
    if available(WASM) {
        run(cargo().args(["check", "--package", "codex-protocol", "--target", WASM]))?;
    }
    for (target, compiler) in SYSTEMS {
        if !available(target) {
            continue;
        }
        let compiles_c =
            compiler.is_some_and(|compiler| succeeds(program(compiler).arg("--version")));
        if !compiles_c {
            let without = WITH_C.join(", ");
            eprintln!("not checked for {target}, for want of a C compiler: {without}");
        }
        let mut check = cargo();
        check.args(["check", "--target", target, "--features"]);
        let mut features = features::all()?;
        features.retain(|name| compiles_c || !WITH_C.contains(&name.as_str()));
        check.arg(features.join(","));
        for package in PUBLIC {
            check.args(["--package", package]);
        }
        run(&mut check)?;
    }
    Ok(())
}

/// Whether the target is installed, or can be. Says so if not.
fn available(target: &str) -> bool {
    let installed = || {
        let libdir =
            program("rustc").args(["--print", "target-libdir", "--target", target]).output();
        libdir.is_ok_and(|output| {
            let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            output.status.success() && Path::new(&path).is_dir()
        })
    };
    let available = installed() || succeeds(program("rustup").args(["target", "add", target]));
    if !available {
        eprintln!("not checked: {target}, a target that cannot be had here");
    }
    available
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::cargo::starts;
    use crate::workspace_root;

    /// The Rust files below a folder.
    fn sources(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("a folder of sources");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let files = paths.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] });
        files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
    }

    /// Nobody has run them there, so this much is read.
    #[test]
    fn no_process_that_is_started_opens_a_window_on_windows() {
        let mut starting = Vec::new();
        for package in PUBLIC {
            for path in sources(&workspace_root().join("crates").join(package).join("src")) {
                let text = fs::read_to_string(&path).expect("a source");
                let code: Vec<_> =
                    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
                if code.iter().any(|line| line.contains("Command::new(")) {
                    let flag =
                        code.iter().any(|line| line.contains("(&mut command, CREATE_NO_WINDOW)"));
                    assert!(flag, "{} starts a process with a window", path.display());
                    starting.push(path.file_name().expect("a file").to_owned());
                }
            }
        }
        starting.sort();
        assert_eq!(starting, ["builder.rs", "registry.rs"]);
    }

    #[test]
    fn what_is_left_out_for_want_of_a_c_compiler_exists() {
        let _starts = starts::with_others();
        let features = features::all().expect("the workspace has metadata");
        for name in WITH_C {
            assert!(features.iter().any(|feature| feature == name), "{name}");
        }
    }
}
