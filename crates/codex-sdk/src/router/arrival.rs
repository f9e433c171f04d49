//! An event as it arrived.

use crate::event::Event;
use tokio::time::Instant;

/// One event, with what the router needs to know of its arrival.
///
/// It is handed on by reference, and taken out by who keeps it: the code that drops an event is compiled again in each
/// place that may have to, and is long, for it is of all types of events.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) event: Event,
    /// The size of the frame that it came as.
    pub(crate) bytes: usize,
    /// When it was read; a turn is idle since its last event by this, not since the event was taken.
    pub(crate) at: Instant,
}
