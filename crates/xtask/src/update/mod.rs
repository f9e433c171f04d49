//! `cargo xtask update`: takes over a codex release, and leaves the difference to be reviewed.

mod pin;

use std::fs;
use std::path::Path;

use codex_runtime::{Channel, Installer};

use crate::{Failure, codegen, runtime, schema};

/// Arguments of `cargo xtask update`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Take the newest version of this channel: stable or alpha
    #[arg(long, default_value_t = Channel::Stable)]
    channel: Channel,
    /// Take this version, whatever the channel, even if it is older than the pinned one
    #[arg(long)]
    version: Option<String>,
    /// Install for all six platforms, and verify each as far as that goes without running it
    #[arg(long)]
    all_platforms: bool,
    /// Fetch and pin nothing: write models and tables anew from what schema/ holds
    #[arg(long, conflicts_with_all = ["channel", "version", "all_platforms"])]
    types_only: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    update(&crate::workspace_root(), args, &|| Installer::new().progress_on_stderr())
}

/// Does it to the workspace at `root`, with what `installer` installs.
fn update(root: &Path, args: &Args, installer: &dyn Fn() -> Installer) -> Result<(), Failure> {
    let folder = root.join("schema");
    if args.types_only {
        codegen::generate(root, false)?;
        return schema::report(&folder, pinned(&folder)?.as_str());
    }
    let before = pinned(&folder)?;
    let version = match &args.version {
        Some(version) => version.clone(),
        None => installer().newest(args.channel)?,
    };
    if args.version.is_none() && codegen::order(&version) < codegen::order(&before) {
        println!(
            "the newest {} version of codex is {version}, older than {before}, which is pinned: \
             nothing is changed. `cargo xtask update --version {version}` adds its schema all the \
             same, and pins nothing",
            args.channel
        );
        return Ok(());
    }
    let installed = runtime::install(&version, args.all_platforms, installer)?;
    schema::add(&folder, &version, &installed.path)?;
    let now = pinned(&folder)?;
    pin::set(root, &now)?;
    codegen::generate(root, false).map_err(|error| {
        format!(
            "schema/{version} is written, but no models can be made of it yet: {error}\n\
             Mend schema/overrides.toml or schema/docs.toml, and run the same command again"
        )
    })?;
    match now == before {
        true => println!("\ncodex {now} is pinned, as before"),
        false => println!("\ncodex {now} is pinned, in place of {before}"),
    }
    println!("review the difference; docs/maintaining.md says what a release takes besides");
    Ok(())
}

/// The version that everything is made for.
fn pinned(schema: &Path) -> Result<String, Failure> {
    let path = schema.join("VERSION");
    let version = fs::read_to_string(&path);
    let version = version.map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(version.trim().to_owned())
}

// The codex that the tests install is a shell script in front of the real one.
#[cfg(all(test, target_os = "linux"))]
mod tests;
