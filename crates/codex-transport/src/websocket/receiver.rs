use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, Interval, MissedTickBehavior};
use tokio_tungstenite::tungstenite::Message;

use super::socket::Shared;
use crate::{Error, Frame, FrameReceiver};

pub(super) struct WebSocketReceiver {
    shared: Arc<Shared>,
    /// Read and not lent yet, at most what one fill takes and one message more.
    messages: VecDeque<Message>,
    /// Held until the next message is there, for the sake of memory: a buffer of which a part is held is left behind when it is full, and one that grew for a huge message would be used again for good.
    lent: Option<Message>,
    ping_interval: Option<Duration>,
    /// Begins with the first fill, so that a connection may be split outside of a runtime.
    ticks: Option<Interval>,
}

impl WebSocketReceiver {
    pub(super) fn new(shared: Arc<Shared>, ping_interval: Option<Duration>) -> Self {
        Self { shared, messages: VecDeque::new(), lent: None, ping_interval, ticks: None }
    }

    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let shared = Arc::clone(&self.shared);
        let mut socket = shared.lock();
        loop {
            let received = socket.poll_receive(cx, &mut self.messages);
            if received.is_ready() {
                return received;
            }
            // What there is was read, so a tick that is late does not take a pong that waits for silence.
            if let Some(interval) = self.ping_interval {
                if self.poll_tick(cx, interval).is_ready() {
                    socket.tick(interval);
                    // It may have ended the connection, and the next tick is to be waited for.
                    continue;
                }
            }
            socket.flush_ping(cx);
            return Poll::Pending;
        }
    }

    fn poll_tick(&mut self, cx: &mut Context<'_>, interval: Duration) -> Poll<()> {
        let ticks = self.ticks.get_or_insert_with(|| {
            let period = interval.max(Duration::from_millis(1));
            let start = Instant::now().checked_add(period);
            let start = start.unwrap_or_else(|| Instant::now() + FAR_FUTURE);
            let mut ticks = tokio::time::interval_at(start, period);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        });
        ticks.poll_tick(cx).map(drop)
    }
}

/// A century: longer than any interval means, and within what clocks can hold.
const FAR_FUTURE: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

#[async_trait]
impl FrameReceiver for WebSocketReceiver {
    async fn fill(&mut self) -> Result<(), Error> {
        if !self.messages.is_empty() {
            return Ok(());
        }
        poll_fn(|cx| self.poll_fill(cx)).await
    }

    fn next_frame(&mut self) -> Option<Frame<'_>> {
        self.lent = Some(self.messages.pop_front()?);
        match self.lent.as_ref()? {
            Message::Text(text) => Some(Frame::Text(text.as_str())),
            Message::Binary(bytes) => Some(Frame::from_bytes(bytes)),
            // Nothing else is queued.
            _ => None,
        }
    }
}

impl Drop for WebSocketReceiver {
    fn drop(&mut self) {
        self.shared.lock().receiver_left();
    }
}

impl fmt::Debug for WebSocketReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketReceiver")
            .field("shared", &self.shared)
            .field("waiting", &self.messages.len())
            .finish_non_exhaustive()
    }
}
