//! The run as a whole.

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::figures::{Figures, Sample, children};
use crate::model::ModelProcess;
use crate::session::Client;
use crate::tally::Tally;

/// What the run may fail with: it is told and the program ends.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

const CLIENTS: usize = 8;
const DEFAULT_MINUTES: f64 = 20.0;
const SAMPLE_EVERY: Duration = Duration::from_secs(2);
const TELL_EVERY: u32 = 30;

struct Options {
    minutes: f64,
    seed: u64,
}

pub(crate) fn main() -> ExitCode {
    let args: Vec<_> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|arg| arg == crate::model::ARGUMENT) {
        return crate::model::serve(CLIENTS);
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let outcome = options(&args).and_then(|options| runtime?.block_on(soak(&options)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn options(args: &[String]) -> Result<Options, Failure> {
    let mut options = Options { minutes: DEFAULT_MINUTES, seed: fastrand::u64(..1 << 53) };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let value = args.next().ok_or_else(|| format!("{arg} has no value"))?;
        match arg.as_str() {
            "--minutes" => options.minutes = value.parse()?,
            "--seed" => options.seed = value.parse()?,
            _ => return Err(format!("there is no option {arg}").into()),
        }
    }
    Ok(options)
}

async fn soak(options: &Options) -> Result<(), Failure> {
    let Options { minutes, seed } = *options;
    println!("{CLIENTS} clients for {minutes} minutes, seed {seed}");
    let model = ModelProcess::start()?;
    let tally = Arc::new(Tally::default());
    let begun = Instant::now();
    let end = begun + Duration::from_secs_f64(minutes * 60.0);
    let mut clients = Vec::new();
    for number in 0..CLIENTS {
        let client = Client::new(number, model.base_url(), seed, Arc::clone(&tally));
        clients.push(tokio::spawn(client.run_until(end)));
    }

    let mut figures = Figures::default();
    let mut ticks = tokio::time::interval(SAMPLE_EVERY);
    let mut count = 0;
    while Instant::now() < end {
        ticks.tick().await;
        let sample = Sample::take()?;
        if count % TELL_EVERY == 0 {
            println!("{:>5} s: {sample}; {tally}", begun.elapsed().as_secs());
        }
        figures.add(sample);
        count += 1;
    }
    for client in clients {
        client.await??;
    }
    let after = Sample::take()?;
    println!("{:>5} s: {after}; {tally}", begun.elapsed().as_secs());

    let mut faults = tally.faults();
    // The model's is the one child that there should be.
    match children()?.len() {
        1 => {}
        left => faults.push(format!("{} processes are left", left.saturating_sub(1))),
    }
    drop(model);
    faults.extend(figures.verdict(&after));
    if faults.is_empty() { Ok(()) } else { Err(faults.join("; ").into()) }
}
