//! Where an example plays: on the user's own codex, or in a demonstration.

use crate::Failure;
use crate::args::{Args, parse};
use codex_runtime::{Installer, Outcome};
use codex_sdk::CodexConfig;
use codex_testkit::{CodexHome, CodexHomeBuilder, Reply, ScriptedModel};
use std::io::IsTerminal;
use std::path::PathBuf;

/// Where an example plays. Keep it until the client is closed.
#[derive(Debug)]
pub struct Stage {
    demo: Option<Demo>,
}

#[derive(Debug)]
struct Demo {
    home: CodexHome,
    model: ScriptedModel,
}

impl Stage {
    /// Reads the command line. With `--demo`, the model gives these replies in turn; else it is the user's own.
    ///
    /// Waits while codex is downloaded, if it has to be: an async program calls it before anything else.
    ///
    /// # Errors
    /// Codex is to be installed and cannot be, or the scripted model cannot be started.
    pub fn from_args(replies: impl IntoIterator<Item = Reply>) -> Result<Self, Failure> {
        Self::from_args_in(|home| home, replies)
    }

    /// The same, in a demonstration that is set up first.
    ///
    /// # Errors
    /// As for [`from_args`](Self::from_args).
    pub fn from_args_in(
        set_up: impl FnOnce(CodexHomeBuilder) -> CodexHomeBuilder,
        replies: impl IntoIterator<Item = Reply>,
    ) -> Result<Self, Failure> {
        if !parse::<Args>().demo {
            return Ok(Self { demo: None });
        }
        install_if_missing()?;
        let model = ScriptedModel::start_blocking()?;
        for reply in replies {
            model.reply(reply);
        }
        let home = set_up(CodexHome::builder(&model)).build()?;
        if std::io::stderr().is_terminal() {
            eprintln!("Demonstration: the real app-server starts; a scripted model answers.");
        }
        Ok(Self { demo: Some(Demo { home, model }) })
    }

    /// Whether this is a demonstration.
    pub fn is_demo(&self) -> bool {
        self.demo.is_some()
    }

    /// The scripted model of a demonstration.
    pub fn model(&self) -> Option<&ScriptedModel> {
        self.demo.as_ref().map(|demo| &demo.model)
    }

    /// Where an example may leave files: gone with the demonstration, else where the system has temporary ones.
    pub fn scratch(&self) -> PathBuf {
        self.demo.as_ref().map_or_else(std::env::temp_dir, |demo| demo.home.work_dir())
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
