//! Clients at the same scenario, round by round in turn.

use crate::Failure;
use crate::report::Row;
use crate::round::{Round, median};
use crate::scenario::{Client, Scenario};
use crate::worker::Worker;
use std::ffi::OsStr;

/// Rounds that count; one more before them warms up.
pub const ROUNDS: usize = 11;

/// One client at one scenario, and what its rounds took.
#[derive(Debug)]
pub struct Entrant {
    client: Client,
    scenario: Scenario,
    messages: usize,
    worker: Worker,
    rounds: Vec<Round>,
}

/// What a ratio is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// CPU time of the client's process.
    Cpu,
    /// Wall time.
    Wall,
}

impl Entrant {
    /// Starts a client; `program` is the path of `flood-client`.
    ///
    /// # Errors
    /// Those of starting it.
    pub fn new(
        program: impl AsRef<OsStr>,
        client: Client,
        scenario: Scenario,
        messages: usize,
    ) -> Result<Self, Failure> {
        let worker = Worker::start(program, client, scenario, messages, &[])?;
        Ok(Self { client, scenario, messages, worker, rounds: Vec::new() })
    }

    /// Runs one round.
    ///
    /// # Errors
    /// Those of the client.
    pub fn round(&mut self) -> Result<(), Failure> {
        let round = self.worker.round()?;
        self.rounds.push(round);
        Ok(())
    }

    /// The median ratio to another, of rounds that followed each other.
    pub fn ratio(&self, other: &Self, measure: Measure) -> f64 {
        let per_message = |entrant: &Self, round: &Round| match measure {
            Measure::Cpu => round.cpu / entrant.messages as f64,
            Measure::Wall => round.wall / entrant.messages as f64,
        };
        let pairs = self.rounds.iter().zip(&other.rounds);
        median(pairs.map(|(ours, theirs)| per_message(self, ours) / per_message(other, theirs)))
    }

    /// The row of its medians; `floor` is compared with by `measure`.
    pub fn row(&self, floor: Option<&Self>, measure: Measure) -> Row {
        let messages = self.messages as f64;
        Row {
            scenario: self.scenario.name().to_owned(),
            client: self.client.name().to_owned(),
            messages_per_s: Some(messages / median(self.rounds.iter().map(|round| round.wall))),
            cpu_us_per_message: Some(
                median(self.rounds.iter().map(|round| round.cpu)) * 1e6 / messages,
            ),
            ratio_to_floor: floor.map(|floor| self.ratio(floor, measure)),
            peak_rss_mib: self.rounds.last().and_then(|round| round.peak_mib),
            ..Row::default()
        }
    }
}

/// Runs all entrants in turn, a round each at a time.
///
/// # Errors
/// Those of a client.
pub fn run(entrants: &mut [Entrant]) -> Result<(), Failure> {
    for round in 0..=ROUNDS {
        for entrant in &mut *entrants {
            entrant.round()?;
            if round == 0 {
                entrant.rounds.clear();
            }
        }
    }
    Ok(())
}
