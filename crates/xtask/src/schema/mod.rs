//! `cargo xtask schema`: takes over the schemas that a codex binary exports.

mod drift;
mod export;
mod print;
mod snapshot;
mod wording;

use std::fs;
use std::path::{Path, PathBuf};

use codex_runtime::{Installer, PINNED_VERSION};

use crate::Failure;
use crate::codegen::{Overrides, order, versions};
use drift::Drift;
pub(crate) use export::version_of;
use snapshot::Snapshot;

/// Arguments of `cargo xtask schema`.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Write schema/VERSION from what that version exports, and tell what changed since the one before
    Add {
        /// The codex version, which is installed if it is missing
        version: String,
        /// The folder of snapshots to add it to, in place of the workspace's; it needs an `overrides.toml`
        #[arg(long, default_value_os_t = crate::workspace_root().join("schema"), hide_default_value = true)]
        schema: PathBuf,
    },
    /// Fail, and tell the difference, if a binary does not export what schema/ says
    Diff {
        /// The binary to ask, in place of an installed one
        binary: Option<PathBuf>,
        /// The codex version to ask, which is installed if it is missing
        #[arg(long, default_value = PINNED_VERSION, conflicts_with = "binary")]
        version: String,
    },
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    match &args.command {
        Command::Add { version, schema } => add(schema, version, &install(version)?),
        Command::Diff { binary, version } => {
            let binary = binary.clone().map_or_else(|| install(version), Ok)?;
            diff(&crate::workspace_root().join("schema"), &binary)
        }
    }
}

fn install(version: &str) -> Result<PathBuf, Failure> {
    Ok(Installer::new().version(version).progress_on_stderr().install()?.path)
}

/// Writes the snapshot of `version`, which `binary` has to be, and tells what changed since the one
/// before.
pub(crate) fn add(schema: &Path, version: &str, binary: &Path) -> Result<(), Failure> {
    let exported = export::export(binary, &Overrides::load(schema)?)?;
    exported.write(schema, version)?;
    let newest = versions(schema)?.pop();
    if newest.as_deref() == Some(version) {
        fs::write(schema.join("VERSION"), format!("{version}\n"))?;
    }
    report(schema, version)
}

/// Tells what changed from the snapshot before that of `version`.
pub(crate) fn report(schema: &Path, version: &str) -> Result<(), Failure> {
    match before(schema, version)? {
        None => println!("{version} is the oldest snapshot: there is nothing to compare it with"),
        Some(older) => {
            let [before, now] =
                [older.as_str(), version].map(|version| Snapshot::read(schema, version));
            let drift = Drift::between(&before?, &now?)?;
            print!("\n{older} -> {version}\n{drift}");
        }
    }
    Ok(())
}

/// Compares with the snapshot of the binary's own version, else with the next older one.
fn diff(schema: &Path, binary: &Path) -> Result<(), Failure> {
    let version = version_of(binary)?;
    let known = match versions(schema)?.contains(&version) {
        true => version.clone(),
        false => before(schema, &version)?
            .ok_or_else(|| format!("schema/ holds nothing as old as codex {version}"))?,
    };
    let snapshot = Snapshot::read(schema, &known)?;
    let exported = export::export(binary, &Overrides::load(schema)?)?;
    if exported == snapshot {
        println!("codex {version} exports what schema/{known} says");
        return Ok(());
    }
    let drift = Drift::between(&snapshot, &exported)?;
    print!("schema/{known} -> what codex {version} exports\n{drift}");
    Err(format!("codex {version} does not export what schema/{known} says").into())
}

/// The newest snapshot that is older than `version`.
fn before(schema: &Path, version: &str) -> Result<Option<String>, Failure> {
    let versions = versions(schema)?;
    let mut older = versions.into_iter().filter(|known| order(known) < order(version));
    Ok(older.next_back())
}

#[cfg(test)]
mod tests;
