//! Against the real app-server on a scripted model.

mod absent_or_null;
#[cfg(target_os = "linux")]
mod abuse;
mod account;
mod consumers;
mod controls;
mod errors;
mod events;
#[cfg(all(target_os = "linux", feature = "websocket"))]
mod listening_server;
mod many;
#[cfg(feature = "schemars")]
mod output;
#[cfg(target_os = "linux")]
mod process;
mod replay;
mod requests;
mod results;
#[cfg(feature = "tracing")]
mod secrets;
mod starts;
mod threads;
mod turn_kinds;
mod turns;
#[cfg(all(target_os = "linux", feature = "websocket"))]
mod websocket;
#[cfg(target_os = "linux")]
mod wrapper;

use codex_sdk::{Codex, CodexBuilder};
use codex_testkit::{CodexHome, CodexHomeBuilder, ScriptedModel};

/// A stage: what the model will say is put on `model`.
pub(crate) struct Stage {
    pub(crate) model: ScriptedModel,
    pub(crate) home: CodexHome,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        Self::set_with(|home| home).await
    }

    /// In a home of this kind.
    pub(crate) async fn set_with(home: impl FnOnce(CodexHomeBuilder) -> CodexHomeBuilder) -> Self {
        let model = ScriptedModel::start().await.unwrap();
        let home = home(CodexHome::builder(&model)).build().unwrap();
        Self { model, home }
    }

    pub(crate) fn builder(&self) -> CodexBuilder {
        Codex::builder().config(self.home.config())
    }

    /// Fails with the command that installs codex if there is none.
    pub(crate) async fn codex(&self) -> Codex {
        self.builder().start().await.unwrap_or_else(|error| panic!("{error}"))
    }
}
