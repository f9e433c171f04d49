//! A turn of many deltas: the SDK's stream against the bare floor, paired, in one run.

use codex_bench::cpu;
use codex_bench::flood::{self, DELTA_TEXT};
use codex_bench::floor::Floor;
use codex_sdk::Codex;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

const SERVER: &str = env!("CARGO_BIN_EXE_flood-server");
const DELTAS: usize = 100_000;
const ROUNDS: usize = 9;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    println!("{:<28} {:>14} {:>14} {:>8}", "delta stream", "us/message", "floor us", "ratio");
    compare("current-thread", &Builder::new_current_thread().enable_all().build()?)?;
    compare(
        "multi-thread, 2 workers",
        &Builder::new_multi_thread().worker_threads(2).enable_all().build()?,
    )
}

/// Runs SDK and floor in turn, and prints the medians.
fn compare(name: &str, runtime: &Runtime) -> Result<(), Failure> {
    let mut floor = Floor::start(SERVER, DELTAS)?;
    let codex = runtime.block_on(
        Codex::builder()
            .launch_args_override([SERVER])
            .env(flood::DELTAS, DELTAS.to_string())
            .start(),
    )?;
    let thread = runtime.block_on(async { codex.thread_start().await })?;
    let mut rounds = Vec::new();
    for round in 0..=ROUNDS {
        let (bare, expected) = measure(|| Ok(floor.turn()?))?;
        let (sdk, bytes) = measure(|| {
            runtime.block_on(async {
                let mut events = thread.turn("flood").await?.stream()?;
                let mut bytes = 0;
                while let Some(event) = events.next().await {
                    bytes += event?.text_delta().map_or(0, str::len);
                }
                Ok(bytes)
            })
        })?;
        assert_eq!((bytes, expected), (DELTAS * DELTA_TEXT.len(), DELTAS * DELTA_TEXT.len()));
        // The first round warms both up.
        if round > 0 {
            rounds.push((sdk, bare));
        }
    }
    runtime.block_on(codex.close())?;
    let micros = |time: Duration| time.as_secs_f64() * 1e6 / DELTAS as f64;
    println!(
        "{name:<28} {:>14.2} {:>14.2} {:>8.2}",
        median(rounds.iter().map(|(sdk, _)| micros(*sdk))),
        median(rounds.iter().map(|(_, bare)| micros(*bare))),
        median(rounds.iter().map(|(sdk, bare)| sdk.as_secs_f64() / bare.as_secs_f64())),
    );
    Ok(())
}

/// The CPU time of this process that `work` takes.
fn measure<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<(Duration, T), Failure> {
    let before = cpu::used();
    let value = work()?;
    Ok((cpu::used() - before, value))
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
