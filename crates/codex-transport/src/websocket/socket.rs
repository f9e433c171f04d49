//! The connection that both halves share.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use futures_core::Stream;
use futures_sink::Sink;
use tokio::io::AsyncWrite;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::{Bytes, Error as WebSocketError, Message};

use super::meter::{Meter, Moved};
use super::piece::Cutter;
use crate::{Error, FrameBatch};

/// One fill stops after this much text, so that what was read and not lent stays bounded.
const FILL_BYTES: usize = 256 * 1024;

/// The connection, under a lock that is never held across an await.
pub(super) struct Shared(Mutex<Socket>);

pub(super) struct Socket {
    /// `None` once the connection is over: the stream below is closed then.
    stream: Option<WebSocketStream<Meter>>,
    max_frame_bytes: usize,
    /// Why it is over.
    end: Option<Error>,
    /// Whether this side asked for the end.
    closing: bool,
    receiver_gone: bool,
    /// Who waits, to be told of an end that the other half finds out.
    reader: Option<Waker>,
    writer: Option<Waker>,
    /// What had moved at the last look, and whether a ping went out then.
    seen: Moved,
    pinged: bool,
    ping_unflushed: bool,
}

impl Shared {
    pub(super) fn new(stream: WebSocketStream<Meter>, max_frame_bytes: usize) -> Self {
        Self(Mutex::new(Socket {
            seen: stream.get_ref().moved(),
            stream: Some(stream),
            max_frame_bytes,
            end: None,
            closing: false,
            receiver_gone: false,
            reader: None,
            writer: None,
            pinged: false,
            ping_unflushed: false,
        }))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Socket> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Socket {
    /// Takes what has come, up to a bound; ready when there is something, or with the end.
    pub(super) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        messages: &mut VecDeque<Message>,
    ) -> Poll<Result<(), Error>> {
        remember(&mut self.reader, cx);
        let mut bytes = 0;
        while bytes < FILL_BYTES {
            let Some(stream) = &mut self.stream else { break };
            match Pin::new(stream).poll_next(cx) {
                Poll::Pending => break,
                Poll::Ready(Some(Ok(message @ (Message::Text(_) | Message::Binary(_))))) => {
                    if !message.is_empty() {
                        bytes += message.len();
                        messages.push_back(message);
                    }
                }
                Poll::Ready(Some(Ok(Message::Close(_)))) => self.closed_by_peer(cx),
                // Pings are answered by the protocol's own code, and pongs were counted as bytes.
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(Some(Err(error))) => {
                    let error = self.read_error(error);
                    self.finish(error);
                }
                Poll::Ready(None) => self.finish(Error::Disconnected),
            }
        }
        if !messages.is_empty() {
            return Poll::Ready(Ok(()));
        }
        self.end.clone().map_or(Poll::Pending, |end| Poll::Ready(Err(end)))
    }

    /// Sends all of the batch; pieces leave it as they are taken over.
    pub(super) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        batch: &mut FrameBatch,
        cutter: &mut Cutter,
    ) -> Poll<Result<(), Error>> {
        let sent = ready!(self.try_send(cx, batch, cutter));
        self.writer = None;
        Poll::Ready(sent.map_err(|error| {
            let error = write_error(error);
            self.end.clone().unwrap_or(error)
        }))
    }

