use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::process::ChildStdout;
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::process::Process;
use crate::line_buffer::LineBuffer;
use crate::{Error, Frame, FrameReceiver};

pub(super) struct StdioReceiver {
    stdout: ChildStdout,
    lines: LineBuffer,
    /// Ready when the process is gone and its output has had its time, for a pipe that somebody else holds open.
    abandoned: Pin<Box<WaitForCancellationFutureOwned>>,
    at_end: bool,
    failed: Option<Error>,
    process: Arc<Process>,
}

impl StdioReceiver {
    pub(super) fn new(stdout: ChildStdout, max_frame_bytes: usize, process: Arc<Process>) -> Self {
        Self {
            stdout,
            lines: LineBuffer::new(max_frame_bytes),
            abandoned: Box::pin(process.abandoned()),
            at_end: false,
            failed: None,
            process,
        }
    }

    fn fail(&mut self, error: Error) -> Error {
        self.failed.insert(error).clone()
    }
}

#[async_trait]
impl FrameReceiver for StdioReceiver {
    async fn fill(&mut self) -> Result<(), Error> {
        if self.lines.has_frame()? {
            return Ok(());
        }
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if !self.at_end {
            let read = tokio::select! {
                biased;
                read = self.lines.read_from(&mut self.stdout) => read,
                () = &mut self.abandoned => Ok(0),
            };
            match read {
                Ok(0) => {}
                Ok(_) => return Ok(()),
                Err(error) => return Err(self.fail(Error::read(error))),
            }
            self.at_end = true;
            self.process.output_ended();
            self.lines.finish();
            if self.lines.has_frame()? {
                return Ok(());
            }
        }
        let story = self.process.story().await;
        Err(self.fail(story))
    }

    fn next_frame(&mut self) -> Option<Frame<'_>> {
        self.lines.next_frame()
    }
}

impl Drop for StdioReceiver {
    fn drop(&mut self) {
        self.process.output_ended();
    }
}

impl fmt::Debug for StdioReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StdioReceiver")
            .field("process", &self.process)
            .field("at_end", &self.at_end)
            .finish_non_exhaustive()
    }
}
