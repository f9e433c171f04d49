//! What is measured, and by whose hand: the scenarios and the clients.

use crate::floor::Floor;
use crate::order::{Order, Stream, TURNS_AT_ONCE};
use crate::sdk::{BlockingSdk, Sdk};
use crate::{Failure, flood, one_cpu};
use std::path::Path;
use tokio::runtime::{Builder, Runtime};

/// What a client is made to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// One turn of deltas.
    Delta,
    /// One turn of the mix.
    Mix,
    /// Turns of one item of 16 MiB each.
    Big,
    /// Four turns of deltas at once.
    FourTurns,
    /// One turn of deltas of one message that is never finished, of which none is looked at until all have arrived.
    Backlog,
    /// The same of messages of 5,000 deltas, each finished.
    BacklogOfMany,
    /// The same of one message that is finished.
    BacklogOfOne,
    /// Round trips, one after the other, on one CPU.
    RoundTrips,
    /// Round trips, 64 at once, on one CPU.
    RoundTripsAtOnce,
    /// From nothing to the first event of a turn of one delta.
    ColdStart,
}

/// Who does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// The bare loop.
    Floor,
    /// The async client on a current-thread runtime.
    CurrentThread,
    /// The async client as under `#[tokio::main]`, with two workers.
    MultiThread,
    /// The blocking client.
    Blocking,
}

impl Scenario {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Delta,
        Self::Mix,
        Self::Big,
        Self::FourTurns,
        Self::Backlog,
        Self::BacklogOfMany,
        Self::BacklogOfOne,
        Self::RoundTrips,
        Self::RoundTripsAtOnce,
        Self::ColdStart,
    ];

    /// Its name, in the report and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delta => "delta",
            Self::Mix => "mix",
            Self::Big => "big",
            Self::FourTurns => "four-turns",
            Self::Backlog => "backlog",
            Self::BacklogOfMany => "backlog-of-many-messages",
            Self::BacklogOfOne => "backlog-of-one-message",
            Self::RoundTrips => "round-trips",
            Self::RoundTripsAtOnce => "round-trips-64",
            Self::ColdStart => "cold-start",
        }
    }
}

impl Client {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::Floor, Self::CurrentThread, Self::MultiThread, Self::Blocking];

    /// Its name, in the report and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::CurrentThread => "current-thread",
            Self::MultiThread => "multi-thread",
            Self::Blocking => "blocking",
        }
    }

    /// Starts it on a server, ready for a scenario.
    ///
    /// # Errors
    /// Those of the client.
    pub fn start(self, scenario: Scenario, server: &Path) -> Result<Started, Failure> {
        if matches!(scenario, Scenario::RoundTrips | Scenario::RoundTripsAtOnce) {
            one_cpu::pin()?;
        }
        let threads = if scenario == Scenario::FourTurns { TURNS_AT_ONCE } else { 1 };
        Ok(match self {
            Self::Floor => Started::Floor(Floor::start(server)?),
            Self::CurrentThread => Started::Sdk(Sdk::start(current_thread()?, server, threads)?),
            Self::MultiThread => Started::Sdk(Sdk::start(multi_thread()?, server, threads)?),
            Self::Blocking => Started::Blocking(BlockingSdk::start(server)?),
        })
    }
}

/// A client at its server.
#[derive(Debug)]
pub enum Started {
    /// The bare loop.
    Floor(Floor),
    /// The async client.
    Sdk(Sdk),
    /// The blocking client.
    Blocking(BlockingSdk),
}

impl Started {
    /// Does what the scenario says with so many messages.
    ///
    /// # Errors
    /// Those of the client; if any text did not arrive; if the client has no such scenario.
    pub fn run(&mut self, scenario: Scenario, messages: usize) -> Result<(), Failure> {
        match scenario {
            Scenario::Delta => self.turn(Stream::Delta, messages),
            Scenario::Mix => self.turn(Stream::Mix, messages),
            Scenario::Big => (0..messages).try_for_each(|_| self.turn(Stream::Big, 1)),
            Scenario::FourTurns => self.four_turns(messages / TURNS_AT_ONCE),
            Scenario::Backlog => self.backlog(Stream::Unfinished.of(messages)),
            Scenario::BacklogOfMany => self.backlog(Stream::Messages.of(messages)),
            Scenario::BacklogOfOne => self.backlog(Stream::Delta.of(messages)),
            Scenario::RoundTrips => match self {
                Self::Floor(floor) => Ok(floor.round_trips(messages)?),
                Self::Sdk(sdk) => sdk.round_trips(messages),
                Self::Blocking(blocking) => blocking.round_trips(messages),
            },
            Scenario::RoundTripsAtOnce => match self {
                Self::Floor(floor) => Ok(floor.round_trips_at_once(messages)?),
                Self::Sdk(sdk) => sdk.round_trips_at_once(messages),
                Self::Blocking(_) => unknown(scenario),
            },
            Scenario::ColdStart => match self {
                Self::Floor(floor) => Ok(floor.first_event()?),
                Self::Sdk(sdk) => sdk.first_event(),
                Self::Blocking(_) => unknown(scenario),
            },
        }
    }

    fn turn(&mut self, stream: Stream, messages: usize) -> Result<(), Failure> {
        let order = stream.of(messages);
        let bytes = match self {
            Self::Floor(floor) => floor.turn(order)?,
            Self::Sdk(sdk) => sdk.turn(order)?,
            Self::Blocking(blocking) => blocking.turn(order)?,
        };
        whole(bytes, flood::text_bytes(order))
    }

    fn backlog(&mut self, order: Order) -> Result<(), Failure> {
        match self {
            Self::Sdk(sdk) => whole(sdk.backlog(order)?, flood::text_bytes(order)),
            Self::Floor(_) | Self::Blocking(_) => unknown(Scenario::Backlog),
        }
    }

    fn four_turns(&mut self, messages: usize) -> Result<(), Failure> {
        let bytes = match self {
            Self::Floor(floor) => floor.four_turns(messages)?,
            Self::Sdk(sdk) => sdk.four_turns(messages)?,
            Self::Blocking(_) => return unknown(Scenario::FourTurns),
        };
        whole(bytes, TURNS_AT_ONCE * flood::text_bytes(Stream::Four.of(messages)))
    }
}

fn whole(bytes: usize, expected: usize) -> Result<(), Failure> {
    if bytes == expected { Ok(()) } else { Err(format!("of {expected} bytes {bytes} came").into()) }
}

fn unknown(scenario: Scenario) -> Result<(), Failure> {
    Err(format!("this client has no scenario {}", scenario.name()).into())
}

fn current_thread() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

fn multi_thread() -> std::io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(2).enable_all().build()
}
