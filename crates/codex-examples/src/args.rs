//! The command line of an example.

use crate::index::{Entry, index};
use clap::Parser;
use std::path::PathBuf;

/// What most examples take.
#[derive(Debug, Parser)]
pub(crate) struct Args {
    /// Run without an account: the real app-server answers from a scripted model
    #[arg(long)]
    pub(crate) demo: bool,
}

/// Reads the command line. `--help` ends the program with what the index says of it; so does, with an error, what it
/// does not take.
pub fn parse<A: Parser>() -> A {
    let mut command = A::command();
    if let Some(Entry { name, shows }) = entry() {
        let call = format!("cargo run -p codex-examples --example {name} --");
        command = command.name(name).bin_name(call).about(shows);
    }
    A::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit())
}

/// What the index says of the running program.
fn entry() -> Option<Entry> {
    let program = std::env::args_os().next().map(PathBuf::from)?;
    let name = program.file_stem()?.to_str()?;
    index().find(|entry| entry.name == name)
}
