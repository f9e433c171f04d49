//! `cargo xtask record`: what the real app-server says, kept as test data.

use codex_runtime::Installer;

use crate::Failure;
use crate::cargo::{cargo, run};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The scenarios to record; all of them if none is named
    scenarios: Vec<String>,
    /// Name the scenarios and record nothing
    #[arg(long)]
    list: bool,
    /// Write nothing, and fail if anything is said differently from what is recorded
    #[arg(long, conflicts_with = "list")]
    check: bool,
}

/// Runs the recorder, an example of the testkit, so that this program needs none of what it needs.
pub(crate) fn run_recorder(args: &Args) -> Result<(), Failure> {
    let of_testkit = ["--quiet", "--package", "codex-testkit", "--features", "scripted-model"];
    let mut recorder = cargo();
    recorder.arg("run").args(of_testkit).args(["--example", "record", "--"]);
    if args.list {
        return run(recorder.arg("--list"));
    }
    // Whoever sets CODEX_BIN has a codex that is to be recorded.
    if std::env::var_os("CODEX_BIN").is_none() {
        Installer::new().progress_on_stderr().install()?;
    }
    // Codex starts it, and cargo does not build it for an example.
    run(cargo().arg("build").args(of_testkit).args(["--bin", "codex-testkit-mcp"]))?;
    if args.check {
        recorder.arg("--check");
    }
    run(recorder.args(&args.scenarios))
}
