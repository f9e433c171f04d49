use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Buf;
use tokio::io::AsyncWrite;
use tokio::process::ChildStdin;
use tokio_util::io::poll_write_buf;

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
        let Err(error) = write_all(stdin, batch).await else { return Ok(()) };
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

/// What could not be written is left in the batch.
async fn write_all(stdin: &mut ChildStdin, batch: &mut FrameBatch) -> io::Result<()> {
    let mut stdin = Pin::new(stdin);
    while batch.has_remaining() {
        if poll_fn(|context| poll_write_buf(stdin.as_mut(), context, batch)).await? == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
    }
    poll_fn(|context| stdin.as_mut().poll_flush(context)).await
}
