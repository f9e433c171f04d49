//! `cargo xtask bench --gate`: how many instructions a message costs the client, which repeats where times do not.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::cargo::{cargo, program, run, succeeds};
use crate::{Failure, workspace_root};

/// Scenarios of `flood-client`, and the most instructions that a message of theirs may cost.
const LIMITS: [(&str, u64); 2] = [("delta", 5_500), ("mix", 9_500)];

/// The client is counted on streams of two lengths; what it does besides is the same in both.
const LENGTHS: [u64; 2] = [10_000, 40_000];

/// Counts, and fails if a message costs more than it may.
pub(super) fn check() -> Result<(), Failure> {
    if !succeeds(program("valgrind").arg("--version")) {
        let install =
            "install the package `valgrind` of your distribution (`apt-get install valgrind`)";
        return Err(
            format!("instructions are counted by valgrind, which is not here: {install}").into()
        );
    }
    // As `cargo bench` builds them.
    run(cargo().args(["build", "--profile", "bench", "--package", "codex-bench", "--bins"]))?;
    let mut over = Vec::new();
    for (scenario, limit) in LIMITS {
        let [short, long] = LENGTHS;
        let more = instructions(scenario, long)?.saturating_sub(instructions(scenario, short)?);
        let each = more / (long - short);
        println!("{scenario:<8} {each:>8} instructions per message  <= {limit}");
        over.extend(excess(scenario, each, limit));
    }
    if over.is_empty() { Ok(()) } else { Err(over.join("; ").into()) }
}

fn excess(scenario: &str, each: u64, limit: u64) -> Option<String> {
    let text = || {
        format!(
            "a message of the scenario {scenario} costs {each} instructions, more than the {limit} it may"
        )
    };
    (each > limit).then(text)
}

/// The instructions of a client on a current-thread runtime, its server's not counted, for one turn of that length.
fn instructions(scenario: &str, messages: u64) -> Result<u64, Failure> {
    let target = target_folder();
    let counts = target.join(format!("cachegrind.{scenario}.{messages}"));
    let mut client = program("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no", "--quiet"])
        .arg(format!("--cachegrind-out-file={}", counts.display()))
        .arg(target.join("release/flood-client"))
        .args(["current-thread", scenario, &messages.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    // One line is one round; the end of the input is the client's.
    client.stdin.take().ok_or("valgrind was started without a pipe")?.write_all(b"go\n")?;
    let status = client.wait()?;
    if !status.success() {
        return Err(format!(
            "`flood-client current-thread {scenario} {messages}` failed under valgrind ({status})"
        )
        .into());
    }
    total(&counts)
}

/// The sum that a file of cachegrind's ends with.
fn total(counts: &Path) -> Result<u64, Failure> {
    let text = fs::read_to_string(counts)?;
    let summary = text.lines().find_map(|line| line.strip_prefix("summary:"));
    let total = summary.and_then(|counts| counts.split_whitespace().next()?.parse().ok());
    total.ok_or_else(|| format!("{} has no sum of instructions", counts.display()).into())
}

fn target_folder() -> PathBuf {
    let folder = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    workspace_root().join(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_costs_more_than_it_may_is_told() {
        assert_eq!(excess("delta", 5_500, 5_500), None);
        assert_eq!(
            excess("delta", 5_501, 5_500).as_deref(),
            Some(
                "a message of the scenario delta costs 5501 instructions, more than the 5500 it may"
            )
        );
    }

    #[test]
    fn the_sum_is_read() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let file = dir.path().join("counts");
        fs::write(&file, "events: Ir\nfn=main\n12 34\nsummary: 123456789\n").expect("writable");
        assert_eq!(total(&file).ok(), Some(123_456_789));
        fs::write(&file, "events: Ir\n").expect("writable");
        assert!(total(&file).is_err());
    }
}
