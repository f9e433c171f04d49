//! The server is killed, or stopped for a while or for good, at any moment of its life.
//!
//! `CODEX_ABUSED_TURNS` sets how many turns are disturbed, and `CODEX_ABUSED_SEED` repeats a run: it is printed. The
//! moments are points on a clock, so a run is repeated only about as it was.

use super::{Stage, ends, start, turn};
use crate::processes::{ServerProcess, server_of};
use codex_sdk::{CodexBuilder, Error, TurnResult, TurnStatus};
use codex_testkit::Reply;
use fastrand::Rng;
use rustix::process::{Signal, kill_process};
use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

const TURNS: u64 = 40;

/// How long the model talks, if nothing stops it.
const WORDS: usize = 60;
const PAUSE: Duration = Duration::from_millis(2);

/// A moment lies somewhere in this time from the start of a turn, which is about as long as the turn is.
const LENGTH_MS: u64 = 300;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Blow {
    Kill,
    /// Killed while it starts.
    KillAtStart,
    /// Stopped, and then allowed to go on.
    Pause,
    /// Stopped for good; time limits end the calls.
    Limits,
    /// Stopped for good; the client is closed.
    Close,
    /// Stopped for good; the client is dropped.
    Drop,
}

const BLOWS: [Blow; 8] = {
    use Blow::{Close, Drop, Kill, KillAtStart, Limits, Pause};
    [Kill, Kill, Kill, KillAtStart, Pause, Limits, Close, Drop]
};

fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|error| panic!("{name}={text}: {error}")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_or_stopped_at_any_moment_is_told_and_gone() {
    let turns = variable("CODEX_ABUSED_TURNS").unwrap_or(TURNS);
    let seed = variable("CODEX_ABUSED_SEED").unwrap_or_else(|| fastrand::u64(..1 << 53));
    eprintln!("{turns} turns are disturbed; run it again: CODEX_ABUSED_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let mut outcomes = BTreeMap::<_, u64>::new();
    let stage = Stage::set().await;
    stage.model.reply(Reply::deltas(words()).delay(PAUSE).always());
    for number in 0..turns {
        let blow = BLOWS[usize::try_from(number).unwrap() % BLOWS.len()];
        let moment = Duration::from_micros(rng.u64(..LENGTH_MS * 1000));
        let what = format!("turn {number}, {blow:?} after {moment:?}");
        let struck = ends(&what, strike(&stage, blow, moment)).await;
        *outcomes.entry((blow, struck)).or_default() += 1;
    }
    eprintln!("(blow, whether a call was struck by it) and how often: {outcomes:?}");
    // Blows that all came too late would prove nothing.
    assert!(outcomes.contains_key(&(Blow::Kill, true)), "{outcomes:?}");
}

fn words() -> impl Iterator<Item = String> {
    (0..WORDS).map(|number| format!("word {number} "))
}

/// Deals one blow to one turn, and tells whether it came before the turn's end.
async fn strike(stage: &Stage, blow: Blow, moment: Duration) -> bool {
    match blow {
        Blow::Kill => kill(stage, moment).await,
        Blow::KillAtStart => kill_at_start(stage, moment).await,
        Blow::Pause => pause(stage, moment).await,
        Blow::Limits => limits(stage, moment).await,
        Blow::Close | Blow::Drop => stop_and_leave(stage, blow, moment).await,
    }
}

/// Sends a signal after a while. The wait is the fault's moment; nothing is waited for.
async fn signal(server: &ServerProcess, signal: Signal, moment: Duration) {
    tokio::time::sleep(moment).await;
    kill_process(server.pid, signal).unwrap();
}

async fn kill(stage: &Stage, moment: Duration) -> bool {
    let (codex, thread) = start(stage.builder()).await.unwrap();
    let server = server_of(std::process::id(), &stage.home);
    let running = async {
        let turn = thread.turn("go").await?;
        let result = turn.run().await;
        let (whole, seen) = (words().collect::<String>(), turn.snapshot().text);
        assert!(whole.starts_with(&seen), "{seen:?}");
        result
    };
    let (outcome, ()) = tokio::join!(running, signal(&server, Signal::KILL, moment));
    let struck = match outcome {
        Ok(result) => {
            whole(&result);
            false
        }
        Err(error) => {
            killed(&error);
            let later = turn(&thread, "again").await.unwrap_err();
            assert_eq!(later.to_string(), error.to_string());
            true
        }
    };
    codex.close().await.unwrap();
    assert!(!server.is_there());
    struck
}

async fn kill_at_start(stage: &Stage, moment: Duration) -> bool {
    // It has not come far when it is killed; most starts take longer than that.
    let starting = tokio::spawn(start(stage.builder()));
    let server = tokio::task::block_in_place(|| server_of(std::process::id(), &stage.home));
    signal(&server, Signal::KILL, moment / 4).await;
    let struck = match starting.await.unwrap() {
        Ok((codex, thread)) => {
            killed(&turn(&thread, "go").await.unwrap_err());
            codex.close().await.unwrap();
            false
        }
        Err(error) => {
            killed(&error);
            true
        }
    };
    server.ended().await;
    struck
}

async fn pause(stage: &Stage, moment: Duration) -> bool {
    let (codex, thread) = start(stage.builder()).await.unwrap();
    let server = server_of(std::process::id(), &stage.home);
    let blow = async {
        signal(&server, Signal::STOP, moment).await;
        signal(&server, Signal::CONT, moment).await;
    };
    let (result, ()) = tokio::join!(turn(&thread, "go"), blow);
    whole(&result.unwrap());
    codex.close().await.unwrap();
    assert!(!server.is_there());
    true
}

/// With time limits that a stopped server overruns, and a short way to its end.
fn impatient(stage: &Stage) -> CodexBuilder {
    stage.builder().shutdown_grace(Duration::from_millis(200))
}

async fn limits(stage: &Stage, moment: Duration) -> bool {
    // A start on a busy machine must fit in.
    let builder = impatient(stage).request_timeout(Duration::from_secs(20));
    let builder = builder.turn_idle_timeout(Duration::from_secs(5));
    let (codex, thread) = start(builder).await.unwrap();
    let server = server_of(std::process::id(), &stage.home);
    let (outcome, ()) = tokio::join!(turn(&thread, "go"), signal(&server, Signal::STOP, moment));
    let struck = match outcome {
        Ok(result) => {
            whole(&result);
            false
        }
        Err(error) => {
            assert!(error.is_timeout(), "{error:?}");
            true
        }
    };
    codex.close().await.unwrap();
    assert!(!server.is_there());
    struck
}

async fn stop_and_leave(stage: &Stage, blow: Blow, moment: Duration) -> bool {
    let (codex, thread) = start(impatient(stage)).await.unwrap();
    let server = server_of(std::process::id(), &stage.home);
    let running = tokio::spawn({
        let thread = thread.clone();
        async move { turn(&thread, "go").await }
    });
    signal(&server, Signal::STOP, moment).await;
    if blow == Blow::Close {
        codex.close().await.unwrap();
        assert!(!server.is_there());
        return match running.await.unwrap() {
            Ok(result) => {
                whole(&result);
                false
            }
            Err(error) => {
                assert!(error.is_disconnected(), "{error:?}");
                true
            }
        };
    }
    drop((codex, thread));
    let struck = !running.is_finished();
    running.abort();
    drop(running.await);
    server.ended().await;
    struck
}

fn whole(result: &TurnResult) {
    let text: String = words().collect();
    assert_eq!((&result.status, &result.text), (&TurnStatus::Completed, &text));
}

fn killed(error: &Error) {
    let Error::Disconnected(cause) = error else { panic!("{error:?}") };
    let status = cause.exit_status().unwrap_or_else(|| panic!("{error}"));
    assert_eq!(status.signal(), Some(9), "{error}");
    assert!(error.to_string().contains("signal: 9"), "{error}");
}
