//! A child process that takes a frame a line on its stdin and gives one a line on its stdout.

mod builder;
mod process;
mod receiver;
mod sender;
mod stderr;

use std::ffi::OsStr;
use std::sync::Arc;

use tokio::process::{ChildStdin, ChildStdout};

use crate::{FrameReceiver, FrameSender, Transport};

pub use builder::StdioBuilder;
use process::Process;
use receiver::StdioReceiver;
use sender::StdioSender;
pub use stderr::StderrTail;

/// A transport over the pipes of a child process.
///
/// The process runs in a process group of its own, so that Ctrl-C at the terminal reaches this program alone.
/// Its stderr is always read, and the last of it kept, by a task on the runtime that spawned it.
///
/// # End of the process
///
/// [`close`](FrameSender::close) closes its stdin, waits for the grace, terminates it (unix), waits again, kills it, and returns when it is reaped.
/// It leaves no thread behind either; while the receiver lives and has not read to the end, that costs a quarter of a second at most.
/// When both halves are dropped the same happens on a thread of its own: dropping neither blocks nor needs a runtime.
/// Dropping the sender alone closes stdin; the receiver still gets what comes until the process ends its output.
/// A process that ends its output by itself is given the same steps, since nothing more can come of it.
///
/// Signals go to the whole process group, so that a wrapper that has to be killed does not leave the real server behind.
/// What a process leaves of its group when it ends, by itself or killed by somebody, is terminated, and killed when it still holds stderr open after the grace.
#[derive(Debug)]
pub struct Stdio {
    // Dropped in this order: the pipes are closed by the time the process is seen to its end.
    stdin: ChildStdin,
    stdout: ChildStdout,
    max_frame_bytes: usize,
    process: Arc<Process>,
}

impl Stdio {
    /// Prepares to spawn a program, which is searched in `PATH` unless it is a path.
    pub fn builder(program: impl AsRef<OsStr>) -> StdioBuilder {
        StdioBuilder::new(program.as_ref())
    }

    /// Id of the process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The last of what the process wrote to stderr, readable at any time, also after its end.
    pub fn stderr(&self) -> StderrTail {
        self.process.stderr().clone()
    }
}

impl Transport for Stdio {
    fn split(self: Box<Self>) -> (Box<dyn FrameSender>, Box<dyn FrameReceiver>) {
        let Self { stdin, stdout, max_frame_bytes, process } = *self;
        let receiver = StdioReceiver::new(stdout, max_frame_bytes, process.clone());
        (Box::new(StdioSender::new(stdin, process)), Box::new(receiver))
    }
}
