//! One client, started again and again, and the turns that it runs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use codex_sdk::ask::PendingRequest;
use codex_sdk::protocol::{SandboxMode, TurnStatus};
use codex_sdk::transport::Stdio;
use codex_sdk::{AskForApproval, Codex, Error, Event, Thread, TurnResult};
use codex_testkit::CodexHome;
use fastrand::Rng;
use rustix::process::{Pid, Signal, kill_process};

use crate::model::{GO_ON, SAY, run_words};
use crate::soak::Failure;
use crate::tally::Tally;

/// Turns of one server, before it is closed and its home removed.
const TURNS: usize = 40;

/// What takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A client that runs turns until it is told to end.
pub(crate) struct Client {
    number: usize,
    base_url: String,
    rng: Rng,
    tally: Arc<Tally>,
}

/// A server of its own, in a home of its own.
struct Session {
    codex: Codex,
    thread: Thread,
    server: u32,
    _home: CodexHome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Stream,
    DropEarly,
    Accept,
    Decline,
    Interrupt,
    Kill,
}

impl Client {
    pub(crate) fn new(number: usize, base_url: String, seed: u64, tally: Arc<Tally>) -> Self {
        Self { number, base_url, rng: Rng::with_seed(seed + number as u64), tally }
    }

    /// Starts servers and runs turns on them until `end`, then closes the last.
    pub(crate) async fn run_until(mut self, end: Instant) -> Result<(), Failure> {
        while Instant::now() < end {
            let session = self.in_time("a start", self.start()).await?;
            for _ in 0..TURNS {
                let kind = self.kind();
                if self.turn(&session, kind).await.is_err() || Instant::now() >= end {
                    break;
                }
            }
            self.in_time("a close", async { Ok(session.codex.close().await?) }).await?;
            self.tally.did("sessions");
        }
        Ok(())
    }

    async fn start(&self) -> Result<Session, Failure> {
        let home = CodexHome::builder_at(self.base_url.clone()).build()?;
        let codex = codex_runtime::locate(None)?.path;
        let stdio = Stdio::builder(codex)
            .args(["app-server", "--listen", "stdio://"])
            .envs(home.env())
            .cwd(home.work_dir())
            .spawn()?;
        let server = stdio.id();
        let codex = Codex::builder().transport(stdio).start().await?;
        let thread = codex.thread_start().sandbox(SandboxMode::DangerFullAccess);
        let thread = thread.approval_policy(AskForApproval::Untrusted).await?;
        Ok(Session { codex, thread, server, _home: home })
    }

    fn kind(&mut self) -> Kind {
        match self.rng.u8(..100) {
            0..25 => Kind::Text,
            25..40 => Kind::Stream,
            40..55 => Kind::DropEarly,
            55..70 => Kind::Accept,
            70..82 => Kind::Decline,
            82..97 => Kind::Interrupt,
            _ => Kind::Kill,
        }
    }

    /// Runs one turn; an error is the end of the session, and a fault unless the server was killed.
    async fn turn(&mut self, session: &Session, kind: Kind) -> Result<(), Failure> {
        let moment = self.rng.u64(..60);
        let played = self.in_time("a turn", play(session, kind, moment, self.number)).await;
        match (&played, kind) {
            (Ok(()), Kind::Kill) => self.tally.fault("a killed server's turn went well".to_owned()),
            (Err(error), Kind::Kill) if is_disconnected(error) => {}
            (Err(error), kind) => self.tally.fault(format!("{kind:?}: {error}")),
            (Ok(()), _) => {}
        }
        self.tally.did(match kind {
            Kind::Text => "texts",
            Kind::Stream => "streams",
            Kind::DropEarly => "dropped early",
            Kind::Accept => "accepted",
            Kind::Decline => "declined",
            Kind::Interrupt => "interrupted",
            Kind::Kill => "killed",
        });
        played
    }

    async fn in_time<T>(
        &self,
        what: &str,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        match tokio::time::timeout(PATIENCE, work).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let hangs = format!("{what} hangs");
                self.tally.fault(hangs.clone());
                Err(hangs.into())
            }
        }
    }
}

async fn play(session: &Session, kind: Kind, moment: u64, number: usize) -> Result<(), Failure> {
    let thread = &session.thread;
    match kind {
        Kind::Text => completed(&thread.run(SAY).await?),
        Kind::Stream => {
            let mut events = thread.turn(SAY).await?.stream()?;
            while let Some(event) = events.next().await {
                event?;
            }
            completed(&events.result().await?)
        }
        Kind::DropEarly => {
            let turn = thread.turn(SAY).await?;
            let mut events = turn.stream()?;
            _ = events.next().await;
            drop(events);
            completed(&turn.run().await?)
        }
        Kind::Accept => command(thread, number, true).await,
        Kind::Decline => command(thread, number, false).await,
        Kind::Interrupt => {
            let turn = thread.turn(GO_ON).await?;
            tokio::time::sleep(Duration::from_millis(moment)).await;
            turn.interrupt().await?;
            ended(&turn.run().await?, TurnStatus::Interrupted)
        }
        Kind::Kill => {
            let turn = thread.turn(GO_ON).await?;
            tokio::time::sleep(Duration::from_millis(moment)).await;
            let server = i32::try_from(session.server).ok().and_then(Pid::from_raw);
            kill_process(server.ok_or("the server has no id")?, Signal::KILL)?;
            completed(&turn.run().await?)
        }
    }
}

/// A turn in which the model calls a command, which is accepted or declined.
async fn command(thread: &Thread, number: usize, accept: bool) -> Result<(), Failure> {
    let turn = thread.turn(run_words(number)).await?;
    let mut events = turn.stream_with_requests()?;
    while let Some(event) = events.next().await {
        if let Event::Request(PendingRequest::Command(request)) = event? {
            if accept {
                request.accept();
            } else {
                request.decline();
            }
        }
    }
    completed(&events.result().await?)
}

fn completed(result: &TurnResult) -> Result<(), Failure> {
    ended(result, TurnStatus::Completed)
}

fn ended(result: &TurnResult, expected: TurnStatus) -> Result<(), Failure> {
    if result.status == expected {
        return Ok(());
    }
    let reason = result.error.as_ref().map_or("", |error| &error.message);
    Err(format!("the turn ended as {}: {reason}", result.status).into())
}

fn is_disconnected(error: &Failure) -> bool {
    error.downcast_ref::<Error>().is_some_and(Error::is_disconnected)
}
