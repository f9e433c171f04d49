//! `cargo xtask schema`: takes over the schemas that a codex binary exports.

mod import;
mod print;
mod wording;

use std::path::PathBuf;

use crate::Failure;

/// Arguments of `cargo xtask schema`.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Write schema/VERSION from an export
    Import {
        /// The codex version that exported it, for example 0.169.0
        version: String,
        /// A folder with `stable/` and `experimental/` in it, as `codex app-server generate-json-schema` writes them
        dir: PathBuf,
    },
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let Command::Import { version, dir } = &args.command;
    import::run(&crate::workspace_root().join("schema"), version, dir)
}
