//! `cargo xtask runtime`: the native codex binary that tests and demos run.

use clap::Subcommand;
use codex_runtime::{Channel, Installed, Installer, Outcome, PINNED_VERSION, Platform};

use crate::{Failure, binary};

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
    /// Install the newest version of this channel instead: stable or alpha
    #[arg(long, conflicts_with = "version")]
    channel: Option<Channel>,
    /// Install for all six platforms, to be run elsewhere
    #[arg(long)]
    all_platforms: bool,
    /// Install again where it is there already
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::Install(args) => run_install(args),
    }
}

fn run_install(args: &Install) -> Result<(), Failure> {
    let installer = || Installer::new().progress_on_stderr().force(args.force);
    let version = match args.channel {
        Some(channel) => installer().newest(channel)?,
        None => args.version.clone(),
    };
    install(&version, args.all_platforms, &installer)?;
    Ok(())
}

/// Installs `version` for this platform, and for the other five too if `all_platforms`; verifies
/// each, and prints its version and, on a line of its own, its path. Gives the first.
pub(crate) fn install(
    version: &str,
    all_platforms: bool,
    installer: &dyn Fn() -> Installer,
) -> Result<Installed, Failure> {
    let installed = one(installer().version(version))?;
    if all_platforms {
        for platform in Platform::ALL.into_iter().filter(|other| *other != installed.platform) {
            one(installer().version(version).platform(platform))?;
        }
    }
    Ok(installed)
}

fn one(installer: Installer) -> Result<Installed, Failure> {
    let installed = installer.install()?;
    binary::verify(&installed)?;
    let how = match installed.outcome {
        Outcome::Present => "was there already",
        _ => "is installed",
    };
    println!("codex {} for {} {how}:", installed.version, installed.platform);
    println!("{}", installed.path.display());
    Ok(installed)
}
