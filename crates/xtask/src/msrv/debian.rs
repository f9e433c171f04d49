//! An old compiler from Debian's packages, unpacked and not installed.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::{program, run, succeeds};
use crate::{Failure, workspace_root};

/// What bookworm calls the compiler that it carries for browsers.
const VERSION: &str = "1.85.0+dfsg3-1~deb12u3";

/// The compiler in that version, and the libraries that it needs in whichever there is.
const COMPILER: [&str; 4] =
    ["rustc-web", "cargo-web", "libstd-rust-web-1.85", "libstd-rust-web-dev"];
const LIBRARIES: [&str; 3] = ["libllvm19", "libpcre3", "libhttp-parser2.9"];

/// Where the packages keep libraries, on any architecture.
const LIB_DIRS: [&str; 2] = ["usr/lib", "lib"];

/// That version's cargo, with its compiler; downloads both once.
pub(super) fn cargo(version: &str) -> Result<Command, Failure> {
    if !VERSION.starts_with(&format!("{version}.")) {
        return Err(format!("Debian's packages have {VERSION}, not {version}").into());
    }
    let root = workspace_root().join("target/msrv/debian");
    let works = |root: &Path| {
        command(root, "rustc").is_ok_and(|mut rustc| succeeds(rustc.arg("--version")))
    };
    if !works(&root) {
        if !succeeds(program("apt-get").arg("--version")) {
            return Err("there is no apt-get to ask for Debian's packages".into());
        }
        unpack(&root).map_err(|error| format!("Debian's packages: {error}"))?;
        if !works(&root) {
            return Err("Debian's packages: their rustc does not run here".into());
        }
    }
    let mut cargo = command(&root, "cargo")?;
    cargo.env("RUSTC", root.join("usr/bin/rustc"));
    Ok(cargo)
}

fn unpack(root: &Path) -> Result<(), Failure> {
    let downloads = root.with_extension("packages");
    fs::create_dir_all(&downloads)?;
    let compiler = COMPILER.map(|package| format!("{package}={VERSION}"));
    run(program("apt-get")
        .args(["--quiet", "download"])
        .args(compiler)
        .args(LIBRARIES)
        .current_dir(&downloads))?;
    for entry in fs::read_dir(&downloads)? {
        run(program("dpkg").arg("--extract").arg(entry?.path()).arg(root))?;
    }
    fs::remove_dir_all(&downloads)?;
    Ok(())
}

/// A program of the packages, which finds its libraries beside it.
fn command(root: &Path, name: &str) -> Result<Command, Failure> {
    let mut libraries = Vec::new();
    for dir in LIB_DIRS {
        let dir = root.join(dir);
        libraries.push(dir.clone());
        libraries.extend(folders(&dir).unwrap_or_default());
    }
    let paths: OsString = std::env::join_paths(libraries)?;
    let mut command = program(root.join("usr/bin").join(name));
    command.env("LD_LIBRARY_PATH", paths);
    Ok(command)
}

fn folders(dir: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    Ok(folders)
}
