//! Calls of cargo and its like from within xtask.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use crate::{Failure, workspace_root};

/// A command of the same cargo that runs this program, in the workspace's root.
pub(crate) fn cargo() -> Command {
    program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A command in the workspace's root.
pub(crate) fn program(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace_root());
    command
}

/// Says what is run, runs it, and fails if it does.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let line = line(command);
    eprintln!("$ {line}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{line}` failed ({status})").into()),
        Err(error) => Err(format!("`{line}` could not be run: {error}").into()),
    }
}

/// What a command prints; fails, with what it complains of, if it does.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let line = line(command);
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("`{line}` could not be run: {error}"))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{line}` failed ({}):\n{complaint}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Whether a command runs and succeeds; what it prints is not shown.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn line(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let mut line = program.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    for arg in command.get_args() {
        line.push(' ');
        line.push_str(&arg.to_string_lossy());
    }
    line
}

/// When tests, which are threads of one process, may start programs.
#[cfg(test)]
pub(crate) mod starts {
    #[cfg(target_os = "linux")]
    use std::sync::RwLockWriteGuard;
    use std::sync::{PoisonError, RwLock, RwLockReadGuard};

    static STARTS: RwLock<()> = RwLock::new(());

    /// For a test that starts programs.
    pub(crate) fn with_others() -> RwLockReadGuard<'static, ()> {
        STARTS.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// For a test that writes a program and starts it. That fails while any process has it open for writing; and so has,
    /// for a moment, one that another thread starts while it is written.
    #[cfg(target_os = "linux")]
    pub(crate) fn alone() -> RwLockWriteGuard<'static, ()> {
        STARTS.write().unwrap_or_else(PoisonError::into_inner)
    }
}
