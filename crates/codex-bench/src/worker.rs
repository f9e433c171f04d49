//! A client in a process of its own, as the benchmark that drives it sees it.

use crate::Failure;
use crate::round::Round;
use crate::scenario::{Client, Scenario};
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A process that runs one scenario with one client, a round whenever it is told to.
#[derive(Debug)]
pub struct Worker {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts the process; `program` is the path of `flood-client`.
    ///
    /// # Errors
    /// Those of starting it.
    pub fn start(
        program: impl AsRef<OsStr>,
        client: Client,
        scenario: Scenario,
        messages: usize,
        env: &[(&str, OsString)],
    ) -> Result<Self, Failure> {
        let mut child = Command::new(program)
            .args([client.name(), scenario.name(), &messages.to_string()])
            .envs(env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let input = child.stdin.take();
        let output = child.stdout.take().ok_or("the client was started without pipes")?;
        Ok(Self { child, input, output: BufReader::new(output) })
    }

    /// Runs one round.
    ///
    /// # Errors
    /// If the client fails; it has said why.
    pub fn round(&mut self) -> Result<Round, Failure> {
        let input = self.input.as_mut().ok_or("the client was started without pipes")?;
        writeln!(input, "go")?;
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            return Err("the client has failed".into());
        }
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It ends at the end of its input, and takes its server with it.
        self.input = None;
        let _ = self.child.wait();
    }
}
