//! `cargo xtask check`: everything that is checked without running a test.

use crate::cargo::{cargo, run, succeeds};
use crate::{
    Failure, PUBLIC, blocking, codegen, dependencies, fuzz, links, msrv, notebook, target,
};

/// The version that `deny.toml` was written for.
const DENY: &str = "cargo-deny@0.20.2";

/// Runs all checks, cheapest first; the first failure ends it.
pub(crate) fn run_checks() -> Result<(), Failure> {
    run(cargo().args(["fmt", "--all", "--check"]))?;
    codegen::check()?;
    blocking::check()?;
    dependencies::check()?;
    notebook::check()?;
    links::check()?;
    lint(&["--workspace", "--all-targets", "--all-features"])?;
    for package in PUBLIC {
        lint(&["--package", package])?;
    }
    fuzz::check()?;
    run(cargo()
        .args(["doc", "--workspace", "--no-deps", "--all-features", "--document-private-items"])
        .env("RUSTDOCFLAGS", "-D warnings"))?;
    target::check()?;
    msrv::run_msrv_if_possible()?;
    deny()
}

/// Clippy with warnings as errors. Features are additive, so a crate is looked at as it is by default and with all.
fn lint(selection: &[&str]) -> Result<(), Failure> {
    run(cargo().arg("clippy").args(selection).args(["--", "-D", "warnings"]))
}

/// Licences, sources and known holes of dependencies. CI installs what it takes; elsewhere that is left to whoever wants
/// it.
fn deny() -> Result<(), Failure> {
    let install = ["install", "--locked", DENY];
    if !succeeds(cargo().args(["deny", "--version"])) {
        if std::env::var_os("CI").is_none() {
            let install = install.join(" ");
            eprintln!("not checked: dependencies, for want of cargo-deny (`cargo {install}`)");
            return Ok(());
        }
        run(cargo().args(install))?;
    }
    run(cargo().args(["deny", "--all-features", "check", "bans", "licenses", "sources"]))?;
    if !succeeds(cargo().args(["deny", "--all-features", "fetch", "db"])) {
        eprintln!(
            "not checked: dependencies against known holes, for want of the advisory database"
        );
        return Ok(());
    }
    // With what was just fetched, so that a network that fails now fails nothing.
    run(cargo().args(["deny", "--all-features", "--offline", "check", "advisories"]))
}
