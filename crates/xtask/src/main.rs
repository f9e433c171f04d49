//! Maintenance commands of the workspace: `cargo xtask --help` lists them.
#![forbid(unsafe_code)]

mod bench;
mod binary;
mod blocking;
mod cargo;
mod check;
mod checkout;
mod ci;
mod codegen;
mod dependencies;
mod features;
mod fuzz;
mod generated;
mod links;
mod minimal;
mod msrv;
mod notebook;
mod package;
mod record;
mod runtime;
mod schema;
mod soak;
mod target;
mod test;
mod update;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What every subcommand may fail with; printed with its sources by `main`.
type Failure = Box<dyn std::error::Error>;

/// The crates that are published.
const PUBLIC: [&str; 5] =
    ["codex-protocol", "codex-transport", "codex-runtime", "codex-sdk", "codex-testkit"];

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "Maintenance commands of the workspace")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure what builds cost, or count what a message costs
    Bench(bench::Args),
    /// Generate the blocking client of codex-sdk from the async one
    Blocking(blocking::Args),
    /// Run every check that needs no test: formatting, lints, docs, generated code
    Check,
    /// Run what CI runs: the checks, then the tests
    Ci,
    /// Generate the models of codex-protocol from schema/
    Codegen(codegen::Args),
    /// Check that the links of the documents lead somewhere
    Links,
    /// Lint what is published with each of its features alone
    Features,
    /// Check what is published with the oldest dependencies that it allows
    Minimal,
    /// Give the fuzz targets inputs for a while: whatever comes, nothing may panic
    Fuzz(fuzz::Args),
    /// Check the workspace with the oldest compiler that is promised
    Msrv(msrv::Args),
    /// Run the cells of the walkthrough in a new kernel, and keep what they print
    Notebook(notebook::Args),
    /// Pack what is published, build it from the packages, and document it as docs.rs does
    Package,
    /// Record what the real codex says, as test data
    Record(record::Args),
    /// The native codex binary that tests and demos run
    Runtime(runtime::Args),
    /// Take over what a codex binary exports
    Schema(schema::Args),
    /// Run eight clients for many minutes, and see whether memory and descriptors stay where they are
    Soak(soak::Args),
    /// Run every test, against the codex versions that are installed if they are missing
    Test(test::Args),
    /// Take over a codex release: runtime, schema, models, and the report on what changed
    Update(update::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Bench(args) => bench::run_bench(&args),
        Command::Blocking(args) => blocking::run(&args),
        Command::Check => check::run_checks(),
        Command::Ci => ci::run_ci(),
        Command::Codegen(args) => codegen::run(&args),
        Command::Links => links::check(),
        Command::Features => features::run_features(),
        Command::Minimal => minimal::run_minimal(),
        Command::Fuzz(args) => fuzz::run_targets(&args),
        Command::Msrv(args) => msrv::run_msrv(&args),
        Command::Notebook(args) => notebook::run(&args),
        Command::Package => package::run_package(),
        Command::Record(args) => record::run_recorder(&args),
        Command::Runtime(args) => runtime::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Soak(args) => soak::run_soak(&args),
        Command::Test(args) => test::run_tests(&args),
        Command::Update(args) => update::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("  caused by: {cause}");
                source = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}

/// The workspace's root folder.
fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("this crate lives two folders below the root")
        .to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    /// Commands and arguments of which `--help` says nothing.
    fn silent(command: &clap::Command, path: &str) -> Vec<String> {
        let mut silent = Vec::new();
        if command.get_about().is_none() {
            silent.push(path.to_owned());
        }
        let arguments = command.get_arguments().filter(|argument| argument.get_help().is_none());
        silent.extend(arguments.map(|argument| format!("{path} {}", argument.get_id())));
        for inner in command.get_subcommands() {
            silent.extend(self::silent(inner, &format!("{path} {}", inner.get_name())));
        }
        silent
    }

    #[test]
    fn help_says_what_every_command_and_argument_is() {
        let cli = Cli::command();
        cli.clone().debug_assert();
        assert_eq!(silent(&cli, "cargo xtask"), [""; 0]);
    }
}
