//! The fuzz targets of the crates, each crate's in a folder `fuzz` of its own.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cargo::{cargo, output, program, run};
use crate::{Failure, workspace_root};

/// How the compiler is told to note which ways the code takes, as cargo-fuzz does it without a sanitizer. That needs
/// no nightly compiler.
const COVERAGE: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    -Cdebug-assertions --cfg fuzzing";

/// Inputs are no longer than this, so that many can be tried.
const MAX_INPUT_BYTES: usize = 64 * 1024;

/// An input that takes longer than this is a find.
const TIMEOUT_SECONDS: u32 = 10;

/// As is one that takes more memory than this.
const MEMORY_MIB: u32 = 1024;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The target; every one in turn if none is named
    target: Option<String>,
    /// How long each is run
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// How many inputs each is given, instead of a time
    #[arg(long, conflicts_with = "seconds")]
    runs: Option<u64>,
}

/// Builds the targets, fills their corpora from the recordings, and runs them.
///
/// Corpora stay in the folders `fuzz/corpus`, so that a later run goes on where this one ends; what fails is kept in
/// `fuzz/artifacts`.
pub(crate) fn run_targets(args: &Args) -> Result<(), Failure> {
    let mut known = Vec::new();
    let mut found = false;
    for manifest in manifests()? {
        let names = targets(&manifest)?;
        known.extend(names.iter().cloned());
        let chosen = names.iter().filter(|name| args.target.as_ref().is_none_or(|it| it == *name));
        let chosen: Vec<_> = chosen.collect();
        if chosen.is_empty() {
            continue;
        }
        found = true;
        let folder = manifest.parent().ok_or("a manifest lies in a folder")?;
        write_seeds(&manifest, &folder.join("corpus"))?;
        for name in chosen {
            run_target(args, folder, name, &build(&manifest, name)?)?;
        }
    }
    match (&args.target, found) {
        (Some(target), false) => {
            let known = known.join(", ");
            Err(format!("there is no fuzz target {target:?}: choose one of {known}").into())
        }
        _ => Ok(()),
    }
}

fn write_seeds(manifest: &Path, corpus: &Path) -> Result<(), Failure> {
    let mut seeds = cargo();
    seeds.args(["run", "--quiet", "--no-default-features", "--locked", "--manifest-path"]);
    seeds.arg(manifest).args(["--target-dir", "target/fuzz", "--example", "seeds", "--"]);
    run(seeds.arg("crates/codex-testkit/recordings").arg(corpus))
}

fn build(manifest: &Path, target: &str) -> Result<PathBuf, Failure> {
    let version = output(program("rustc").arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or("rustc does not say what it runs on")?;
    let mut build = cargo();
    build.args(["build", "--quiet", "--release", "--locked", "--manifest-path"]).arg(manifest);
    // With a target, build scripts are built without the flags.
    build.args(["--target-dir", "target/fuzz", "--target", host, "--bin", target]);
    run(build.env("RUSTFLAGS", COVERAGE))?;
    Ok(workspace_root().join("target/fuzz").join(host).join("release").join(target))
}

fn run_target(args: &Args, folder: &Path, name: &str, binary: &Path) -> Result<(), Failure> {
    let artifacts = folder.join("artifacts").join(name);
    fs::create_dir_all(&artifacts)?;
    let mut fuzzer = program(binary);
    fuzzer.arg(folder.join("corpus").join(name));
    fuzzer.arg(format!("-artifact_prefix={}/", artifacts.display()));
    fuzzer.arg(format!("-max_len={MAX_INPUT_BYTES}"));
    fuzzer.arg(format!("-timeout={TIMEOUT_SECONDS}")).arg(format!("-rss_limit_mb={MEMORY_MIB}"));
    fuzzer.args(["-print_final_stats=1", "-verbosity=0"]);
    match args.runs {
        Some(runs) => fuzzer.arg(format!("-runs={runs}")),
        None => fuzzer.arg(format!("-max_total_time={}", args.seconds)),
    };
    run(&mut fuzzer)
}

/// The names of a manifest's targets.
fn targets(manifest: &Path) -> Result<Vec<String>, Failure> {
    let toml: toml::Table = toml::from_str(&fs::read_to_string(manifest)?)?;
    let bins = toml.get("bin").and_then(|bins| bins.as_array()).into_iter().flatten();
    Ok(bins.filter_map(|bin| Some(bin.get("name")?.as_str()?.to_owned())).collect())
}

/// Formats and lints the targets. They are no members of the workspace, for
/// they are run with flags and a C++ compiler; neither is needed for this.
pub(crate) fn check() -> Result<(), Failure> {
    for manifest in manifests()? {
        run(cargo().args(["fmt", "--check", "--manifest-path"]).arg(&manifest))?;
        let mut clippy = cargo();
        clippy.args([
            "clippy",
            "--all-targets",
            "--no-default-features",
            "--locked",
            "--manifest-path",
        ]);
        // What the workspace has built is used again.
        clippy.arg(&manifest).args(["--target-dir", "target", "--", "-D", "warnings"]);
        run(&mut clippy)?;
    }
    Ok(())
}

fn manifests() -> Result<Vec<PathBuf>, Failure> {
    let mut manifests = Vec::new();
    for entry in fs::read_dir(workspace_root().join("crates"))? {
        let manifest = entry?.path().join("fuzz/Cargo.toml");
        if manifest.is_file() {
            manifests.push(manifest);
        }
    }
    manifests.sort();
    Ok(manifests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_a_file_and_every_file_a_target() {
        let manifests = manifests().expect("a folder of crates");
        assert!(!manifests.is_empty());
        for manifest in manifests {
            let text = fs::read_to_string(&manifest).expect("a manifest");
            let toml: toml::Table = toml::from_str(&text).expect("a manifest");
            let bins = toml["bin"].as_array().expect("targets");
            let mut listed: Vec<_> =
                bins.iter().map(|bin| bin["path"].as_str().expect("a path").to_owned()).collect();
            listed.sort();
            let folder = manifest.with_file_name("fuzz_targets");
            let mut found = Vec::new();
            for entry in fs::read_dir(folder).expect("a folder of targets") {
                let name = entry.expect("an entry").file_name();
                found.push(format!("fuzz_targets/{}", name.to_string_lossy()));
            }
            found.sort();
            assert_eq!(listed, found, "{}", manifest.display());
        }
    }
}
