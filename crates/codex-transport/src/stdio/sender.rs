use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
#[cfg(unix)]
use std::task::Waker;
use std::task::{Context, Poll, ready};

use async_trait::async_trait;
use bytes::Buf;
use tokio::io::AsyncWrite;
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
        let Err(error) = write_all(stdin, batch).await else { return Ok(()) };
        let error = match error.kind() {
            // The process is gone or going, and how it ended says more than a broken pipe.
            io::ErrorKind::BrokenPipe => self.process.story().await,
            _ => Error::write(error),
        };
        self.failed = Some(error.clone());
        Err(error)
    }

    #[cfg(unix)]
    fn send_now(&mut self, batch: &mut FrameBatch) {
        // On a full pipe or an error, the writer comes and finds the same.
        if let (Some(stdin), None) = (&mut self.stdin, &self.failed) {
            let _ = poll_write(stdin, &mut Context::from_waker(Waker::noop()), batch);
        }
    }

    async fn close(&mut self) -> Result<Closed, Error> {
        self.stdin = None;
        self.failed.get_or_insert(Error::Closed);
        self.process.shut_down().await
    }
}

/// What could not be written is left in the batch.
async fn write_all(stdin: &mut ChildStdin, batch: &mut FrameBatch) -> io::Result<()> {
    while batch.has_remaining() {
        poll_fn(|context| poll_write(stdin, context, batch)).await?;
    }
    poll_fn(|context| Pin::new(&mut *stdin).poll_flush(context)).await
}

/// Writes some of the batch. It is in one piece, so that a vectored write would cost more and gain nothing.
fn poll_write(
    stdin: &mut ChildStdin,
    context: &mut Context<'_>,
    batch: &mut FrameBatch,
) -> Poll<io::Result<()>> {
    let written = ready!(Pin::new(stdin).poll_write(context, batch.chunk()))?;
    batch.advance(written);
    Poll::Ready(if written == 0 { Err(io::ErrorKind::WriteZero.into()) } else { Ok(()) })
}
