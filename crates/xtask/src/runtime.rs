//! `cargo xtask runtime`: the native codex binary that tests and demos run.

use clap::Subcommand;
use codex_runtime::{Installer, Outcome, PINNED_VERSION};

use crate::Failure;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install codex into the user's cache directory, from the npm registry of this machine
    Install(Install),
}

#[derive(clap::Args)]
struct Install {
    /// The version to install
    #[arg(long, default_value = PINNED_VERSION)]
    version: String,
    /// Install again where it is there already
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::Install(install) => run_install(install),
    }
}

/// Prints what is installed on standard output: its version, and its path on a line of its own.
fn run_install(args: &Install) -> Result<(), Failure> {
    let installer = Installer::new().version(&args.version).force(args.force);
    let installed = installer.progress_on_stderr().install()?;
    let how = match installed.outcome {
        Outcome::Present => "was there already",
        _ => "is installed",
    };
    println!("codex {} for {} {how}:", installed.version, installed.platform);
    println!("{}", installed.path.display());
    Ok(())
}
