//! Round trips, client and server on one CPU, wall time against bare blocking ping-pong over the same pipes.

use codex_bench::Failure;
use codex_bench::comparison::{Entrant, Measure, run};
use codex_bench::report::Report;
use codex_bench::scenario::{Client, Scenario};

const CLIENT: &str = env!("CARGO_BIN_EXE_flood-client");

fn main() -> Result<(), Failure> {
    let mut report = Report::from_args()?;
    let alone = [
        (Client::CurrentThread, Some("<= 1.6")),
        (Client::MultiThread, Some("<= 4")),
        (Client::Blocking, None),
    ];
    compare(&mut report, Scenario::RoundTrips, 10_000, &alone)?;
    let at_once = [(Client::CurrentThread, Some("<= 2.5")), (Client::MultiThread, Some("<= 4.5"))];
    compare(&mut report, Scenario::RoundTripsAtOnce, 64_000, &at_once)
}

fn compare(
    report: &mut Report,
    scenario: Scenario,
    messages: usize,
    clients: &[(Client, Option<&'static str>)],
) -> Result<(), Failure> {
    if !report.wants(scenario.name()) {
        return Ok(());
    }
    let mut entrants = vec![Entrant::new(CLIENT, Client::Floor, scenario, messages)?];
    for (client, _) in clients {
        entrants.push(Entrant::new(CLIENT, *client, scenario, messages)?);
    }
    run(&mut entrants)?;
    let (floor, entrants) = entrants.split_first().ok_or("no entrants")?;
    report.print(&floor.row(None, Measure::Wall))?;
    for (entrant, (_, target)) in entrants.iter().zip(clients) {
        let mut row = entrant.row(Some(floor), Measure::Wall);
        row.more.insert("cpu_ratio_to_floor", entrant.ratio(floor, Measure::Cpu));
        row.target = *target;
        report.print(&row)?;
    }
    Ok(())
}
