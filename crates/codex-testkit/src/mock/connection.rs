//! One connection: takes what the client sends, answers requests, starts turns.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use codex_protocol::{
    ApprovalsReviewer, AskForApproval, ClientRequest, Envelope, Id, InitializeParams,
    InitializeResponse, ReadOnlySandboxPolicy, RequestId, RpcError, SandboxPolicy, SessionSource,
    Thread, ThreadResumeParams, ThreadResumeResponse, ThreadStartParams, ThreadStartResponse,
    ThreadStartedNotification, ThreadStatus, TokenUsageBreakdown, Turn, TurnInterruptParams,
    TurnInterruptResponse, TurnItemsView, TurnStartParams, TurnStartResponse, TurnStatus,
    TurnSteerParams, TurnSteerResponse, decode_envelope,
};
use codex_transport::mock::MockPeer;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::MockRequest;
use super::out::{Out, Wire};
use super::playback;
use super::server::{REFUSED, Shared};
use super::turn::{CWD, NOW};

/// The version that the server says it is.
const VERSION: &str = "0.169.0";

const MODEL: &str = "mock-model";

/// What a connection and the turns that it plays both see.
pub(super) struct Live {
    pub(super) shared: Arc<Shared>,
    pub(super) wire: Wire,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) running: BTreeMap<Id, Running>,
    /// Who waits for the client's answer.
    pub(super) waiting: BTreeMap<i64, oneshot::Sender<Result<Value, RpcError>>>,
    /// What the threads have used.
    pub(super) usage: BTreeMap<Id, TokenUsageBreakdown>,
}

/// A turn that has not ended.
pub(super) struct Running {
    turn_id: Id,
    interrupt: watch::Sender<bool>,
}

impl Live {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what a closure of the test panicked with.
    fn panicked(&self, place: &str, panic: &(dyn Any + Send)) {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(|text| &**text));
        let text = text.unwrap_or("without a text");
        self.shared.story().complaints.push(format!("{place} panicked: {text}"));
    }
}

/// Plays the server on one connection, to its end.
pub(super) async fn serve(mut peer: MockPeer, shared: Arc<Shared>) {
    // Ends the turns with the connection; declared first, so that they end after it.
    let mut turns = JoinSet::new();
    let (sender, mut out) = mpsc::unbounded_channel();
    let live = Arc::new(Live { shared, wire: Wire(sender), state: Mutex::default() });
    loop {
        tokio::select! {
            // What turns have said already goes before the answer to what the client says now.
            biased;
            Some(next) = out.recv() => match next {
                Out::Frame(frame) => peer.send(&frame),
                Out::HangUp => return peer.hang_up(),
            },
            // What the turn said before it panicked has gone.
            Some(ended) = turns.join_next() => if let Err(error) = ended {
                if let Ok(panic) = error.try_into_panic() {
                    live.panicked("a turn", &*panic);
                    return peer.hang_up();
                }
            },
            frame = peer.recv() => match frame {
                Some(frame) => receive(&live, &mut turns, &frame),
                None => return,
            },
        }
    }
}

fn receive(live: &Arc<Live>, turns: &mut JoinSet<()>, frame: &str) {
    let complain = |what: String| live.shared.story().complaints.push(what);
    match decode_envelope(frame) {
        Ok(Envelope { method: Some(method), id, params, .. }) => {
            let params = params.map_or("null", |params| params.get());
            let value = serde_json::from_str(params).unwrap_or_default();
            live.shared.sent(MockRequest { method: method.clone().into_owned(), params: value });
            if let Some(Some(id)) = id {
                request(live, turns, &id, &method, params);
            }
        }
        Ok(Envelope { id: Some(Some(RequestId::Integer(id))), result, error, .. }) => {
            let answer = match (result, error) {
                (Some(result), _) => Ok(serde_json::from_str(result.get()).unwrap_or_default()),
                (None, error) => Err(error
                    .and_then(|error| serde_json::from_str(error.get()).ok())
                    .unwrap_or_else(|| RpcError::new(0, "an error that cannot be read"))),
            };
            // An answer that comes too late is passed over, as the real server does.
            if let Some(waiting) = live.state().waiting.remove(&id) {
                let _ = waiting.send(answer);
            }
        }
        Ok(_) => complain(format!("the client sent what is no message: {frame}")),
        Err(error) => complain(format!("the client sent what is no message: {error}")),
    }
}

fn request(live: &Arc<Live>, turns: &mut JoinSet<()>, id: &RequestId, method: &str, params: &str) {
    let scripted = live.shared.story().next_answer(method);
    let outcome = if let Some(answer) = scripted {
        let params = serde_json::from_str(params).unwrap_or_default();
        match catch_unwind(AssertUnwindSafe(|| answer(params))) {
            Ok(Ok(result)) => live.wire.respond(id, &result),
            Ok(Err(error)) => live.wire.refuse(id, error.code, error.message),
            Err(panic) => {
                live.panicked(&format!("the answer to {method}"), &*panic);
                live.wire.hang_up();
            }
        }
        Ok(())
    } else {
        match method {
            InitializeParams::METHOD => initialize(live, id, params),
            ThreadStartParams::METHOD => thread_start(live, id, params),
            ThreadResumeParams::METHOD => thread_resume(live, id, params),
            TurnStartParams::METHOD => turn_start(live, turns, id, params),
            TurnSteerParams::METHOD => turn_steer(live, id, params),
            TurnInterruptParams::METHOD => turn_interrupt(live, id, params),
            _ => Err(format!("nothing was written down for {method}")),
        }
    };
    if let Err(complaint) = outcome {
        live.wire.refuse(id, REFUSED, &*complaint);
        live.shared.story().complaints.push(complaint);
    }
}

