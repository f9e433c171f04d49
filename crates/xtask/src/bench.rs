//! `cargo xtask bench`: what builds cost, and what a message costs in instructions.

mod gate;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Subcommand;

use crate::cargo::{cargo, output};
use crate::{Failure, workspace_root};

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
    /// What codex-protocol costs those who build it, against another crate of the same types
    Build,
}

/// The best known crate of the same types, its models alone.
const PEER: &str = "codex-codes";
const PEER_DEPENDENCY: &str =
    "codex-codes = { version = \"=0.166.4\", default-features = false, features = [\"types\"] }";

/// A program that decodes notifications and looks at some.
const DECODES: &str = r#"
use codex_protocol::{Incoming, ServerNotification, decode_incoming};

fn main() {
    for line in std::io::stdin().lines().map_while(Result::ok) {
        match decode_incoming(&line) {
            Ok(Incoming::Notification { notification, .. }) => match notification {
                ServerNotification::ItemAgentMessageDelta(delta) => print!("{}", delta.delta),
                ServerNotification::TurnCompleted(done) => println!("{}", done.turn.status),
                other => println!("{}", other.method()),
            },
            Ok(_) => {}
            Err(error) => println!("{error}"),
        }
    }
}
"#;

/// A program that decodes and prints whatever comes.
const PRINTS: &str = r#"
fn main() {
    for line in std::io::stdin().lines().map_while(Result::ok) {
        println!("{:?}", codex_protocol::decode_incoming(&line));
    }
}
"#;

/// How often each build is measured; the best counts.
const ROUNDS: usize = 3;

pub(crate) fn run_bench(args: &Args) -> Result<(), Failure> {
    if args.gate {
        gate::check()?;
    }
    match args.what {
        Some(What::Build) => build(),
        None => Ok(()),
    }
}

fn build() -> Result<(), Failure> {
    let ours = workspace_root().join("crates/codex-protocol");
    let ours = format!("codex-protocol = {{ path = {:?} }}", ours.display().to_string());
    let dependant = Dependant::new("dependant", &ours, DECODES)?;
    // The derived `Debug` of the models is compiled where it is used.
    let printer = Dependant::new("printer", &ours, PRINTS)?;
    let peer = Dependant::new("peer", PEER_DEPENDENCY, "fn main() {}\n")?;

    let (mut check, mut peer_check) = (f64::MAX, f64::MAX);
    // In turn, so that whatever else the machine does hits both.
    for _ in 0..ROUNDS {
        check = check.min(dependant.rebuild("codex-protocol", "check")?);
        peer_check = peer_check.min(peer.rebuild(PEER, "check")?);
    }
    let release = dependant.rebuild("codex-protocol", "build")?;
    let (mut decodes, mut prints) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        decodes = decodes.min(dependant.rebuild("dependant", "build")?);
        prints = prints.min(printer.rebuild("printer", "build")?);
    }
    println!("cargo check, codex-protocol alone        {check:>6.2} s");
    println!("cargo check, {PEER} 0.166.4 types    {peer_check:>6.2} s");
    println!("ratio                                    {:>6.2}    <= 0.75", check / peer_check);
    println!("release build, codex-protocol alone      {release:>6.2} s");
    println!("release build, a dependant that decodes  {decodes:>6.2} s  <= 3");
    println!("the same, and prints with Debug          {prints:>6.2} s");
    Ok(())
}

/// A package outside the workspace, in a folder of its own below `target`.
struct Dependant {
    folder: PathBuf,
}

impl Dependant {
    fn new(name: &str, dependency: &str, main: &str) -> Result<Self, Failure> {
        let folder = workspace_root().join("target/bench").join(name);
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [dependencies]\n{dependency}\n\n[workspace]\n"
        );
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::write(folder.join("src/main.rs"), main)?;
        Ok(Self { folder })
    }

    /// Builds or checks everything, then `package` alone once more; how many seconds of CPU time that took.
    fn rebuild(&self, package: &str, command: &str) -> Result<f64, Failure> {
        // What is built is built as it is released.
        let profile: &[&str] = if command == "build" { &["--release"] } else { &[] };
        let alone = ["--package", package];
        output(&mut self.cargo(&[&[command], profile].concat(), None))?;
        output(&mut self.cargo(&[&["clean"], profile, &alone].concat(), None))?;
        let time = self.folder.join("time");
        let started = Instant::now();
        output(&mut self.cargo(&[&[command], profile, &alone].concat(), Some(&time)))?;
        Ok(cpu_seconds(&time).unwrap_or(started.elapsed().as_secs_f64()))
    }

    /// With `time`, the shell's report of CPU time goes there, wherever there is a POSIX shell.
    fn cargo(&self, args: &[&str], time: Option<&Path>) -> std::process::Command {
        let mut command = cargo();
        if let Some(time) = time.filter(|_| cfg!(unix)) {
            let cargo = command.get_program().to_owned();
            command = crate::cargo::program("sh");
            command.args(["-c", "\"$@\" >/dev/null 2>&1 && times >\"$0\""]).arg(time).arg(cargo);
        }
        command.args(args).current_dir(&self.folder);
        command.env("CARGO_INCREMENTAL", "0").env("CARGO_TARGET_DIR", self.folder.join("target"));
        command
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_children_is_read() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("time");
        fs::write(&file, "0m0.01s 0m0.00s\n1m2.50s 0m0.25s\n").expect("writable");
        assert_eq!(cpu_seconds(&file), Some(62.75));
        fs::write(&file, "").expect("writable");
        assert_eq!(cpu_seconds(&file), None);
    }
}
