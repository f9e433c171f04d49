//! From nothing to the first event of a turn of one delta, each time in a new process, against the bare floor; and how
//! many processes that starts.

use codex_bench::Failure;
use codex_bench::flood::STARTS;
use codex_bench::report::{Report, Row};
use codex_bench::round::{Round, median};
use codex_bench::scenario::{Client, Scenario};
use codex_bench::worker::Worker;
use std::path::Path;

const CLIENT: &str = env!("CARGO_BIN_EXE_flood-client");
const ROUNDS: usize = 31;

fn main() -> Result<(), Failure> {
    let mut report = Report::from_args()?;
    if !report.wants(Scenario::ColdStart.name()) {
        return Ok(());
    }
    let starts = Path::new(env!("CARGO_TARGET_TMPDIR")).join("starts");
    let mut rounds: [Vec<(Round, usize)>; 3] = Default::default();
    let clients = [Client::Floor, Client::CurrentThread, Client::MultiThread];
    for round in 0..=ROUNDS {
        for (client, rounds) in clients.into_iter().zip(&mut rounds) {
            let measured = start(client, &starts)?;
            // The first round brings the programs into memory.
            if round > 0 {
                rounds.push(measured);
            }
        }
    }
    let [floor, ..] = &rounds;
    for (client, rounds) in clients.into_iter().zip(&rounds) {
        let pairs = || rounds.iter().zip(floor).map(|((ours, _), (floor, _))| (ours, floor));
        let is_floor = client == Client::Floor;
        let mut row = Row {
            scenario: Scenario::ColdStart.name().to_owned(),
            client: client.name().to_owned(),
            cpu_us_per_message: Some(1e6 * median(rounds.iter().map(|(round, _)| round.cpu))),
            ratio_to_floor: (!is_floor)
                .then(|| median(pairs().map(|(ours, floor)| ours.wall / floor.wall))),
            peak_rss_mib: rounds.last().and_then(|(round, _)| round.peak_mib),
            target: (!is_floor).then_some("<= 3 ms over the floor, 1 process"),
            ..Row::default()
        };
        let wall = rounds.iter().map(|(round, _)| round.wall);
        row.more.insert("ms", 1e3 * median(wall));
        if !is_floor {
            let over = pairs().map(|(ours, floor)| ours.wall - floor.wall);
            row.more.insert("ms_over_floor", 1e3 * median(over));
        }
        let processes = rounds.iter().map(|(_, processes)| *processes).max().unwrap_or_default();
        row.more.insert("processes", processes as f64);
        report.print(&row)?;
    }
    Ok(())
}

/// One start in a new process, and how many processes that made: those that it has as children after the first event,
/// or, if it was more, how often the server's program was run.
fn start(client: Client, starts: &Path) -> Result<(Round, usize), Failure> {
    std::fs::write(starts, "")?;
    let env = [(STARTS, starts.into())];
    let mut worker = Worker::start(CLIENT, client, Scenario::ColdStart, 1, &env)?;
    let round = worker.round()?;
    drop(worker);
    let runs = std::fs::read_to_string(starts)?.lines().count();
    let children = round.children.unwrap_or_default();
    Ok((round, runs.max(children)))
}
