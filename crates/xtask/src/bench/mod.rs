//! `cargo xtask bench`: what builds cost, and what a message costs in instructions.

mod dependant;
mod gate;
mod models;
mod program;

use clap::{Subcommand, ValueEnum};

use crate::Failure;

/// Arguments of `cargo xtask bench`.
#[derive(clap::Args)]
#[command(arg_required_else_help = true)]
pub(crate) struct Args {
    /// Fail if a message costs the client more instructions than it may; takes valgrind
    #[arg(long)]
    gate: bool,
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// What codex-protocol, and a program on codex-sdk, cost those who build them, against another crate of their kind
    Build {
        /// One of the two alone
        subject: Option<Subject>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// codex-protocol
    Models,
    /// The program on codex-sdk
    Program,
}

pub(crate) fn run_bench(args: &Args) -> Result<(), Failure> {
    if args.gate {
        gate::check()?;
    }
    match args.what {
        Some(What::Build { subject }) => build(subject),
        None => Ok(()),
    }
}

fn build(subject: Option<Subject>) -> Result<(), Failure> {
    let mut kept = true;
    if subject != Some(Subject::Program) {
        kept &= models::measure()?;
    }
    if subject != Some(Subject::Models) {
        kept &= program::measure()?;
    }
    if kept { Ok(()) } else { Err("a limit is not kept".into()) }
}

/// A line of a table: what was measured, and whether it keeps its limit, which `at_most` is.
fn keeps(what: &str, measured: f64, unit: &str, at_most: f64) -> bool {
    let keeps = measured <= at_most;
    let verdict = if keeps { "ok" } else { "MISSED" };
    println!("{what:<44} {measured:>8.2} {unit:<3} <= {at_most:<5} {verdict}");
    keeps
}

/// A line of a table without a limit.
fn tells(what: &str, measured: f64, unit: &str) {
    println!("{what:<44} {measured:>8.2} {unit}");
}
