//! `cargo xtask blocking`: the blocking client of `codex-sdk`, from the source of the async one.
//!
//! Every type of [`TWINS`] gets a twin with the same public methods, arguments and documentation, which waits where the
//! async one is awaited. What cannot be derived is written by hand in `codex-sdk/src/blocking`, and listed in [`BY_HAND`].

mod docs;
mod emit;
mod paged;
mod signature;
mod source;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::Stdio;

use crate::generated::Generated;
use crate::{Failure, workspace_root};
use source::Source;

/// The folder of the twins.
const FOLDER: &str = "crates/codex-sdk/src/blocking/generated";

/// The async types that have a blocking twin.
const TWINS: &[&str] = &[
    "AccountRead",
    "AppList",
    "Attach",
    "BackgroundTerminalList",
    "BrowserLogin",
    "BrowserLoginStart",
    "Codex",
    "CodexBuilder",
    "Compact",
    "DeviceCodeLogin",
    "Events",
    "GoalSet",
    "ItemList",
    "Listing",
    "LoadedThreadList",
    "McpServerList",
    "ModelList",
    "PermissionProfileList",
    "Request",
    "RequestStream",
    "Review",
    "Run",
    "RunFor",
    "SkillList",
    "Steer",
    "Thread",
    "ThreadFork",
    "ThreadList",
    "ThreadRead",
    "ThreadResume",
    "ThreadSearch",
    "ThreadStart",
    "Turn",
    "TurnList",
    "TurnStart",
    "TurnStream",
];

/// Twins that are there before any client is, and so before its runtime.
const WITHOUT_ENGINE: &[&str] = &["CodexBuilder"];

/// Methods that the twin has, but not by delegation alone: they start the runtime of a client, or end it.
const BY_HAND: &[(&str, &str)] = &[
    ("Codex", "start"),
    ("Codex", "connect"),
    ("Codex", "builder"),
    ("Codex", "close"),
    ("CodexBuilder", "start"),
    ("CodexBuilder", "connect"),
];

/// Arguments of `cargo xtask blocking`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write nothing; fail if the generated files are not what would be written
    #[arg(long)]
    check: bool,
}

/// Fails if the generated files are not what would be written.
pub(crate) fn check() -> Result<(), Failure> {
    run(&Args { check: true })
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let root = workspace_root();
    let source = Source::read(&root.join("crates/codex-sdk/src"))?;
    let generated = Generated {
        command: "blocking",
        source: "the async client",
        folder: FOLDER,
        files: files(&source)?,
    };
    if args.check { generated.check(&root) } else { generated.write(&root) }
}

/// Every generated file, by its path within the workspace: one for each twin, and one that names them.
fn files(source: &Source) -> Result<BTreeMap<String, String>, Failure> {
    let names: Vec<(&str, String)> = TWINS.iter().map(|name| (*name, snake_case(name))).collect();
    let mut files = BTreeMap::new();
    for (name, file) in &names {
        files.insert(format!("{FOLDER}/{file}.rs"), format(&emit::twin(source, name)?)?);
    }
    files.insert(format!("{FOLDER}/mod.rs"), format(&emit::root(source, &names)?)?);
    Ok(files)
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// Whether `method` of `twin` is written by hand.
fn is_by_hand(twin: &str, method: &str) -> bool {
    BY_HAND.contains(&(twin, method))
}

fn is_twin(name: &str) -> bool {
    TWINS.contains(&name)
}

/// Formats as `cargo fmt` would.
fn format(text: &str) -> Result<String, Failure> {
    let mut rustfmt = crate::cargo::program("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(mut input) = rustfmt.stdin.take() {
        input.write_all(text.as_bytes())?;
    }
    let output = rustfmt.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("rustfmt does not take what was generated:\n{text}").into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests;
