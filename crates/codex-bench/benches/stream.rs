//! Events, from the pipe to the user's stream, against the bare floor: deltas, the mix, a big item, four turns at once.

use codex_bench::Failure;
use codex_bench::comparison::{Entrant, Measure, run};
use codex_bench::report::Report;
use codex_bench::scenario::{Client, Scenario};

const CLIENT: &str = env!("CARGO_BIN_EXE_flood-client");

fn main() -> Result<(), Failure> {
    let mut report = Report::from_args()?;
    compare(&mut report, Scenario::Delta, 100_000, ["<= 1.4", "<= 1.8", ""])?;
    compare(&mut report, Scenario::Mix, 60_000, ["<= 1.6", "<= 2.1", ""])?;
    compare(&mut report, Scenario::Big, 4, ["<= 1.2", "<= 1.2", ""])?;
    four_turns(&mut report, 100_000)
}

/// All clients at one scenario.
fn compare(
    report: &mut Report,
    scenario: Scenario,
    messages: usize,
    targets: [&'static str; 3],
) -> Result<(), Failure> {
    if !report.wants(scenario.name()) {
        return Ok(());
    }
    let entrant = |client| Entrant::new(CLIENT, client, scenario, messages);
    let mut entrants = [
        entrant(Client::Floor)?,
        entrant(Client::CurrentThread)?,
        entrant(Client::MultiThread)?,
        entrant(Client::Blocking)?,
    ];
    run(&mut entrants)?;
    let [floor, clients @ ..] = &entrants;
    report.print(&floor.row(None, Measure::Cpu))?;
    for (client, target) in clients.iter().zip(targets) {
        let mut row = client.row(Some(floor), Measure::Cpu);
        row.target = Some(target).filter(|target| !target.is_empty());
        report.print(&row)?;
    }
    Ok(())
}

/// Four turns at once, against the floor that reads the same, and against one turn of the same client.
fn four_turns(report: &mut Report, messages: usize) -> Result<(), Failure> {
    if !report.wants(Scenario::FourTurns.name()) {
        return Ok(());
    }
    let entrant = |client, scenario| Entrant::new(CLIENT, client, scenario, messages);
    let mut entrants = [
        entrant(Client::Floor, Scenario::FourTurns)?,
        entrant(Client::CurrentThread, Scenario::FourTurns)?,
        entrant(Client::CurrentThread, Scenario::Delta)?,
        entrant(Client::MultiThread, Scenario::FourTurns)?,
        entrant(Client::MultiThread, Scenario::Delta)?,
    ];
    run(&mut entrants)?;
    let [floor, pairs @ ..] = &entrants;
    report.print(&floor.row(None, Measure::Cpu))?;
    for pair in pairs.chunks_exact(2) {
        let [four, one] = pair else { continue };
        let mut row = four.row(Some(floor), Measure::Cpu);
        row.more.insert("ratio_to_one_turn", four.ratio(one, Measure::Cpu));
        row.target = Some("to one turn <= 1.3");
        report.print(&row)?;
    }
    Ok(())
}
