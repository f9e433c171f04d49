//! The blocking client against both flavours of the async one, in one run: CPU time of the process for one round trip,
//! and for one delta of a stream; and the wall time of the stream.

use codex_bench::flood::DELTA_TEXT;
use codex_bench::order::Stream;
use codex_bench::report::{Report, Row};
use codex_bench::round::median;
use codex_bench::{Failure, cpu};
use codex_sdk::protocol::ThreadLoadedListParams;
use codex_sdk::{Codex, Thread, blocking};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

const SERVER: &str = env!("CARGO_BIN_EXE_flood-server");
const DELTAS: usize = 100_000;
const CALLS: usize = 5_000;
const ROUNDS: usize = 15;

enum Client {
    Async { runtime: Runtime, codex: Codex, thread: Thread },
    Blocking { codex: blocking::Codex, thread: blocking::Thread },
}

impl Client {
    fn new(runtime: Runtime) -> Result<Self, Failure> {
        let start = Codex::builder().launch_args_override([SERVER]).start();
        let codex = runtime.block_on(start)?;
        let thread = runtime.block_on(codex.thread_start().send())?;
        Ok(Self::Async { runtime, codex, thread })
    }

    fn blocking() -> Result<Self, Failure> {
        let codex = blocking::Codex::builder().launch_args_override([SERVER]).start()?;
        let thread = codex.thread_start().send()?;
        Ok(Self::Blocking { codex, thread })
    }

    fn call(&self) -> Result<(), Failure> {
        let params = ThreadLoadedListParams::default();
        match self {
            Self::Async { runtime, codex, .. } => {
                runtime.block_on(codex.request(params).send())?;
            }
            Self::Blocking { codex, .. } => drop(codex.request(params).send()?),
        }
        Ok(())
    }

    /// Runs one turn; how many bytes of text its deltas had.
    fn stream(&self) -> Result<usize, Failure> {
        let mut bytes = 0;
        match self {
            Self::Async { runtime, thread, .. } => runtime.block_on(async {
                let mut events =
                    thread.turn(Stream::Delta.of(DELTAS).to_string()).await?.stream()?;
                while let Some(event) = events.next().await {
                    bytes += event?.text_delta().map_or(0, str::len);
                }
                Ok::<_, Failure>(())
            })?,
            Self::Blocking { thread, .. } => {
                for event in thread.turn(Stream::Delta.of(DELTAS).to_string()).send()?.stream()? {
                    bytes += event?.text_delta().map_or(0, str::len);
                }
            }
        }
        Ok(bytes)
    }
}

struct Measured {
    name: &'static str,
    client: Client,
    calls: Vec<f64>,
    deltas: Vec<f64>,
    throughput: Vec<f64>,
}

impl Measured {
    fn new(name: &'static str, client: Client) -> Self {
        Self { name, client, calls: Vec::new(), deltas: Vec::new(), throughput: Vec::new() }
    }

    fn round(&mut self) -> Result<(), Failure> {
        let before = cpu::used();
        for _ in 0..CALLS {
            self.client.call()?;
        }
        self.calls.push(micros(cpu::used() - before, CALLS));
        let (before, began) = (cpu::used(), Instant::now());
        assert_eq!(self.client.stream()?, DELTAS * DELTA_TEXT.len());
        self.throughput.push(1.0 / micros(began.elapsed(), DELTAS));
        self.deltas.push(micros(cpu::used() - before, DELTAS));
        Ok(())
    }

    fn clear(&mut self) {
        self.calls.clear();
        self.deltas.clear();
        self.throughput.clear();
    }
}

fn main() -> Result<(), Failure> {
    let mut report = Report::from_args()?;
    let current = Builder::new_current_thread().enable_all().build()?;
    let multi = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut clients = [
        Measured::new("async, current-thread", Client::new(current)?),
        Measured::new("async, multi-thread", Client::new(multi)?),
        Measured::new("blocking", Client::blocking()?),
    ];
    for round in 0..=ROUNDS {
        for client in &mut clients {
            client.round()?;
            // The first round warms up.
            if round == 0 {
                client.clear();
            }
        }
    }
    let [current, multi, _] = &clients;
    for client in &clients {
        let row = |scenario: &str| Row {
            scenario: scenario.to_owned(),
            client: client.name.to_owned(),
            ..Row::default()
        };
        let mut calls = row("round-trips, any CPU");
        calls.cpu_us_per_message = Some(middle(&client.calls));
        calls.more.insert("ratio_to_multi_thread", ratio(&client.calls, &multi.calls));
        let mut deltas = row("delta");
        deltas.cpu_us_per_message = Some(middle(&client.deltas));
        deltas.messages_per_s = Some(1e6 * middle(&client.throughput));
        for (name, other) in
            [("throughput_to_current_thread", current), ("throughput_to_multi_thread", multi)]
        {
            deltas.more.insert(name, ratio(&client.throughput, &other.throughput));
        }
        if client.name == "blocking" {
            calls.target = Some("to multi-thread <= 1");
            deltas.target = Some("throughput to either >= 0.7");
        }
        report.print(&calls)?;
        report.print(&deltas)?;
    }
    Ok(())
}

/// The median of what the rounds give one by one: what is measured right after each other meets the same machine.
fn ratio(one: &[f64], other: &[f64]) -> f64 {
    median(one.iter().zip(other).map(|(one, other)| one / other))
}

fn middle(values: &[f64]) -> f64 {
    median(values.iter().copied())
}

fn micros(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e6 / count as f64
}
