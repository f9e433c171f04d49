//! The three parts that this program plays.

use crate::{case, server};
use std::env;
use std::process::{Command, ExitCode};

/// Plays one case, in a process of its own.
const CASE: &str = "--case";
/// Plays a server with this fault.
pub(crate) const SERVER: &str = "--server";

pub(crate) fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [SERVER, fault] => server::run(fault),
        [CASE, name] => case::run(name),
        _ => return run_all(&args),
    }
    ExitCode::SUCCESS
}

fn run_all(args: &[String]) -> ExitCode {
    let filters: Vec<&String> = args.iter().filter(|arg| !arg.starts_with('-')).collect();
    let chosen = |name: &str| filters.is_empty() || filters.iter().any(|part| name.contains(*part));
    let mut failed = false;
    for name in case::NAMES.into_iter().filter(|name| chosen(name)) {
        let this = env::current_exe().unwrap();
        let output = Command::new(this).args([CASE, name]).output().unwrap();
        let verdict = if output.status.success() { "ok" } else { "FAILED" };
        let said = String::from_utf8_lossy(&output.stdout);
        println!("test {name} ... {verdict} ({})", said.trim());
        if !output.status.success() {
            failed = true;
            println!("{}", String::from_utf8_lossy(&output.stderr));
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
