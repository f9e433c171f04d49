//! A package outside the workspace that depends on what is measured.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::cargo::{cargo, output, program};
use crate::{Failure, workspace_root};

/// A package in a folder of its own below `target`, which it also builds into.
pub(super) struct Dependant {
    name: String,
    folder: PathBuf,
}

/// What one crate of a build cost.
#[derive(Debug, PartialEq)]
pub(super) struct Cost {
    pub(super) name: String,
    pub(super) cpu_seconds: f64,
}

/// Stands between cargo and rustc: `$0.costs` gets the name of each crate, and what `times` says of its compiler.
const WRAPPER: &str = r#"#!/bin/sh
"$@"
status=$?
name=
for argument; do
    if [ "$name" = . ]; then name=$argument; break; fi
    if [ "$argument" = --crate-name ]; then name=.; fi
done
times >"$0.$$"
if [ -n "$name" ]; then echo "$name $(sed -n 2p "$0.$$")" >>"$0.costs"; fi
rm "$0.$$"
exit $status
"#;

impl Dependant {
    pub(super) fn new(name: &str, dependencies: &str, main: &str) -> Result<Self, Failure> {
        let folder = workspace_root().join("target/bench").join(name);
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [dependencies]\n{dependencies}\n\n[profile.release]\nstrip = true\n\n[workspace]\n"
        );
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::write(folder.join("src/main.rs"), main)?;
        Ok(Self { name: name.to_owned(), folder })
    }

    /// Builds or checks everything, then `package` alone once more; how many seconds of CPU time that took.
    pub(super) fn rebuild(&self, package: &str, command: &str) -> Result<f64, Failure> {
        // What is built is built as it is released.
        let profile: &[&str] = if command == "build" { &["--release"] } else { &[] };
        let alone = ["--package", package];
        output(&mut self.cargo(&[&[command], profile].concat()))?;
        output(&mut self.cargo(&[&["clean"], profile, &alone].concat()))?;
        self.timed(&[&[command], profile, &alone].concat())
    }

    /// Builds everything as it is released, from nothing; how many seconds of CPU time that took.
    pub(super) fn build_from_nothing(&self) -> Result<f64, Failure> {
        // What is downloaded is not what is measured.
        output(&mut self.cargo(&["fetch"]))?;
        self.clear()?;
        self.timed(&["build", "--release"])
    }

    /// What each crate costs in such a build, the dearest first. Needs a POSIX shell.
    pub(super) fn costs(&self) -> Result<Vec<Cost>, Failure> {
        self.clear()?;
        let wrapper = self.folder.join("rustc");
        let costs = self.folder.join("rustc.costs");
        fs::write(&wrapper, WRAPPER)?;
        fs::write(&costs, "")?;
        output(program("chmod").arg("+x").arg(&wrapper))?;
        output(self.cargo(&["build", "--release"]).env("RUSTC_WRAPPER", &wrapper))?;
        Ok(read_costs(&fs::read_to_string(&costs)?))
    }

    /// How many other crates it needs, to build and to run.
    pub(super) fn dependencies(&self) -> Result<usize, Failure> {
        let listed = ["tree", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"];
        let listed = output(&mut self.cargo(&listed))?;
        let crates: BTreeSet<Vec<&str>> =
            listed.lines().map(|line| line.split_whitespace().take(2).collect()).collect();
        Ok(crates.into_iter().filter(|of| of.first() != Some(&&*self.name)).count())
    }

    /// The size of the program that was built, in MiB.
    pub(super) fn size(&self) -> Result<f64, Failure> {
        let name = format!("{}{}", self.name, std::env::consts::EXE_SUFFIX);
        let program = self.target().join("release").join(name);
        Ok(fs::metadata(program)?.len() as f64 / (1024.0 * 1024.0))
    }

    fn clear(&self) -> Result<(), Failure> {
        match fs::remove_dir_all(self.target()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn target(&self) -> PathBuf {
        self.folder.join("target")
    }

    fn cargo(&self, args: &[&str]) -> std::process::Command {
        self.in_place(cargo(), args)
    }

    fn in_place(&self, mut command: std::process::Command, args: &[&str]) -> std::process::Command {
        command.args(args).current_dir(&self.folder);
        command.env("CARGO_INCREMENTAL", "0").env("CARGO_TARGET_DIR", self.target());
        command
    }

    /// Runs cargo; how many seconds of CPU time it and its children took, as the shell reports it, and wall time where
    /// there is no POSIX shell.
    fn timed(&self, args: &[&str]) -> Result<f64, Failure> {
        let time = self.folder.join("time");
        let mut command = cargo();
        if cfg!(unix) {
            let cargo = command.get_program().to_owned();
            command = program("sh");
            // What cargo complains of is the error's text, if it fails.
            command.args(["-c", "\"$@\" >/dev/null && times >\"$0\""]).arg(&time).arg(cargo);
        }
        let started = Instant::now();
        output(&mut self.in_place(command, args))?;
        Ok(cpu_seconds(&time).unwrap_or(started.elapsed().as_secs_f64()))
    }
}

/// The second line of what `times` prints: user and system time of the children, as `1m2.34s`.
fn cpu_seconds(file: &Path) -> Option<f64> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().nth(1)?.split_whitespace().map(seconds).sum()
}

fn seconds(text: &str) -> Option<f64> {
    let (minutes, rest) = text.split_once('m')?;
    let minutes: f64 = minutes.parse().ok()?;
    Some(minutes * 60.0 + rest.trim_end_matches('s').parse::<f64>().ok()?)
}

/// The lines of the wrapper. A crate's build script counts as the crate.
fn read_costs(text: &str) -> Vec<Cost> {
    let mut costs: Vec<Cost> = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let Some(name) = words.next() else { continue };
        let Some(cpu_seconds) = words.map(seconds).sum::<Option<f64>>() else { continue };
        match costs.iter_mut().find(|cost| cost.name == name) {
            Some(cost) => cost.cpu_seconds += cpu_seconds,
            None => costs.push(Cost { name: name.to_owned(), cpu_seconds }),
        }
    }
    costs.sort_by(|one, other| other.cpu_seconds.total_cmp(&one.cpu_seconds));
    costs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cargo::starts;

    #[test]
    fn the_time_of_children_is_read() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("time");
        fs::write(&file, "0m0.01s 0m0.00s\n1m2.50s 0m0.25s\n").expect("writable");
        assert_eq!(cpu_seconds(&file), Some(62.75));
        fs::write(&file, "").expect("writable");
        assert_eq!(cpu_seconds(&file), None);
    }

    #[test]
    fn a_build_that_fails_says_why() {
        let _starts = starts::with_others();
        let broken = Dependant::new("broken", "", "fn main() { nonsense }\n").expect("writable");
        let error = broken.build_from_nothing().expect_err("it is broken").to_string();
        assert!(error.contains("cannot find value `nonsense`"), "{error}");
    }

    #[test]
    fn crates_are_listed_by_what_they_cost() {
        let text =
            "serde 0m1.00s 0m0.50s\ntokio 0m9.00s 0m0.00s\n\nserde 0m2.00s 0m0.00s\nbad line\n";
        let cost = |name: &str, cpu_seconds| Cost { name: name.to_owned(), cpu_seconds };
        assert_eq!(read_costs(text), [cost("tokio", 9.0), cost("serde", 3.5)]);
    }
}