    fn try_send(
        &mut self,
        cx: &mut Context<'_>,
        batch: &mut FrameBatch,
        cutter: &mut Cutter,
    ) -> Poll<Result<(), WebSocketError>> {
        remember(&mut self.writer, cx);
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(Err(WebSocketError::AlreadyClosed));
        };
        let mut stream = Pin::new(stream);
        loop {
            ready!(stream.as_mut().poll_ready(cx))?;
            let Some(piece) = cutter.next(batch) else { break };
            stream.as_mut().start_send(Message::Frame(piece))?;
        }
        stream.poll_flush(cx)
    }

    /// Says that nobody waits to send any more.
    pub(super) fn stop_sending(&mut self) {
        self.writer = None;
    }

    /// Announces the end; ready when the peer has agreed to it.
    pub(super) fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        remember(&mut self.writer, cx);
        ready!(self.announce_close(cx));
        if self.receiver_gone {
            // Nobody else would read the peer's word for it.
            while let Some(stream) = &mut self.stream {
                match ready!(Pin::new(stream).poll_next(cx)) {
                    Some(Ok(message)) if !message.is_close() => {}
                    _ => self.shut_down(cx),
                }
            }
        }
        if self.stream.is_none() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// Sends what is queued and a close frame.
    pub(super) fn announce_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.closing = true;
        let Some(stream) = &mut self.stream else { return Poll::Ready(()) };
        if ready!(Pin::new(stream).poll_close(cx)).is_err() {
            self.finish(Error::Closed);
        }
        Poll::Ready(())
    }

    /// Ends the connection, whatever the peer thinks of it.
    pub(super) fn cut(&mut self) {
        self.closing = true;
        self.finish(Error::Closed);
    }

    pub(super) fn receiver_left(&mut self) {
        self.receiver_gone = true;
        wake(&mut self.writer);
    }

    /// Looks after a connection that is idle, once per `interval`.
    pub(super) fn tick(&mut self, interval: Duration) {
        let Some(stream) = &mut self.stream else { return };
        let moved = stream.get_ref().moved();
        let seen = std::mem::replace(&mut self.seen, moved);
        let sending = self.writer.is_some() && moved.written != seen.written;
        if moved.read != seen.read || sending {
            self.pinged = false;
        } else if self.closing {
            self.finish(Error::Closed);
        } else if self.pinged {
            self.finish(Error::Silent { after: interval });
        } else if Pin::new(stream).start_send(Message::Ping(Bytes::new())).is_ok() {
            self.pinged = true;
            self.ping_unflushed = true;
        } else {
            self.finish(Error::Disconnected);
        }
    }

    /// Gets a ping on its way. Whoever is sending does that anyway, and must not lose its waker to us.
    pub(super) fn flush_ping(&mut self, cx: &mut Context<'_>) {
        if !self.ping_unflushed || self.writer.is_some() {
            return;
        }
        let Some(stream) = &mut self.stream else { return };
        if Pin::new(stream).poll_flush(cx).is_ready() {
            self.ping_unflushed = false;
        }
    }

    fn closed_by_peer(&mut self, cx: &mut Context<'_>) {
        if let Some(stream) = &mut self.stream {
            // Sends the answer to the close frame, if there is to be one.
            let _ = Pin::new(stream).poll_next(cx);
        }
        self.shut_down(cx);
    }

    /// Closes the stream below in order, as far as that goes at once.
    fn shut_down(&mut self, cx: &mut Context<'_>) {
        if let Some(stream) = &mut self.stream {
            let _ = Pin::new(stream.get_mut()).poll_shutdown(cx);
        }
        self.finish(Error::Disconnected);
    }

    fn finish(&mut self, error: Error) {
        self.stream = None;
        // The first cause is kept; an end that was asked for is ours, however the peer goes about it.
        let error = if self.closing { Error::Closed } else { error };
        self.end.get_or_insert(error);
        wake(&mut self.reader);
        wake(&mut self.writer);
    }

    fn read_error(&self, error: WebSocketError) -> Error {
        match error {
            WebSocketError::Capacity(CapacityError::MessageTooLong { .. }) => {
                Error::FrameTooLarge { limit: self.max_frame_bytes }
            }
            other => io_error(other).map_or(Error::Disconnected, Error::read),
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let socket = self.lock();
        f.debug_struct("Socket")
            .field("closing", &socket.closing)
            .field("end", &socket.end)
            .finish_non_exhaustive()
    }
}

fn write_error(error: WebSocketError) -> Error {
    io_error(error).map_or(Error::Disconnected, Error::write)
}

/// What went wrong, unless the peer is simply gone.
fn io_error(error: WebSocketError) -> Option<io::Error> {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    match error {
        WebSocketError::Io(error) => match error.kind() {
            // How a peer that is killed, or leaves without a word over TLS, shows.
            BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof => None,
            _ => Some(error),
        },
        WebSocketError::ConnectionClosed
        | WebSocketError::AlreadyClosed
        | WebSocketError::Protocol(
            ProtocolError::ResetWithoutClosingHandshake | ProtocolError::SendAfterClosing,
        ) => None,
        other => Some(io::Error::new(io::ErrorKind::InvalidData, other.to_string())),
    }
}

fn remember(place: &mut Option<Waker>, cx: &Context<'_>) {
    match place {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *place = Some(cx.waker().clone()),
    }
}

fn wake(place: &mut Option<Waker>) {
    if let Some(waker) = place.take() {
        waker.wake();
    }
}
