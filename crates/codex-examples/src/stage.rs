//! Where an example plays: on the user's own codex, or in a demonstration.

use crate::Failure;
use clap::Parser;
use codex_runtime::{Installer, Outcome};
use codex_sdk::CodexConfig;
use codex_testkit::{CodexHome, Reply, ScriptedModel};

/// Where an example plays. Keep it until the client is closed.
#[derive(Debug)]
pub struct Stage {
    demo: Option<Demo>,
}

#[derive(Debug)]
struct Demo {
    home: CodexHome,
    _model: ScriptedModel,
}

#[derive(Parser)]
struct Args {
    /// Run without an account: the real app-server answers from a scripted model
    #[arg(long)]
    demo: bool,
}

impl Stage {
    /// Reads the command line. With `--demo`, the model gives these replies in turn; else it is the user's own.
    ///
    /// # Errors
    /// Codex is to be installed and cannot be, or the scripted model cannot be started.
    pub async fn from_args(replies: impl IntoIterator<Item = Reply>) -> Result<Self, Failure> {
        if !Args::parse().demo {
            return Ok(Self { demo: None });
        }
        tokio::task::spawn_blocking(install_if_missing).await??;
        let model = ScriptedModel::start().await?;
        for reply in replies {
            model.reply(reply);
        }
        Ok(Self { demo: Some(Demo { home: CodexHome::new(&model)?, _model: model }) })
    }

    /// The settings that a client starts with here.
    pub fn config(&self) -> CodexConfig {
        self.demo.as_ref().map_or_else(CodexConfig::default, |demo| demo.home.config())
    }
}

/// Installs the pinned codex, saying so, where there is no codex at all.
fn install_if_missing() -> Result<(), Failure> {
    if codex_runtime::locate(None).is_ok() {
        return Ok(());
    }
    eprintln!(
        "There is no codex on this machine; installing {} once.",
        codex_runtime::PINNED_VERSION
    );
    let installed = Installer::new().progress_on_stderr().install()?;
    if installed.outcome == Outcome::Fresh {
        eprintln!("Installed in {}.", installed.path.display());
    }
    Ok(())
}
