//! What a thread is doing, as a pure function.
//!
//! The server is authoritative: a signal that does not fit is accepted and reported as unexpected, never refused.

use codex_protocol::Id;

/// What this client knows of a thread's activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ThreadState {
    /// Nothing runs; a turn may start.
    Idle,
    /// A `turn/start` of this client is on its way, its turn id not known yet.
    Starting,
    /// This turn runs.
    Running(Id),
    /// The server unloaded or closed the thread.
    Closed,
}

/// What moves a thread from one state to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ThreadSignal {
    /// A `turn/start` is about to be written.
    Claimed,
    /// The `turn/start` was refused or never left.
    Refused,
    /// The reply to `turn/start` named the turn.
    Bound(Id),
    /// `turn/started`.
    TurnStarted(Id),
    /// `turn/completed`.
    TurnEnded(Id),
    /// `thread/closed` or `thread/deleted`.
    Closed,
    /// The thread was started or resumed.
    Opened,
}

/// A state together with whether the signal that led to it was one that this client foresees.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Transition {
    pub(crate) state: ThreadState,
    pub(crate) expected: bool,
}

impl ThreadState {
    /// The state after `signal`.
    pub(crate) fn after(self, signal: ThreadSignal) -> Transition {
        use ThreadSignal as S;
        use ThreadState as T;
        let to = |state| Transition { state, expected: true };
        let astray = |state| Transition { state, expected: false };
        match (self, signal) {
            (T::Idle | T::Closed, S::Claimed) => to(T::Starting),
            (busy, S::Claimed) => astray(busy),

            (T::Starting, S::Refused) => to(T::Idle),
            (other, S::Refused) => astray(other),

            (T::Starting, S::Bound(turn)) => to(T::Running(turn)),
            (T::Running(running), S::Bound(turn)) if running == turn => to(T::Running(turn)),
            (_, S::Bound(turn)) => astray(T::Running(turn)),

            // While a claim is open the reply decides which turn is ours.
            (T::Starting, S::TurnStarted(_)) => to(T::Starting),
            (T::Running(running), S::TurnStarted(turn)) if running == turn => to(T::Running(turn)),
            (T::Running(_), S::TurnStarted(turn)) => astray(T::Running(turn)),
            (_, S::TurnStarted(turn)) => to(T::Running(turn)),

            (T::Running(running), S::TurnEnded(turn)) if running == turn => to(T::Idle),
            (T::Starting, S::TurnEnded(_)) => to(T::Starting),
            (other, S::TurnEnded(_)) => astray(other),

            (T::Starting, S::Opened) => astray(T::Starting),
            (T::Running(turn), S::Opened) => to(T::Running(turn)),
            (_, S::Opened) => to(T::Idle),

            (T::Starting, S::Closed) => astray(T::Starting),
            (_, S::Closed) => to(T::Closed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ThreadSignal as S, ThreadState as T};
    use codex_protocol::Id;

    #[test]
    fn every_state_under_every_signal() {
        let a = || Id::from("a");
        let b = || Id::from("b");
        let signals = [
            S::Claimed,
            S::Refused,
            S::Bound(a()),
            S::TurnStarted(a()),
            S::TurnEnded(a()),
            S::Opened,
            S::Closed,
        ];
        let run_a = || T::Running(a());
        let run_b = || T::Running(b());
        let table = [
            (
                T::Idle,
                [
                    (T::Starting, true),
                    (T::Idle, false),
                    (run_a(), false),
                    (run_a(), true),
                    (T::Idle, false),
                    (T::Idle, true),
                    (T::Closed, true),
                ],
            ),
            (
                T::Starting,
                [
                    (T::Starting, false),
                    (T::Idle, true),
                    (run_a(), true),
                    (T::Starting, true),
                    (T::Starting, true),
                    (T::Starting, false),
                    (T::Starting, false),
                ],
            ),
            (
                run_a(),
                [
                    (run_a(), false),
                    (run_a(), false),
                    (run_a(), true),
                    (run_a(), true),
                    (T::Idle, true),
                    (run_a(), true),
                    (T::Closed, true),
                ],
            ),
            (
                run_b(),
                [
                    (run_b(), false),
                    (run_b(), false),
                    (run_a(), false),
                    (run_a(), false),
                    (run_b(), false),
                    (run_b(), true),
                    (T::Closed, true),
                ],
            ),
            (
                T::Closed,
                [
                    (T::Starting, true),
                    (T::Closed, false),
                    (run_a(), false),
                    (run_a(), true),
                    (T::Closed, false),
                    (T::Idle, true),
                    (T::Closed, true),
                ],
            ),
        ];
        for (state, expected) in table {
            let after = signals.clone().map(|signal| {
                let transition = state.clone().after(signal);
                (transition.state, transition.expected)
            });
            assert_eq!(after, expected, "from {state:?}");
        }
    }
}
