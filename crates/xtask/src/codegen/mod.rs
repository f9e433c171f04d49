//! `cargo xtask codegen`: the models of `codex-protocol`, from `schema/`.

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
mod unused;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::Failure;
use docs::Docs;
use ir::Protocol;
pub(crate) use overrides::Overrides;

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
    let root = crate::workspace_root();
    generate(&root.join("schema"), &root.join("crates/codex-protocol/src/generated"), args.check)
}

/// Writes, or compares, what `target` should hold according to `schema`.
fn generate(schema: &Path, target: &Path, check: bool) -> Result<(), Failure> {
    let files = files(schema)?;
    if check {
        return compare(&files, target);
    }
    fs::create_dir_all(target)?;
    for stale in extra(&files, target)? {
        fs::remove_file(target.join(stale))?;
    }
    for (name, text) in &files {
        fs::write(target.join(name), text)?;
    }
    Ok(())
}

/// Every generated file, by its name.
fn files(schema: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let overrides = Overrides::load(schema)?;
    let docs = Docs::load(schema)?;
    let mut changed = BTreeSet::new();
    let mut all = merged(schema, "experimental", &overrides, &mut changed)?;
    let stable = merged(schema, "stable", &overrides, &mut changed)?;
    merge::mark_experimental(&mut all, &stable);
    unused::check(&all, &overrides, &changed)?;
    docs.check(&all)?;
    let mut files = emit::emit(&all, &overrides, &docs)?;
    files.insert("SCHEMA.lock".to_owned(), lock::lock(schema)?);
    Ok(files)
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

/// What sorts versions: their numbers.
pub(crate) fn order(version: &str) -> Vec<u64> {
    version.split('.').map(|part| part.parse().unwrap_or_default()).collect()
}

/// Fails on the first file that is not as it should be.
fn compare(files: &BTreeMap<String, String>, target: &Path) -> Result<(), Failure> {
    let stale = |name: &str, what: &str| {
        let path = target.join(name);
        format!("{} {what}; run `cargo xtask codegen` and commit what it writes", path.display())
    };
    for (name, text) in files {
        match fs::read(target.join(name)) {
            Ok(found) if found == text.as_bytes() => {}
            Ok(_) => return Err(stale(name, "is not what schema/ says").into()),
            Err(_) => return Err(stale(name, "cannot be read").into()),
        }
    }
    match extra(files, target)?.first() {
        Some(name) => Err(stale(name, "is not generated any more").into()),
        None => Ok(()),
    }
}

/// Files in `target` that nothing generates.
fn extra(files: &BTreeMap<String, String>, target: &Path) -> Result<Vec<String>, Failure> {
    let mut extra = Vec::new();
    for entry in fs::read_dir(target)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !files.contains_key(&name) {
            extra.push(name);
        }
    }
    extra.sort();
    Ok(extra)
}

#[cfg(test)]
mod tests;
