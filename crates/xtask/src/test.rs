//! `cargo xtask test`: every test of the workspace.

use codex_runtime::Installer;

use crate::Failure;
use crate::cargo::{cargo, run};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Passed on to `cargo test`, such as `-p codex-sdk` or the name of a test
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    cargo_args: Vec<String>,
}

/// Installs the pinned codex if it is missing, then runs the tests against it.
pub(crate) fn run_tests(args: &Args) -> Result<(), Failure> {
    // Whoever sets CODEX_BIN has a codex that the tests are to run against.
    if std::env::var_os("CODEX_BIN").is_none() {
        Installer::new().progress_on_stderr().install()?;
    }
    let mut test = cargo();
    test.args(["test", "--all-features"]);
    if args.cargo_args.is_empty() {
        test.arg("--workspace");
    } else {
        // Cargo builds a program for the tests of its own crate alone; others look for this one, too.
        let program = ["--bin", "codex-testkit-mcp"];
        run(cargo().args(["build", "--all-features", "--package", "codex-testkit"]).args(program))?;
    }
    run(test.args(&args.cargo_args))
}
