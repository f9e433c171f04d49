//! `cargo xtask msrv`: the workspace builds with the oldest compiler that is promised.

mod debian;

use std::fs;
use std::process::Command;

use crate::cargo::{program, run, succeeds};
use crate::{Failure, workspace_root};

/// Arguments of `cargo xtask msrv`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Take the compiler from Debian's packages, even if rustup has it
    #[arg(long)]
    debian: bool,
}

pub(crate) fn run_msrv(args: &Args) -> Result<(), Failure> {
    let version = promised()?;
    let mut cargo = if args.debian { debian::cargo(&version)? } else { any(&version)? };
    check(cargo.args(["check", "--all-targets"]))
}

/// The same as part of all checks, without tests, examples and benchmarks. The checks go on where
/// that compiler cannot be had.
pub(crate) fn run_msrv_if_possible() -> Result<(), Failure> {
    match any(&promised()?) {
        Ok(mut cargo) => check(cargo.arg("check")),
        Err(error) => {
            eprintln!("not checked: the oldest compiler that is promised: {error}");
            Ok(())
        }
    }
}

/// The `rust-version` of the workspace.
fn promised() -> Result<String, Failure> {
    let manifest = fs::read_to_string(workspace_root().join("Cargo.toml"))?;
    let manifest: toml::Table = toml::from_str(&manifest)?;
    let version = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("package"))
        .and_then(|package| package.get("rust-version"))
        .and_then(toml::Value::as_str);
    version.map(str::to_owned).ok_or_else(|| "Cargo.toml: no workspace.package.rust-version".into())
}

fn any(version: &str) -> Result<Command, Failure> {
    rustup(version).or_else(|first| {
        debian::cargo(version).map_err(|second| format!("{first}; {second}").into())
    })
}

fn rustup(version: &str) -> Result<Command, Failure> {
    let rustup = |args: &[&str]| {
        let mut command = program("rustup");
        command.args(args);
        command
    };
    let installed = || succeeds(&mut rustup(&["run", version, "rustc", "--version"]));
    let install = ["toolchain", "install", version, "--profile", "minimal", "--no-self-update"];
    if installed() || succeeds(&mut rustup(&install)) && installed() {
        return Ok(rustup(&["run", version, "cargo"]));
    }
    Err(format!("`rustup {}` failed", install.join(" ")).into())
}

/// A folder of its own keeps the usual build warm.
fn check(cargo: &mut Command) -> Result<(), Failure> {
    cargo.args(["--locked", "--workspace", "--all-features"]);
    cargo.args(["--target-dir", "target/msrv"]);
    // Whatever compiler runs this program is not the one that is asked for.
    for name in ["CARGO", "RUSTC", "RUSTC_WRAPPER", "RUSTUP_TOOLCHAIN"] {
        if !cargo.get_envs().any(|(set, _)| set == name) {
            cargo.env_remove(name);
        }
    }
    run(cargo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_crate_promises_the_same() {
        assert_eq!(promised().expect("a version"), "1.85");
        for entry in fs::read_dir(workspace_root().join("crates")).expect("a folder of crates") {
            let manifest = entry.expect("an entry").path().join("Cargo.toml");
            let text = fs::read_to_string(&manifest).expect("a crate of the workspace");
            let promises = text.contains("rust-version.workspace = true");
            assert!(promises, "{}", manifest.display());
        }
    }
}
