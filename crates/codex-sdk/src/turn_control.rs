//! How a turn is watched over, whatever it is started by.

use crate::config::Limits;
use crate::router::TurnLimits;
use codex_protocol::TraceContext;
use std::time::Duration;

/// What a builder of a turn was told that does not go to the server.
#[derive(Debug, Clone, Default)]
pub(crate) struct TurnControl {
    pub(crate) join_running: bool,
    pub(crate) interrupt_on_drop: bool,
    /// Whether the result has no items but the assistant's messages.
    pub(crate) messages_alone: bool,
    /// `None`: as the client's limits say.
    pub(crate) idle_timeout: Option<Option<Duration>>,
    /// `None`: as the client's limits say.
    pub(crate) deadline: Option<Option<Duration>>,
    pub(crate) trace: Option<TraceContext>,
}

impl TurnControl {
    /// The turn's limits, those of the client where nothing else was said.
    pub(crate) fn limits(&self, defaults: &Limits) -> TurnLimits {
        TurnLimits {
            idle_timeout: self.idle_timeout.unwrap_or(defaults.turn_idle_timeout),
            deadline: self.deadline.unwrap_or(defaults.turn_deadline),
        }
    }
}

/// The methods of a builder whose `control_mut()` gives its control.
macro_rules! turn_controls {
    () => {
        /// Interrupts the turn when nobody waits for it any more: when this call, the turn's `stream()` or `run()`, or its
        /// last handle is dropped before its end. Default `false`: the turn goes on.
        pub fn interrupt_on_drop(mut self, interrupt: bool) -> Self {
            self.control_mut().interrupt_on_drop = interrupt;
            self
        }

        /// Whether the turn's result keeps every finished item. Default `true`.
        ///
        /// With `false` it keeps the assistant's messages, which its text is made of, and lets go of all else: what
        /// commands printed, how files were changed. So a turn that does much takes no more memory than what it says,
        /// and what waits for its stream. The stream has every item all the same.
        pub fn retain_items(mut self, retain: bool) -> Self {
            self.control_mut().messages_alone = !retain;
            self
        }

        /// How long the turn may say nothing before it is interrupted, and whoever waits for it gets
        /// [`Error::TurnTimeout`](crate::Error::TurnTimeout) with its result so far; `None` for ever. Default: the
        /// client's [`turn_idle_timeout`](crate::Limits::turn_idle_timeout).
        pub fn idle_timeout(mut self, timeout: impl Into<Option<std::time::Duration>>) -> Self {
            self.control_mut().idle_timeout = Some(timeout.into());
            self
        }

        /// How long the turn may run before the same happens; `None` for ever. Default: the client's
        /// [`turn_deadline`](crate::Limits::turn_deadline).
        pub fn deadline(mut self, deadline: impl Into<Option<std::time::Duration>>) -> Self {
            self.control_mut().deadline = Some(deadline.into());
            self
        }

        /// Passes a W3C trace context along with the request that starts the turn (`trace` beside its params).
        pub fn trace_context(mut self, trace: codex_protocol::TraceContext) -> Self {
            self.control_mut().trace = Some(trace);
            self
        }
    };
}

/// The same, where a running turn can be joined.
macro_rules! join_control {
    () => {
        /// Joins the turn that runs already, or is being started, if there is one, instead of being refused: the input is
        /// added to it, as by [`Turn::steer`](crate::Turn::steer). Default `false`.
        ///
        /// A compaction or a review cannot be joined.
        pub fn join_running(mut self, join: bool) -> Self {
            self.control_mut().join_running = join;
            self
        }
    };
}

pub(crate) use {join_control, turn_controls};
