//! An example that a person talks to, through pipes.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

/// Far more than any answer takes.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Conversation {
    child: Child,
    stdin: Option<ChildStdin>,
    output: Receiver<String>,
    /// What was said since the last answer.
    said: String,
}

impl Conversation {
    /// Starts an example with `--demo`.
    pub(crate) fn start(example: &str) -> Self {
        // Whoever runs the tests in the background may have Ctrl-C ignored, which children inherit.
        let mut child = Command::new("env")
            .arg("--default-signal=INT")
            .arg(crate::demo::path(example))
            .arg("--demo")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let (sender, output) = mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 1024];
            while let Ok(length @ 1..) = stdout.read(&mut buffer) {
                if sender.send(String::from_utf8_lossy(&buffer[..length]).into_owned()).is_err() {
                    break;
                }
            }
        });
        let stdin = child.stdin.take();
        Self { child, stdin, output, said: String::new() }
    }

    /// Reads until so many lines were said to their end since the last answer.
    pub(crate) fn hear_lines(&mut self, count: usize) -> &str {
        while self.said.matches('\n').count() < count {
            self.hear_more(&format!("{count} lines"));
        }
        &self.said
    }

    /// Reads until all of `needles` were said since the last answer.
    pub(crate) fn hear(&mut self, needles: &[&str]) -> &str {
        while !needles.iter().all(|needle| self.said.contains(needle)) {
            self.hear_more(&format!("{needles:?}"));
        }
        &self.said
    }

    fn hear_more(&mut self, wanted: &str) {
        match self.output.recv_timeout(PATIENCE) {
            Ok(more) => self.said.push_str(&more),
            Err(error) => panic!("{error}; waited for {wanted} after: {}", self.said),
        }
    }

    /// Gives a line as the answer to what was said; several lines come in one piece.
    pub(crate) fn answer(&mut self, line: &str) {
        self.said.clear();
        let line = format!("{line}\n");
        self.stdin.as_mut().unwrap().write_all(line.as_bytes()).unwrap();
    }

    /// The process of the example.
    #[cfg(target_os = "linux")]
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Does what the terminal does at Ctrl-C.
    #[cfg(target_os = "linux")]
    pub(crate) fn press_ctrl_c(&mut self) {
        use rustix::process::{Pid, Signal, kill_process};

        self.said.clear();
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
    }

    /// Goes away from the terminal.
    pub(crate) fn leave(&mut self) {
        self.said.clear();
        self.stdin = None;
    }

    /// Reads to the end, which must be a good one.
    pub(crate) fn end(mut self) -> String {
        let (said, status) = self.any_end();
        assert!(status.success(), "{status}: {said}");
        said
    }

    /// Reads to the end.
    pub(crate) fn any_end(&mut self) -> (String, ExitStatus) {
        loop {
            match self.output.recv_timeout(PATIENCE) {
                Ok(more) => self.said.push_str(&more),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(error) => panic!("{error} after: {}", self.said),
            }
        }
        (std::mem::take(&mut self.said), self.child.wait().unwrap())
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        // Over already, unless the test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
