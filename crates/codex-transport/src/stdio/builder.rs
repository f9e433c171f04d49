use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio as Pipe};
use std::sync::Arc;
use std::time::Duration;

use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::runtime::Handle;

use super::Stdio;
use super::process::Process;
use super::stderr::StderrTail;
use crate::{DEFAULT_MAX_FRAME_BYTES, Error};

const DEFAULT_GRACE: Duration = Duration::from_secs(5);

/// How to spawn a [`Stdio`] transport; made by [`Stdio::builder`].
#[derive(Clone)]
pub struct StdioBuilder {
    program: OsString,
    args: Vec<OsString>,
    cwd: Option<PathBuf>,
    env: Vec<(OsString, OsString)>,
    /// Which of our own variables are passed on. `None`: all.
    inherited: Option<Vec<OsString>>,
    grace: Duration,
    max_frame_bytes: usize,
}

impl StdioBuilder {
    pub(super) fn new(program: &OsStr) -> Self {
        Self {
            program: program.to_owned(),
            args: Vec::new(),
            cwd: None,
            env: Vec::new(),
            inherited: None,
            grace: DEFAULT_GRACE,
            max_frame_bytes: DEFAULT_MAX_FRAME_BYTES,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets the working directory (default: this process's own).
    #[must_use]
    pub fn cwd(mut self, directory: impl Into<PathBuf>) -> Self {
        self.cwd = Some(directory.into());
        self
    }

    /// Sets a variable on top of what is inherited: all of this process's own, unless told otherwise.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Sets several variables on top of what is inherited.
    #[must_use]
    pub fn envs(
        self,
        vars: impl IntoIterator<Item = (impl AsRef<OsStr>, impl AsRef<OsStr>)>,
    ) -> Self {
        vars.into_iter().fold(self, |builder, (name, value)| builder.env(name, value))
    }

    /// Inherits no variable of this process's own, but for those that [`env_inherit`](Self::env_inherit) names.
    ///
    /// What [`env`](Self::env) sets stays, in whatever order these are called.
    /// A program that is no path is then searched in the `PATH` that the process gets, or where the system looks without one.
    /// On Windows most programs need `SystemRoot`.
    #[must_use]
    pub fn env_clear(mut self) -> Self {
        self.inherited.get_or_insert_default();
        self
    }

    /// Inherits these variables of this process's own, as far as they are set, and no others.
    ///
    /// Called again, it adds to the list.
    #[must_use]
    pub fn env_inherit(mut self, names: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let names = names.into_iter().map(|name| name.as_ref().to_owned());
        self.inherited.get_or_insert_default().extend(names);
        self
    }

    /// Sets how long each step of the shutdown waits before the next (default 5 s).
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Sets the longest frame that is accepted, in bytes (default [`DEFAULT_MAX_FRAME_BYTES`]).
    #[must_use]
    pub fn max_frame_bytes(mut self, limit: usize) -> Self {
        self.max_frame_bytes = limit;
        self
    }

    /// Starts the process.
    ///
    /// # Errors
    ///
    /// [`Error::Spawn`]: there is no such program or directory, it may not be run, or no tokio runtime is there to run it on.
    /// No process is left behind.
    ///
    /// # Panics
    ///
    /// On a tokio runtime that was built without I/O.
    pub fn spawn(self) -> Result<Stdio, Error> {
        self.try_spawn().map_err(|source| Error::Spawn {
            program: Path::new(&self.program).into(),
            cwd: self.cwd.as_deref().map(Into::into),
            source: Arc::new(source),
        })
    }

    fn try_spawn(&self) -> io::Result<Stdio> {
        let runtime = Handle::try_current().map_err(io::Error::other)?;
        let mut child = self.command().spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let stderr_tail = StderrTail::new();
        // From here on the process is seen to its end, whatever fails.
        let process = Arc::new(Process::new(child, self.grace, stderr_tail.clone()));
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(io::Error::other("the process has no pipes"));
        };
        #[cfg(target_os = "linux")]
        {
            enlarge(&stdin);
            enlarge(&stdout);
        }
        let stdin = ChildStdin::from_std(stdin)?;
        let stdout = ChildStdout::from_std(stdout)?;
        process.drained_by(runtime.spawn(stderr_tail.drain(ChildStderr::from_std(stderr)?)));
        Ok(Stdio { stdin, stdout, max_frame_bytes: self.max_frame_bytes, process })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args);
        if let Some(names) = &self.inherited {
            command.env_clear();
            command.envs(names.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Pipe::piped()).stdout(Pipe::piped()).stderr(Pipe::piped());
        if let Some(cwd) = &self.cwd {
            command.current_dir(cwd);
        }
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        #[cfg(windows)]
        {
            const CREATE_NO_WINDOW: u32 = 0x0800_0000;
            std::os::windows::process::CommandExt::creation_flags(&mut command, CREATE_NO_WINDOW);
        }
        command
    }
}

impl fmt::Debug for StdioBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Arguments and the values of variables may be secrets.
        let env: Vec<&OsString> = self.env.iter().map(|(name, _)| name).collect();
        f.debug_struct("StdioBuilder")
            .field("program", &self.program)
            .field("args", &self.args.len())
            .field("cwd", &self.cwd)
            .field("env", &env)
            .field("inherited", &self.inherited)
            .field("grace", &self.grace)
            .field("max_frame_bytes", &self.max_frame_bytes)
            .finish()
    }
}

/// Fewer, larger reads and writes; where the system refuses, the pipe stays as it is.
#[cfg(target_os = "linux")]
fn enlarge(pipe: &impl std::os::fd::AsFd) {
    const PIPE_BYTES: usize = 1024 * 1024;
    let _ = rustix::pipe::fcntl_setpipe_size(pipe, PIPE_BYTES);
}
