//! Plays named scenarios against the real app-server and keeps what was said as test data.
//!
//! `cargo xtask record` runs it.
//! An example rather than a program of the crate: whoever uses the testkit has no use for it.

mod canon;
mod normal;
mod ordered;
mod player;
mod recording;
mod scenarios;

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use scenarios::{SCENARIOS, Scenario};

/// What a scenario may fail with: it is told and the program ends.
type Failure = Box<dyn Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let names: Vec<_> = std::env::args().skip(1).collect();
    let check = names.iter().any(|name| name == "--check");
    let names: Vec<_> = names.into_iter().filter(|name| name != "--check").collect();
    if names.iter().any(|name| name == "--list") {
        for scenario in SCENARIOS {
            println!("{:<28} {}", scenario.name, scenario.about);
        }
        return ExitCode::SUCCESS;
    }
    match record(&names, check).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Records these scenarios, or all; to check, it writes nothing and fails if anything would change.
async fn record(names: &[String], check: bool) -> Result<(), Failure> {
    let mut stale = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings");
    std::fs::create_dir_all(&folder)?;
    let codex = codex_runtime::locate(None)?.path;
    for scenario in chosen(names)? {
        let frames = (scenario.play)(&codex).await;
        let frames = frames.map_err(|error| format!("{}: {error}", scenario.name))?;
        let path = folder.join(format!("{}.jsonl", scenario.name));
        let before = std::fs::read_to_string(&path).ok();
        let now = recording::text(&frames);
        let news = match &before {
            None => "new",
            Some(before) if *before == now => "unchanged",
            Some(_) => "changed",
        };
        println!("{:<28} {:>4} frames, {news}", scenario.name, frames.len());
        if news == "changed" {
            tell_first_change(before.as_deref().unwrap_or_default(), &now);
        }
        if news != "unchanged" {
            stale.push(scenario.name);
        }
        if !check {
            std::fs::write(&path, now)?;
        }
    }
    if check && !stale.is_empty() {
        return Err(format!("no longer as recorded: {}", stale.join(", ")).into());
    }
    Ok(())
}

/// Prints the first line that differs, as it was and as it is.
fn tell_first_change(before: &str, now: &str) {
    let (mut before, mut now) = (before.lines(), now.lines());
    let (was, is) = loop {
        match (before.next(), now.next()) {
            (None, None) => return,
            (was, is) if was == is => {}
            (was, is) => break (was, is),
        }
    };
    println!(
        "  was {:.200}\n   is {:.200}",
        was.unwrap_or("at its end"),
        is.unwrap_or("at its end")
    );
}

fn chosen(names: &[String]) -> Result<Vec<&'static Scenario>, Failure> {
    if names.is_empty() {
        return Ok(SCENARIOS.iter().collect());
    }
    let find = |name: &String| {
        let found = SCENARIOS.iter().find(|scenario| scenario.name == name);
        found.ok_or_else(|| format!("there is no scenario {name:?}; --list names them").into())
    };
    names.iter().map(find).collect()
}
