//! `cargo xtask soak`: what many clients cost over many minutes.

use codex_runtime::Installer;

use crate::Failure;
use crate::cargo::{cargo, run};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long
    #[arg(long, default_value_t = 20.0)]
    minutes: f64,
    /// Which turns are run in which order; by default others each time
    #[arg(long)]
    seed: Option<u64>,
}

/// Runs an example of the testkit, so that this program needs none of what it needs.
pub(crate) fn run_soak(args: &Args) -> Result<(), Failure> {
    if std::env::var_os("CODEX_BIN").is_none() {
        Installer::new().progress_on_stderr().install()?;
    }
    let mut soak = cargo();
    soak.args(["run", "--quiet", "--package", "codex-testkit"]);
    soak.args(["--features", "scripted-model", "--example", "soak", "--"]);
    soak.arg("--minutes").arg(args.minutes.to_string());
    if let Some(seed) = args.seed {
        soak.arg("--seed").arg(seed.to_string());
    }
    run(&mut soak)
}
