use std::fmt;
use std::process::ExitStatus;

use async_trait::async_trait;

use crate::{Error, Frame, FrameBatch};

/// A connection to one peer, before it is put to use.
///
/// # Your own
///
/// Any command that speaks the protocol on its pipes is a matter of `Stdio::builder("ssh").args(["host", "codex", "app-server"])`, with all that [`Stdio`](crate::Stdio) does about processes.
/// Where that is not what you have, write the two halves; [`frame_queue`](crate::frame_queue) makes the receiving one for whatever gives one frame at a time.
/// Here is the same by hand, over a command's pipes:
///
/// ```
/// use std::{process::Stdio, sync::Arc};
///
/// use codex_transport::{Closed, Error, FrameBatch, FrameReceiver, FrameSender, Transport, frame_queue};
/// use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
/// use tokio::process::{Child, Command};
///
/// #[derive(Debug)]
/// struct Remote(Child); // its stdin and stdout are pipes
///
/// impl Transport for Remote {
///     fn split(mut self: Box<Self>) -> (Box<dyn FrameSender>, Box<dyn FrameReceiver>) {
///         let (frames, receiver) = frame_queue(64);
///         let mut lines = BufReader::new(self.0.stdout.take().expect("it is piped")).lines();
///         tokio::spawn(async move {
///             while let Ok(Some(line)) = lines.next_line().await {
///                 if frames.push(line).await.is_err() { break }
///             }
///         });
///         (self, Box::new(receiver))
///     }
/// }
///
/// #[async_trait::async_trait]
/// impl FrameSender for Remote {
///     async fn send(&mut self, batch: &mut FrameBatch) -> Result<(), Error> {
///         let stdin = self.0.stdin.as_mut().ok_or(Error::Closed)?;
///         stdin.write_all_buf(batch).await.map_err(|error| Error::Write(Arc::new(error)))
///     }
///
///     async fn close(&mut self) -> Result<Closed, Error> {
///         self.0.stdin = None; // to the server, the end of its input
///         Ok(self.0.wait().await?.into())
///     }
/// }
/// # #[cfg(unix)]
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
///
/// // `Command::new("ssh")` with a host and what to run there; here, an echo stands for both.
/// let mut command = Command::new("cat");
/// command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
/// let remote = Remote(command.spawn()?);
/// # let (mut sender, mut receiver) = Box::new(remote).split();
/// # let mut batch = FrameBatch::new();
/// # batch.push_str("{\"id\":1}")?;
/// # sender.send(&mut batch).await?;
/// # receiver.fill().await?;
/// # assert_eq!(receiver.next_frame().unwrap().to_string(), "{\"id\":1}");
/// # let closed = sender.close().await?;
/// # assert!(closed.exit_status.unwrap().success());
/// # while receiver.fill().await.is_ok() {}
/// # Ok::<(), Error>(()) }).unwrap();
/// ```
///
/// With the SDK it is then `Codex::builder().transport(remote).start()`.
pub trait Transport: fmt::Debug + Send {
    /// Takes the connection apart into its two halves, which may live in different tasks.
    fn split(self: Box<Self>) -> (Box<dyn FrameSender>, Box<dyn FrameReceiver>);
}

impl Transport for Box<dyn Transport> {
    fn split(self: Box<Self>) -> (Box<dyn FrameSender>, Box<dyn FrameReceiver>) {
        (*self).split()
    }
}

/// The receiving half of a [`Transport`].
#[async_trait]
pub trait FrameReceiver: fmt::Debug + Send {
    /// Waits for more input; `Ok` means that [`next_frame`](Self::next_frame) may have something.
    ///
    /// Costs one wake-up per read, however many frames came with it.
    /// Returns at once while there are frames that were not taken yet, so nothing piles up.
    ///
    /// # Errors
    ///
    /// The end of the connection, with its reason; an orderly end is no exception.
    /// Frames that came before it have been lent by then, and every later call gives the same error.
    ///
    /// # Cancel safety
    ///
    /// Safe: what was read stays in the receiver.
    async fn fill(&mut self) -> Result<(), Error>;

    /// Lends the next complete frame; `None` asks for another [`fill`](Self::fill).
    fn next_frame(&mut self) -> Option<Frame<'_>>;
}

/// The sending half of a [`Transport`].
#[async_trait]
pub trait FrameSender: fmt::Debug + Send {
    /// Sends all frames of the batch in as few writes as the transport allows, and empties it.
    ///
    /// May wait for as long as the peer does not read.
    ///
    /// # Errors
    ///
    /// The peer is gone or the connection failed; nothing more can be sent.
    ///
    /// # Cancel safety
    ///
    /// Safe as long as the batch is kept: it holds exactly what was not sent yet, and sending it again goes on from there.
    /// To drop or clear a batch whose sending was cut short may leave half a frame with the peer.
    async fn send(&mut self, batch: &mut FrameBatch) -> Result<(), Error>;

    /// Sends of the batch what can be sent without waiting; the rest stays in it for [`send`](Self::send).
    ///
    /// For a request that is alone: the client calls this in the caller's task, inside or outside of a runtime and with a lock held, and so spares it the way to the task that sends.
    /// So it must neither block nor call back into the client; what goes wrong is left for `send` to find.
    /// By default nothing is sent, which is always right.
    fn send_now(&mut self, batch: &mut FrameBatch) {
        let _ = batch;
    }

    /// Shuts the connection down in order and returns when the peer is gone.
    ///
    /// For a child process this means gone and reaped.
    /// Keep the receiver reading meanwhile, or drop it: a peer that cannot write may be unable to end.
    /// A second call gives the same answer as the first; after it `send` fails.
    ///
    /// # Errors
    ///
    /// The peer could not be made to go.
    ///
    /// # Cancel safety
    ///
    /// Safe: a shutdown once begun runs to its end, and a later call waits for it.
    async fn close(&mut self) -> Result<Closed, Error>;
}

/// How a connection that was [closed](FrameSender::close) came to its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closed {
    /// Exit status of the child process; `None` where the peer is no child of ours, or its status is unknown.
    pub exit_status: Option<ExitStatus>,
}

impl From<ExitStatus> for Closed {
    fn from(status: ExitStatus) -> Self {
        Self { exit_status: Some(status) }
    }
}
