//! The command line of an example.

use crate::index::{Entry, index};
use clap::{CommandFactory, FromArgMatches, Parser};
use std::path::PathBuf;

/// What an example was called with.
#[derive(Debug, Parser)]
pub struct Args {
    /// Run without an account: the real app-server answers from a scripted model
    #[arg(long)]
    pub demo: bool,
}

impl Args {
    /// Reads the command line. `--help`, or an argument that no example takes, ends the program with a text.
    pub fn parse() -> Self {
        let mut command = Self::command();
        if let Some(Entry { name, shows }) = entry() {
            let usage = format!("cargo run -p codex-examples --example {name} -- [--demo]");
            command = command.name(name).about(shows).override_usage(usage);
        }
        let matches = command.get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// What the index says of the running program.
fn entry() -> Option<Entry> {
    let program = std::env::args_os().next().map(PathBuf::from)?;
    let name = program.file_stem()?.to_str()?;
    index().find(|entry| entry.name == name)
}
