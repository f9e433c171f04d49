use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::io::AsyncWriteExt;
use tokio::process::ChildStdin;

use super::process::Process;
use crate::{Closed, Error, FrameBatch, FrameSender};

#[derive(Debug)]
pub(super) struct StdioSender {
    stdin: Option<ChildStdin>,
    failed: Option<Error>,
    process: Arc<Process>,
}

impl StdioSender {
    pub(super) fn new(stdin: ChildStdin, process: Arc<Process>) -> Self {
        Self { stdin: Some(stdin), failed: None, process }
    }
}

#[async_trait]
impl FrameSender for StdioSender {
    async fn send(&mut self, batch: &mut FrameBatch) -> Result<(), Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let stdin = self.stdin.as_mut().ok_or(Error::Closed)?;
        let written = match stdin.write_all_buf(batch).await {
            Ok(()) => stdin.flush().await,
            failed => failed,
        };
        let Err(error) = written else { return Ok(()) };
        let error = match error.kind() {
            // The process is gone or going, and how it ended says more than a broken pipe.
            io::ErrorKind::BrokenPipe => self.process.story().await,
            _ => Error::write(error),
        };
        self.failed = Some(error.clone());
        Err(error)
    }

    async fn close(&mut self) -> Result<Closed, Error> {
        self.stdin = None;
        self.failed.get_or_insert(Error::Closed);
        self.process.shut_down().await
    }
}
