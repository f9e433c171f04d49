use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::stderr::StderrTail;
use crate::error::Exited;
use crate::{Closed, Error};

/// How long the output of a process that is gone may still come, if something else holds its pipes open.
const LINGER: Duration = Duration::from_millis(250);
/// How long a killed process may take to go.
const KILL_LIMIT: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(10);

/// A child process that both halves share; the last of them to go sees it to its end.
///
/// Nobody waits for the process while it runs.
/// Once its end is asked for, one plain thread walks the steps of the shutdown, by the real clock and with no runtime.
/// That thread alone reaps, so a signal never meets a process id that was given away.
#[derive(Debug)]
pub(super) struct Process(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    id: u32,
    child: Mutex<Child>,
    grace: Duration,
    /// Empty until the end is asked for; then the thread of the shutdown, until somebody waited for it.
    shutdown: OnceLock<Mutex<Option<thread::JoinHandle<()>>>>,
    life: watch::Sender<Life>,
    /// Whether somebody has asked how the process ended.
    story_wanted: AtomicBool,
    /// What whoever asks is told; said once, it stays so, even if the process ends after all.
    story: OnceLock<Option<ExitStatus>>,
    /// Whether nobody will read from stdout any more.
    output_ended: AtomicBool,
    abandoned: CancellationToken,
    stderr: StderrTail,
    drain: OnceLock<JoinHandle<()>>,
}

#[derive(Debug, Clone, Copy)]
struct Life {
    stage: Stage,
    status: Option<ExitStatus>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Running,
    /// Its end was asked for, and the first grace is over.
    Overdue,
    /// Reaped, or reaped by somebody else, which leaves the status unknown.
    Gone,
    /// What it had written was read as well, or has had its time.
    Settled,
    /// It was killed and is there all the same.
    Stuck,
}

impl Process {
    pub(super) fn new(child: Child, grace: Duration, stderr: StderrTail) -> Self {
        Self(Arc::new(Shared {
            id: child.id(),
            child: Mutex::new(child),
            grace,
            shutdown: OnceLock::new(),
            life: watch::Sender::new(Life { stage: Stage::Running, status: None }),
            story_wanted: AtomicBool::new(false),
            story: OnceLock::new(),
            output_ended: AtomicBool::new(false),
            abandoned: CancellationToken::new(),
            stderr,
            drain: OnceLock::new(),
        }))
    }

    pub(super) fn id(&self) -> u32 {
        self.0.id
    }

    pub(super) fn stderr(&self) -> &StderrTail {
        &self.0.stderr
    }

    /// Names the task that reads stderr, so that its last words are waited for.
    pub(super) fn drained_by(&self, task: JoinHandle<()>) {
        // There is one task and one call, so the place is free.
        let _ = self.0.drain.set(task);
    }

    /// Says that nobody will read from stdout any more, so that nobody is waited for.
    pub(super) fn output_ended(&self) {
        self.0.output_ended.store(true, Ordering::Relaxed);
    }

    /// Ready when nothing more can be expected from the process's pipes.
    pub(super) fn abandoned(&self) -> WaitForCancellationFutureOwned {
        self.0.abandoned.clone().cancelled_owned()
    }

    /// How the process ended, for a caller who found one of its pipes closed; waits for a step or two of the shutdown at most.
    pub(super) async fn story(&self) -> Error {
        self.0.story_wanted.store(true, Ordering::Relaxed);
        self.end(Stage::Overdue).await;
        let status = self.0.story.get().copied().flatten();
        Error::Exited(Arc::new(Exited::new(status, self.0.stderr.text())))
    }

    /// Walks all steps of the shutdown; leaves no process behind, and no thread.
    pub(super) async fn shut_down(&self) -> Result<Closed, Error> {
        let life = self.end(Stage::Settled).await;
        if life.stage == Stage::Stuck {
            return Err(Error::StillRunning { id: self.id() });
        }
        self.join_shutdown();
        Ok(Closed { exit_status: life.status })
    }

    async fn end(&self, stage: Stage) -> Life {
        self.begin_end();
        let mut life = self.0.life.subscribe();
        let reached = life.wait_for(|life| life.stage >= stage).await;
        *reached.expect("the sender lives in self")
    }

    fn begin_end(&self) {
        self.0.shutdown.get_or_init(|| {
            let shared = self.0.clone();
            let thread = thread::Builder::new().name("codex-shutdown".to_owned());
            let walking = thread.spawn(move || shared.walk());
            if walking.is_err() {
                // A system without a thread to spare leaves no time to be patient, and to kill is quick.
                self.0.kill();
                let ended = self.0.wait(KILL_LIMIT, LONGEST_PAUSE);
                self.0.settle(ended);
            }
            Mutex::new(walking.ok())
        });
    }

