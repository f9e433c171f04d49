//! `cargo xtask test`: every test of the workspace.

use codex_runtime::{Installer, PINNED_VERSION, TESTED_VERSIONS};

use crate::Failure;
use crate::cargo::{cargo, run};

#[derive(Default, clap::Args)]
pub(crate) struct Args {
    /// Passed on to `cargo test`, such as `-p codex-sdk` or the name of a test
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    cargo_args: Vec<String>,
}

/// The crate whose tests run older versions of codex, too.
const RUNS_OLDER: &str = "codex-testkit";

/// Installs the codex versions that the tests run if they are missing, then runs the tests.
pub(crate) fn run_tests(args: &Args) -> Result<(), Failure> {
    // Whoever sets CODEX_BIN has a codex that the tests are to run against, in place of the pinned one.
    let given = std::env::var_os("CODEX_BIN").is_some();
    let older = runs_older(&args.cargo_args);
    for version in TESTED_VERSIONS {
        let wanted = if version == PINNED_VERSION { !given } else { older };
        if wanted {
            Installer::new().version(version).progress_on_stderr().install()?;
        }
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

/// Whether the crate that runs older versions is among those that are tested.
fn runs_older(cargo_args: &[String]) -> bool {
    let mut packages = Vec::new();
    let mut args = cargo_args.iter().take_while(|arg| *arg != "--");
    while let Some(arg) = args.next() {
        if arg == "-p" || arg == "--package" {
            packages.extend(args.next().map(String::as_str));
        } else if let Some(package) = arg.strip_prefix("--package=").or(arg.strip_prefix("-p")) {
            packages.push(package);
        }
    }
    packages.is_empty() || packages.contains(&RUNS_OLDER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_versions_are_needed_unless_other_crates_are_named() {
        for (args, expected) in [
            ("", true),
            ("a_name", true),
            ("-p codex-testkit --test versions", true),
            ("-p codex-sdk -p codex-testkit", true),
            ("-p codex-sdk a_name", false),
            ("--package=codex-sdk", false),
            ("-pcodex-sdk -- --exact", false),
            ("-- -p codex-sdk", true),
        ] {
            let args: Vec<_> = args.split_whitespace().map(str::to_owned).collect();
            assert_eq!(runs_older(&args), expected, "{args:?}");
        }
    }
}
