//! One conversation.

use crate::attach::Attach;
use crate::codex::Codex;
use crate::compact::Compact;
use crate::input::Input;
use crate::review::Review;
use crate::router::Total;
use crate::run::Run;
use crate::tool::ThreadTools;
use crate::turn_start::TurnStart;
use codex_protocol::{
    AskForApproval, Id, ReasoningEffort, ReviewTarget, SandboxPolicy, ThreadForkResponse,
    ThreadResumeResponse, ThreadStartResponse, TurnStatus,
};
use std::fmt;
use std::sync::Arc;

/// One conversation with the assistant. Cheap to clone.
#[derive(Clone)]
pub struct Thread {
    inner: Arc<Inner>,
}

struct Inner {
    handle: ThreadHandle,
    settings: ThreadSettings,
}

/// What makes the client follow a thread, while it lives.
#[derive(Debug)]
pub(crate) struct ThreadHandle {
    codex: Codex,
    id: Id,
    tools: Option<Arc<ThreadTools>>,
}

/// What holds for a thread, as the server said when it was started, resumed or forked.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ThreadSettings {
    /// The model.
    pub model: String,
    /// The provider of the model.
    pub model_provider: String,
    /// The working directory.
    pub cwd: String,
    /// When the server asks before it runs something.
    pub approval_policy: AskForApproval,
    /// What commands may touch.
    pub sandbox: SandboxPolicy,
    /// How hard the model thinks; `None`: as the model does by default.
    pub reasoning_effort: Option<ReasoningEffort>,
    /// The service tier.
    pub service_tier: Option<String>,
}

/// The three responses have these fields, under the same names.
macro_rules! settings_of {
    ($response:ident) => {
        ThreadSettings {
            model: $response.model,
            model_provider: $response.model_provider,
            cwd: $response.cwd,
            approval_policy: $response.approval_policy,
            sandbox: $response.sandbox,
            reasoning_effort: $response.reasoning_effort,
            service_tier: $response.service_tier,
        }
    };
}

impl ThreadSettings {
    pub(crate) fn started(response: ThreadStartResponse) -> Self {
        settings_of!(response)
    }

    pub(crate) fn forked(response: ThreadForkResponse) -> Self {
        settings_of!(response)
    }

    pub(crate) fn resumed(response: ThreadResumeResponse) -> Self {
        settings_of!(response)
    }
}

impl Thread {
    pub(crate) fn new(handle: ThreadHandle, settings: ThreadSettings) -> Self {
        Self { inner: Arc::new(Inner { handle, settings }) }
    }

    /// The thread's id, by which it can be [resumed](Codex::thread_resume).
    pub fn id(&self) -> &Id {
        &self.inner.handle.id
    }

    /// What holds for the thread, as the server said when it was started, resumed or forked.
    pub fn settings(&self) -> &ThreadSettings {
        &self.inner.settings
    }

    /// The client that this thread belongs to.
    pub fn codex(&self) -> &Codex {
        &self.inner.handle.codex
    }

    /// Starts a turn (`turn/start`), to be streamed or run.
    pub fn turn(&self, input: impl Into<Input>) -> TurnStart {
        TurnStart::new(self.clone(), input.into())
    }

    /// Starts a turn and waits for its result: `turn` and [`Turn::run`](crate::Turn::run) in one.
    pub fn run(&self, input: impl Into<Input>) -> Run {
        Run::new(self.clone(), input.into())
    }

    /// Takes up a turn that runs already, after a resume or a new connection: its events to come, and its result.
    pub fn attach(&self, turn_id: impl Into<Id>) -> Attach {
        Attach::new(self.clone(), turn_id.into())
    }

    /// Starts to sum up the history, so that it takes less of the context window (`thread/compact/start`).
    ///
    /// It is a turn as any other: it can be streamed, run and interrupted, and no other runs meanwhile. It cannot be
    /// steered.
    pub fn compact(&self) -> Compact {
        Compact::new(self.clone())
    }

    /// Starts a review of changes, or of whatever [`CustomReviewTarget`](codex_protocol::CustomReviewTarget) says
    /// (`review/start`).
    ///
    /// It is a turn as any other, whose text is the review; no other runs meanwhile. It cannot be steered.
    pub fn review(&self, target: impl Into<ReviewTarget>) -> Review {
        Review::new(self.clone(), target.into())
    }
}

impl ThreadHandle {
    /// Begins to follow the thread. `total` is what it has used, if that is not known already.
    pub(crate) fn open(codex: Codex, id: Id, total: Total) -> Self {
        codex.connection().router().open_thread(&id, total);
        Self { codex, id, tools: None }
    }

    /// Has the thread's calls of these tools answered by them, while this handle lives.
    pub(crate) fn set_tools(&mut self, tools: Arc<ThreadTools>) {
        if tools.is_empty() {
            return;
        }
        let tools = self.tools.insert(tools);
        self.codex.connection().router().set_tools(&self.id, Arc::downgrade(tools));
    }

    /// Takes in what the thread has used, if that is not known already.
    pub(crate) fn used(&self, total: Total) {
        self.codex.connection().router().thread_used(&self.id, total);
    }

    /// Takes in what the server says of the thread that it started or loaded. The turns are those that it told of.
    pub(crate) fn loaded(&self, thread: &codex_protocol::Thread) {
        let running = thread.turns.iter().rev().find(|turn| turn.status == TurnStatus::InProgress);
        let running = running.map(|turn| turn.id.clone());
        self.codex.connection().router().thread_loaded(&self.id, running);
    }
}

impl Drop for ThreadHandle {
    fn drop(&mut self) {
        self.codex.connection().router().close_thread(&self.id);
    }
}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread").field("id", self.id()).finish_non_exhaustive()
    }
}
