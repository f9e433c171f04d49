//! What a benchmark prints: a table, or with `--json` one object a line.

use crate::Failure;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a benchmark was asked for: `cargo bench -p codex-bench -- [--json] [WORD..]`.
#[derive(Debug, Default)]
pub struct Report {
    json: bool,
    words: Vec<String>,
    titled: bool,
}

/// One measured scenario and client. What a scenario does not measure is `None`.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Row {
    /// What was done.
    pub scenario: String,
    /// Who did it.
    pub client: String,
    /// Messages per second of wall time.
    pub messages_per_s: Option<f64>,
    /// Microseconds of CPU time of the client's process for a message.
    pub cpu_us_per_message: Option<f64>,
    /// What it took against the floor: CPU time, and wall time for round trips and the cold start.
    pub ratio_to_floor: Option<f64>,
    /// The most memory of the client's process.
    pub peak_rss_mib: Option<f64>,
    /// What else this scenario is about, by name.
    #[serde(flatten)]
    pub more: BTreeMap<&'static str, f64>,
    /// What is aimed at, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<&'static str>,
}

impl Report {
    /// Reads the command line of a benchmark.
    ///
    /// # Errors
    /// An option that is not known.
    pub fn from_args() -> Result<Self, Failure> {
        let mut report = Self::default();
        for arg in std::env::args().skip(1) {
            match arg.as_str() {
                "--json" => report.json = true,
                // Cargo says so to every benchmark.
                "--bench" => {}
                option if option.starts_with('-') => {
                    return Err(format!("unknown option {option}; known is --json").into());
                }
                word => report.words.push(word.to_owned()),
            }
        }
        Ok(report)
    }

    /// Whether a scenario is wanted: all are, unless words are given of which one is part of its name.
    pub fn wants(&self, scenario: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| scenario.contains(word.as_str()))
    }

    /// Prints a row.
    ///
    /// # Errors
    /// None but that of a number that JSON does not have.
    pub fn print(&mut self, row: &Row) -> Result<(), Failure> {
        if self.json {
            println!("{}", serde_json::to_string(row)?);
            return Ok(());
        }
        if !std::mem::replace(&mut self.titled, true) {
            println!(
                "{:<34} {:<22} {:>12} {:>10} {:>8} {:>8}",
                "scenario", "client", "messages/s", "cpu us", "ratio", "MiB"
            );
        }
        let cell = |value: Option<f64>, digits: usize| {
            value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
        };
        let more: Vec<_> =
            row.more.iter().map(|(name, value)| format!("{name} {value:.2}")).collect();
        let line = format!(
            "{:<34} {:<22} {:>12} {:>10} {:>8} {:>8}  {}{}",
            row.scenario,
            row.client,
            cell(row.messages_per_s, 0),
            cell(row.cpu_us_per_message, 3),
            cell(row.ratio_to_floor, 2),
            cell(row.peak_rss_mib, 1),
            more.join(", "),
            row.target.map_or_else(String::new, |target| format!("  [{target}]")),
        );
        println!("{}", line.trim_end());
        Ok(())
    }
}
