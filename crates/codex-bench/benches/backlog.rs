//! A consumer that is 500,000 deltas behind: what the client's process holds, each time a new one, with every byte of
//! text there in the end.

use codex_bench::Failure;
use codex_bench::comparison::{Entrant, Measure};
use codex_bench::report::{Report, Row};
use codex_bench::scenario::{Client, Scenario};

const CLIENT: &str = env!("CARGO_BIN_EXE_flood-client");
const DELTAS: usize = 500_000;
const ROUNDS: usize = 9;

fn main() -> Result<(), Failure> {
    let mut report = Report::from_args()?;
    for scenario in [Scenario::Backlog, Scenario::BacklogOfMany, Scenario::BacklogOfOne] {
        for client in [Client::CurrentThread, Client::MultiThread] {
            if report.wants(scenario.name()) {
                measure(&mut report, client, scenario)?;
            }
        }
    }
    Ok(())
}

fn measure(report: &mut Report, client: Client, scenario: Scenario) -> Result<(), Failure> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let mut entrant = Entrant::new(CLIENT, client, scenario, DELTAS)?;
        // The client fails unless all of the text has come, in the stream and in the result.
        entrant.round()?;
        rounds.push(entrant.row(None, Measure::Cpu));
    }
    // The worst, for memory is a promise.
    let peak = |row: &Row| row.peak_rss_mib.unwrap_or_default();
    rounds.sort_by(|a, b| peak(a).total_cmp(&peak(b)));
    let mut row = rounds.pop().ok_or("no rounds")?;
    row.target = Some("<= 32 MiB");
    report.print(&row)
}
