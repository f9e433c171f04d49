use std::fmt;
use std::process::ExitStatus;

use async_trait::async_trait;

use crate::{Error, Frame, FrameBatch};

/// A connection to one peer, before it is put to use.
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
