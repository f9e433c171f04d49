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
    ending: AtomicBool,
    life: watch::Sender<Life>,
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
    /// It was killed and is there all the same.
    Stuck,
}

impl Process {
    pub(super) fn new(child: Child, grace: Duration, stderr: StderrTail) -> Self {
        Self(Arc::new(Shared {
            id: child.id(),
            child: Mutex::new(child),
            grace,
            ending: AtomicBool::new(false),
            life: watch::Sender::new(Life { stage: Stage::Running, status: None }),
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

    /// Ready when nothing more can be expected from the process's pipes.
    pub(super) fn abandoned(&self) -> WaitForCancellationFutureOwned {
        self.0.abandoned.clone().cancelled_owned()
    }

    /// How the process ended, for a caller who found one of its pipes closed; waits for one grace at most.
    pub(super) async fn story(&self) -> Error {
        let life = self.end(Stage::Overdue).await;
        Error::Exited(Arc::new(Exited::new(life.status, self.0.stderr.text())))
    }

    /// Walks all steps of the shutdown.
    pub(super) async fn shut_down(&self) -> Result<Closed, Error> {
        match self.end(Stage::Gone).await {
            Life { stage: Stage::Stuck, .. } => Err(Error::StillRunning { id: self.id() }),
            Life { status, .. } => Ok(Closed { exit_status: status }),
        }
    }

    async fn end(&self, stage: Stage) -> Life {
        self.begin_end();
        let mut life = self.0.life.subscribe();
        let reached = life.wait_for(|life| life.stage >= stage).await;
        *reached.expect("the sender lives in self")
    }

    fn begin_end(&self) {
        if self.0.ending.swap(true, Ordering::Relaxed) {
            return;
        }
        let shared = self.0.clone();
        let thread = thread::Builder::new().name("codex-shutdown".to_owned());
        if thread.spawn(move || shared.walk()).is_err() {
            // A system without a thread to spare leaves no time to be patient, and to kill is quick.
            self.0.kill();
            let status = self.0.wait(KILL_LIMIT, LONGEST_PAUSE);
            self.0.settle(status);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.begin_end();
    }
}

impl Shared {
    /// The steps of the shutdown; stdin was closed, or is of no use any more.
    fn walk(&self) {
        let mut exit = self.wait(self.grace, LONGEST_PAUSE);
        if exit.is_none() {
            self.reach(Stage::Overdue, None);
            self.terminate();
            exit = self.wait(self.grace, LONGEST_PAUSE);
        }
        if exit.is_none() {
            self.kill();
            exit = self.wait(KILL_LIMIT, LONGEST_PAUSE);
        }
        self.settle(exit);
        if exit.is_none() {
            self.wait(Duration::MAX, Duration::from_secs(1));
        }
    }

    /// Looks for the exit until the limit; a status that cannot be known any more is an exit, too.
    fn wait(&self, limit: Duration, longest_pause: Duration) -> Option<Option<ExitStatus>> {
        let began = Instant::now();
        let mut pause = Duration::from_millis(1);
        loop {
            match self.child().try_wait() {
                Ok(Some(status)) => return Some(Some(status)),
                Ok(None) if began.elapsed() < limit => {}
                Ok(None) => return None,
                Err(_) => return Some(None),
            }
            thread::sleep(pause);
            pause = longest_pause.min(pause * 2);
        }
    }

    fn settle(&self, exit: Option<Option<ExitStatus>>) {
        let began = Instant::now();
        let draining = || self.drain.get().is_some_and(|drain| !drain.is_finished());
        while draining() && began.elapsed() < LINGER {
            thread::sleep(Duration::from_millis(1));
        }
        let stage = if exit.is_some() { Stage::Gone } else { Stage::Stuck };
        self.reach(stage, exit.flatten());
        // What the process left in its output pipe is still to be read.
        thread::sleep(LINGER);
        self.abandoned.cancel();
        if let Some(drain) = self.drain.get() {
            drain.abort();
        }
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
        let _ = self.child().kill();
    }

    #[cfg(unix)]
    fn signal_group(&self, signal: rustix::process::Signal) {
        let mut child = self.child();
        // Not reaped while the lock is held, so its id, which is its group's as well, is its own.
        if let Ok(None) = child.try_wait() {
            let _ = rustix::process::kill_process_group(
                rustix::process::Pid::from_child(&child),
                signal,
            );
        }
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