fn read<P: ClientRequest + DeserializeOwned>(params: &str) -> Result<P, String> {
    serde_json::from_str(params).map_err(|error| format!("{}: {error}", P::METHOD))
}

fn initialize(live: &Live, id: &RequestId, params: &str) -> Result<(), String> {
    let params = read::<InitializeParams>(params)?;
    let agent = format!("{}/{VERSION} (mock)", params.client_info.name);
    live.wire.respond(id, &InitializeResponse::new("/home/user/.codex", "unix", "linux", agent));
    Ok(())
}

fn thread_start(live: &Live, id: &RequestId, params: &str) -> Result<(), String> {
    let params = read::<ThreadStartParams>(params)?;
    let thread_id = {
        let mut story = live.shared.story();
        let thread_id = story.thread_id();
        if let Some(thread) = story.threads.pop_front() {
            story.own_turns.insert(thread_id.clone(), thread.turns);
        }
        thread_id
    };
    let cwd = params.cwd.unwrap_or_else(|| CWD.to_owned());
    let model = params.model.unwrap_or_else(|| MODEL.to_owned());
    let thread = thread(thread_id, &cwd);
    let response = ThreadStartResponse::new(
        params.approval_policy.unwrap_or(AskForApproval::OnRequest),
        ApprovalsReviewer::User,
        cwd,
        model,
        "mock",
        SandboxPolicy::ReadOnly(ReadOnlySandboxPolicy::new()),
        thread.clone(),
    );
    live.wire.respond(id, &response);
    live.wire.notify(&ThreadStartedNotification::new(thread));
    Ok(())
}

fn thread_resume(live: &Live, id: &RequestId, params: &str) -> Result<(), String> {
    let params = read::<ThreadResumeParams>(params)?;
    let cwd = params.cwd.unwrap_or_else(|| CWD.to_owned());
    let response = ThreadResumeResponse::new(
        params.approval_policy.unwrap_or(AskForApproval::OnRequest),
        ApprovalsReviewer::User,
        &*cwd,
        params.model.unwrap_or_else(|| MODEL.to_owned()),
        "mock",
        SandboxPolicy::ReadOnly(ReadOnlySandboxPolicy::new()),
        thread(params.thread_id, &cwd),
    );
    live.wire.respond(id, &response);
    Ok(())
}

fn thread(id: Id, cwd: &str) -> Thread {
    let (source, status) = (SessionSource::AppServer, ThreadStatus::Idle);
    let session = id.clone();
    Thread::new(VERSION, NOW, cwd, false, id, "mock", "", session, source, status, vec![], NOW)
}

fn turn_start(
    live: &Arc<Live>,
    turns: &mut JoinSet<()>,
    id: &RequestId,
    params: &str,
) -> Result<(), String> {
    let params = read::<TurnStartParams>(params)?;
    let thread_id = params.thread_id;
    let mut state = live.state();
    if let Some(running) = state.running.get(&thread_id) {
        // The real server takes it for more input to the turn that runs.
        live.wire.respond(id, &TurnStartResponse::new(begun(&running.turn_id)));
        return Ok(());
    }
    let mut story = live.shared.story();
    let turn = story.next_turn(&thread_id);
    let turn = turn.ok_or_else(|| format!("no turn is left for {thread_id}"))?;
    let turn_id = story.turn_id();
    drop(story);
    let (interrupt, interrupted) = watch::channel(false);
    let running = Running { turn_id: turn_id.clone(), interrupt };
    state.running.insert(thread_id.clone(), running);
    drop(state);
    live.wire.respond(id, &TurnStartResponse::new(begun(&turn_id)));
    let player = playback::Player::new(live.clone(), thread_id, turn_id, params.input);
    turns.spawn(player.play(turn, interrupted));
    Ok(())
}

fn turn_steer(live: &Live, id: &RequestId, params: &str) -> Result<(), String> {
    let params = read::<TurnSteerParams>(params)?;
    let state = live.state();
    match state.running.get(&params.thread_id) {
        Some(running) if running.turn_id == params.expected_turn_id => {
            live.wire.respond(id, &TurnSteerResponse::new(running.turn_id.clone()));
        }
        Some(running) => {
            let (expected, found) = (&params.expected_turn_id, &running.turn_id);
            let message = format!("expected active turn id `{expected}` but found `{found}`");
            live.wire.refuse(id, REFUSED, message);
        }
        None => live.wire.refuse(id, REFUSED, "no active turn to steer"),
    }
    Ok(())
}

fn turn_interrupt(live: &Live, id: &RequestId, params: &str) -> Result<(), String> {
    let params = read::<TurnInterruptParams>(params)?;
    let state = live.state();
    match state.running.get(&params.thread_id) {
        // The real server takes an empty id for whichever turn runs.
        Some(running) if params.turn_id.is_empty() || running.turn_id == params.turn_id => {
            live.wire.respond(id, &TurnInterruptResponse::new());
            running.interrupt.send_replace(true);
        }
        Some(running) => {
            let (expected, found) = (&params.turn_id, &running.turn_id);
            let message = format!("expected active turn id {expected} but found {found}");
            live.wire.refuse(id, REFUSED, message);
        }
        None => live.wire.refuse(id, REFUSED, "no active turn to interrupt"),
    }
    Ok(())
}

/// A turn as the answer to `turn/start` shows it.
fn begun(id: &Id) -> Turn {
    Turn::new(id.clone(), vec![], TurnStatus::InProgress).items_view(TurnItemsView::NotLoaded)
}
