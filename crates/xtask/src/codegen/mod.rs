//! `cargo xtask codegen`: the models of `codex-protocol`, from `schema/`.

use crate::Failure;

/// Arguments of `cargo xtask codegen`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail if the generated files are not what would be written
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let _ = args.check;
    Err("not written yet".into())
}
