//! Ways for a thread without a runtime to use the async client, against the async client itself, in one run.
//!
//! CPU time of the process for one round trip, and for one delta of a stream.

use codex_bench::flood::DELTA_TEXT;
use codex_bench::order::Stream;
use codex_bench::report::{Report, Row};
use codex_bench::round::median;
use codex_bench::{Failure, cpu};
use codex_sdk::protocol::ThreadLoadedListParams;
use codex_sdk::{Codex, Event, Thread, TurnStream};
use std::future::Future;
use std::pin::Pin;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

const SERVER: &str = env!("CARGO_BIN_EXE_flood-server");
const DELTAS: usize = 100_000;
const CALLS: usize = 5_000;
const ROUNDS: usize = 9;

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// How the calling thread gets the outcome of a future.
enum Bridge {
    /// The caller drives everything: an async program with a current-thread runtime.
    CurrentThread(Runtime),
    /// A multi-thread runtime; the caller polls its own future.
    MultiThread(Runtime),
    /// A current-thread runtime on a thread of its own; the caller polls its own future.
    OwnThread(OwnThread),
    /// The same, and futures are sent there; the caller waits for a message.
    Messages(OwnThread),
}

struct OwnThread {
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl OwnThread {
    fn start() -> Result<Self, Failure> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || drop(runtime.block_on(stopped)));
        Ok(Self { handle, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for OwnThread {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Bridge {
    fn wait<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        match self {
            Self::CurrentThread(runtime) | Self::MultiThread(runtime) => runtime.block_on(work),
            Self::OwnThread(own) => own.handle.block_on(work),
            Self::Messages(own) => {
                let (sender, receiver) = mpsc::sync_channel(1);
                let work: Work<T> = Box::pin(work);
                own.handle.spawn(async move { drop(sender.send(work.await)) });
                receiver.recv().expect("the thread runs")
            }
        }
    }

    /// The next event, as an iterator would give it: what was received already is taken without waiting.
    fn read(&self, stream: TurnStream) -> Result<usize, Failure> {
        match self {
            Self::CurrentThread(_) | Self::MultiThread(_) => self.wait(read(stream)),
            Self::OwnThread(own) => read_one_by_one(stream, &own.handle),
            Self::Messages(_) => self.read_by_messages(stream),
        }
    }

    /// A task reads; batches of events are sent.
    fn read_by_messages(&self, mut stream: TurnStream) -> Result<usize, Failure> {
        let mut bytes = 0;
        loop {
            let (batch, back) = self.wait(async move {
                let mut batch: Vec<Event> = Vec::new();
                while batch.len() < 256 {
                    match stream.next().await {
                        Some(Ok(event)) => batch.push(event),
                        Some(Err(_)) | None => break,
                    }
                }
                (batch, stream)
            });
            stream = back;
            if batch.is_empty() {
                return Ok(bytes);
            }
            bytes += batch.iter().filter_map(Event::text_delta).map(str::len).sum::<usize>();
        }
    }
}

async fn read(mut stream: TurnStream) -> Result<usize, Failure> {
    let mut bytes = 0;
    while let Some(event) = stream.next().await {
        bytes += event?.text_delta().map_or(0, str::len);
    }
    Ok(bytes)
}

fn read_one_by_one(mut stream: TurnStream, handle: &Handle) -> Result<usize, Failure> {
    let mut bytes = 0;
    while let Some(event) = handle.block_on(stream.next()) {
        bytes += event?.text_delta().map_or(0, str::len);
    }
    Ok(bytes)
}

struct Client {
    name: &'static str,
    bridge: Bridge,
    codex: Codex,
    thread: Thread,
    calls: Vec<f64>,
    deltas: Vec<f64>,
}

impl Client {
    fn start(name: &'static str, bridge: Bridge) -> Result<Self, Failure> {
        let codex = bridge.wait(Codex::builder().launch_args_override([SERVER]).start())?;
        let thread = bridge.wait(codex.thread_start().send())?;
        Ok(Self { name, bridge, codex, thread, calls: Vec::new(), deltas: Vec::new() })
    }

    fn round(&mut self) -> Result<(), Failure> {
        let calls = measure(|| {
            for _ in 0..CALLS {
                self.bridge.wait(self.codex.request(ThreadLoadedListParams::default()).send())?;
            }
            Ok(())
        })?;
        let deltas = measure(|| {
            let turn =
                self.bridge.wait(self.thread.turn(Stream::Delta.of(DELTAS).to_string()).send())?;
            let bytes = self.bridge.read(turn.stream()?)?;
            assert_eq!(bytes, DELTAS * DELTA_TEXT.len());
            Ok(())
        })?;
        self.calls.push(calls.as_secs_f64() * 1e6 / CALLS as f64);
        self.deltas.push(deltas.as_secs_f64() * 1e6 / DELTAS as f64);
        Ok(())
    }
}

fn main() -> Result<(), Failure> {
    let mut report = Report::from_args()?;
    let one = || Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let two = || Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let current = || Builder::new_current_thread().enable_all().build();
    let mut clients = [
        Client::start("async, current-thread", Bridge::CurrentThread(current()?))?,
        Client::start("async, multi-thread, 2", Bridge::MultiThread(two()?))?,
        Client::start("block_on, one worker", Bridge::MultiThread(one()?))?,
        Client::start("block_on, own thread", Bridge::OwnThread(OwnThread::start()?))?,
        Client::start("messages, own thread", Bridge::Messages(OwnThread::start()?))?,
    ];
    for round in 0..=ROUNDS {
        for client in &mut clients {
            client.round()?;
            // The first round warms up.
            if round == 0 {
                client.calls.clear();
                client.deltas.clear();
            }
        }
    }
    for client in &clients {
        for (scenario, micros) in [("round-trips", &client.calls), ("delta", &client.deltas)] {
            report.print(&Row {
                scenario: scenario.to_owned(),
                client: client.name.to_owned(),
                cpu_us_per_message: Some(median(micros.iter().copied())),
                ..Row::default()
            })?;
        }
    }
    Ok(())
}

/// The CPU time of this process that `work` takes.
fn measure(work: impl FnOnce() -> Result<(), Failure>) -> Result<Duration, Failure> {
    let before = cpu::used();
    work()?;
    Ok(cpu::used() - before)
}
