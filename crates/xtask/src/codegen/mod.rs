//! `cargo xtask codegen`: the models of `codex-protocol`, and the table of methods, from `schema/`.

mod direction;
mod docs;
mod emit;
mod ir;
mod load;
mod lock;
mod lower;
mod merge;
mod name;
mod overrides;
mod reference;
mod sdk_calls;
mod unused;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::Failure;
use crate::generated::Generated;
use docs::Docs;
use ir::Protocol;
pub(crate) use overrides::Overrides;
use sdk_calls::SdkCalls;

/// Arguments of `cargo xtask codegen`.
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
    generate(&crate::workspace_root(), args.check)
}

/// The folder that holds nothing but generated files.
const MODELS: &str = "crates/codex-protocol/src/generated";

/// Writes, or compares, what the files under `root` should hold according to its `schema/`.
pub(crate) fn generate(root: &Path, check: bool) -> Result<(), Failure> {
    let generated = Generated {
        command: "codegen",
        source: "schema/",
        folder: MODELS,
        files: files(&root.join("schema"))?,
    };
    if check { generated.check(root) } else { generated.write(root) }
}

/// Every generated file, by its path within the workspace.
fn files(schema: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let overrides = Overrides::load(schema)?;
    let docs = Docs::load(schema)?;
    let calls = SdkCalls::load(schema)?;
    let all = protocol(schema, &overrides)?;
    docs.check(&all)?;
    calls.check(&all)?;
    let mut models = emit::emit(&all, &overrides, &docs, &calls)?;
    models.insert("SCHEMA.lock".to_owned(), lock::lock(schema)?);
    let models = models.into_iter().map(|(name, text)| (format!("{MODELS}/{name}"), text));
    let mut files: BTreeMap<_, _> = models.collect();
    files.insert("docs/protocol.md".to_owned(), reference::table(&all, &calls));
    files.insert("crates/codex-sdk/tests/it/sdk_calls.rs".to_owned(), calls.test());
    Ok(files)
}

/// All versions in `schema` as one.
fn protocol(schema: &Path, overrides: &Overrides) -> Result<Protocol, Failure> {
    let mut changed = BTreeSet::new();
    let mut all = merged(schema, "experimental", overrides, &mut changed)?;
    let stable = merged(schema, "stable", overrides, &mut changed)?;
    merge::mark_experimental(&mut all, &stable);
    unused::check(&all, overrides, &changed)?;
    Ok(all)
}

/// One channel of all versions in `schema`, the newest first.
fn merged(
    schema: &Path,
    channel: &str,
    overrides: &Overrides,
    changed: &mut BTreeSet<String>,
) -> Result<Protocol, Failure> {
    let newest = fs::read_to_string(schema.join("VERSION"))?.trim().to_owned();
    let load = |version: &str| {
        load::load(&schema.join(version).join(format!("{channel}.json")), overrides)
    };
    let mut all = load(&newest)?;
    for version in versions(schema)?.into_iter().rev().filter(|v| *v != newest) {
        let older = load(&version)?;
        merge::merge(&mut all, &older, overrides, changed)
            .map_err(|error| format!("{version}, {channel}: {error}"))?;
    }
    Ok(all)
}

/// The versions that `schema` holds, oldest first.
pub(crate) fn versions(schema: &Path) -> Result<Vec<String>, Failure> {
    let mut versions = Vec::new();
    for entry in fs::read_dir(schema)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            versions.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    versions.sort_by_key(|version| order(version));
    Ok(versions)
}

/// What sorts versions: their numbers, then those of a version before the release.
pub(crate) fn order(version: &str) -> (Vec<u64>, bool, Vec<u64>) {
    let (release, before) = version.split_once('-').unwrap_or((version, ""));
    let numbers = |text: &str| text.split('.').filter_map(|part| part.parse().ok()).collect();
    (numbers(release), before.is_empty(), numbers(before))
}

#[cfg(test)]
mod tests;