    /// Waits for the thread of a shutdown that is settled, which has nothing left to do but to end.
    fn join_shutdown(&self) {
        let Some(shutdown) = self.0.shutdown.get() else { return };
        // Held while waiting, so that whoever comes second waits as well.
        let mut shutdown = shutdown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(walking) = shutdown.take() {
            // It runs no code that panics, and its end is all that is asked for.
            let _ = walking.join();
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.output_ended();
        self.begin_end();
    }
}

impl Shared {
    /// The steps of the shutdown; stdin was closed, or is of no use any more.
    fn walk(&self) {
        let mut ended = self.wait(self.grace, LONGEST_PAUSE);
        if !ended {
            if self.story_wanted.load(Ordering::Relaxed) {
                // Whoever waits may look too late to see it while it has not ended.
                let _ = self.story.set(None);
            }
            self.reach(Stage::Overdue, None);
            self.terminate();
            ended = self.wait(self.grace, LONGEST_PAUSE);
        }
        if !ended {
            self.kill();
            ended = self.wait(KILL_LIMIT, LONGEST_PAUSE);
        }
        if ended {
            self.end_group();
        }
        self.settle(ended);
        if !ended {
            self.wait(Duration::MAX, Duration::from_secs(1));
            self.reap();
        }
    }

    /// Waits for the end of the process, without reaping it, until the limit.
    fn wait(&self, limit: Duration, longest_pause: Duration) -> bool {
        poll(limit, longest_pause, || self.has_ended())
    }

    /// Ends what the process left behind in its group, say the real server behind a wrapper that was killed.
    fn end_group(&self) {
        self.terminate();
        if !self.drained(self.grace) {
            self.kill();
        }
    }

    fn settle(&self, ended: bool) {
        self.drained(LINGER);
        let (stage, status) = if ended { (Stage::Gone, self.reap()) } else { (Stage::Stuck, None) };
        if ended {
            let _ = self.story.set(status);
        }
        self.reach(stage, status);
        // What the process left in its output pipe is still to be read, by whoever is there to read it.
        poll(LINGER, LONGEST_PAUSE, || self.output_ended.load(Ordering::Relaxed));
        self.abandoned.cancel();
        if let Some(drain) = self.drain.get() {
            drain.abort();
        }
        if ended {
            self.reach(Stage::Settled, status);
        }
    }

    /// Waits until nobody holds stderr open any more, or until the limit.
    fn drained(&self, limit: Duration) -> bool {
        poll(limit, LONGEST_PAUSE, || self.drain.get().is_none_or(JoinHandle::is_finished))
    }

    fn reach(&self, stage: Stage, status: Option<ExitStatus>) {
        self.life.send_replace(Life { stage, status });
    }

    /// Asks the whole process group to end; there is no such thing on Windows.
    fn terminate(&self) {
        #[cfg(unix)]
        self.signal_group(rustix::process::Signal::TERM);
    }

    fn kill(&self) {
        #[cfg(unix)]
        self.signal_group(rustix::process::Signal::KILL);
        // A process that is gone in the meantime is what was wanted.
        #[cfg(not(unix))]
        let _ = self.child().kill();
    }

    /// Not reaped, the process keeps its id, which is its group's as well: a signal meets nobody else.
    #[cfg(unix)]
    fn signal_group(&self, signal: rustix::process::Signal) {
        let child = self.child();
        if exit_of(&child).is_ok() {
            let _ = rustix::process::kill_process_group(
                rustix::process::Pid::from_child(&child),
                signal,
            );
        }
    }

    /// Whether the process has ended, or was reaped by somebody else.
    #[cfg(unix)]
    fn has_ended(&self) -> bool {
        exit_of(&self.child()).unwrap_or(true)
    }

    #[cfg(not(unix))]
    fn has_ended(&self) -> bool {
        self.child().try_wait().map_or(true, |status| status.is_some())
    }

    /// The exit status of a process that has ended; unknown if somebody else reaped it.
    fn reap(&self) -> Option<ExitStatus> {
        self.child().try_wait().ok().flatten()
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a process has ended, which is left to be reaped; an error if it was reaped.
#[cfg(unix)]
fn exit_of(child: &Child) -> rustix::io::Result<bool> {
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    let looked = rustix::io::retry_on_intr(|| waitid(WaitId::Pid(Pid::from_child(child)), options));
    looked.map(|exit| exit.is_some())
}

/// Looks until `reached` or until the limit, with growing pauses; whether it was reached.
fn poll(limit: Duration, longest_pause: Duration, reached: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    let mut pause = Duration::from_millis(1);
    while !reached() {
        if began.elapsed() >= limit {
            return false;
        }
        thread::sleep(pause);
        pause = longest_pause.min(pause * 2);
    }
    true
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::Stdio;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    #[tokio::test]
    async fn who_looks_late_is_told_the_same_as_who_looks_at_once() {
        let stdio = Stdio::builder("sleep").arg("1000").grace(Duration::from_millis(1));
        let process = stdio.spawn().unwrap().process;
        process.output_ended();
        let mut story = pin!(process.story());
        let told = match poll_fn(|context| Poll::Ready(story.as_mut().poll(context))).await {
            Poll::Ready(told) => told,
            // It was asked for, and nobody looks before the process is gone.
            Poll::Pending => {
                let closed = process.shut_down().await.unwrap();
                assert!(!closed.exit_status.unwrap().success());
                story.await
            }
        };
        assert_eq!(
            told.to_string(),
            "the server closed its output without ending, having written nothing to stderr"
        );
        assert_eq!(process.story().await.exited(), told.exited());
    }
}
