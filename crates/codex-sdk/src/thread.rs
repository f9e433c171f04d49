//! One conversation.

use crate::codex::Codex;
use crate::input::Input;
use crate::router::Total;
use crate::run::Run;
use crate::turn_start::TurnStart;
use codex_protocol::{
    AskForApproval, Id, ReasoningEffort, SandboxPolicy, ThreadResumeResponse, ThreadStartResponse,
};
use std::fmt;
use std::sync::Arc;

/// One conversation with the assistant. Cheap to clone.
#[derive(Clone)]
pub struct Thread {
    inner: Arc<Inner>,
}

struct Inner {
    codex: Codex,
    id: Id,
    settings: ThreadSettings,
}

/// What holds for a thread, as the server said when it was started or resumed.
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

/// Both responses have these fields, under the same names.
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

    pub(crate) fn resumed(response: ThreadResumeResponse) -> Self {
        settings_of!(response)
    }
}

impl Thread {
    /// Begins to follow the thread.
    pub(crate) fn open(codex: Codex, id: Id, settings: ThreadSettings, total: Total) -> Self {
        codex.connection().router().open_thread(&id, total);
        Self { inner: Arc::new(Inner { codex, id, settings }) }
    }

    /// The thread's id, by which it can be [resumed](Codex::thread_resume).
    pub fn id(&self) -> &Id {
        &self.inner.id
    }

    /// What holds for the thread, as the server said when it was started or resumed.
    pub fn settings(&self) -> &ThreadSettings {
        &self.inner.settings
    }

    /// The client that this thread belongs to.
    pub fn codex(&self) -> &Codex {
        &self.inner.codex
    }

    /// Starts a turn (`turn/start`), to be streamed or run.
    pub fn turn(&self, input: impl Into<Input>) -> TurnStart {
        TurnStart::new(self.clone(), input.into())
    }

    /// Starts a turn and waits for its result: `turn` and [`Turn::run`](crate::Turn::run) in one.
    pub fn run(&self, input: impl Into<Input>) -> Run {
        Run::new(self.clone(), input.into())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.codex.connection().router().close_thread(&self.id);
    }
}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread").field("id", self.id()).finish_non_exhaustive()
    }
}
