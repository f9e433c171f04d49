//! The life of one turn, as a pure function.

use codex_protocol::TurnStatus;

/// Where a turn stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TurnState {
    /// `turn/start` was sent; no event of the turn has been seen.
    Starting,
    /// The server is working on it.
    InProgress,
    /// `turn/completed` with status `completed`.
    Completed,
    /// `turn/completed` with status `interrupted`.
    Interrupted,
    /// `turn/completed` with any other status.
    Failed,
}

/// What moves a turn from one state to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TurnSignal {
    /// `turn/started`, or any other event that only a running turn has.
    Seen,
    /// `turn/completed`.
    Ended(EndStatus),
}

/// The three ways in which a turn ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndStatus {
    Completed,
    Interrupted,
    Failed,
}

impl EndStatus {
    /// Reads the status of a `turn/completed`; one that is no end counts as failed, for the turn is over all the same.
    pub(crate) fn of(status: &TurnStatus) -> Self {
        match status {
            TurnStatus::Completed => Self::Completed,
            TurnStatus::Interrupted => Self::Interrupted,
            _ => Self::Failed,
        }
    }
}

impl TurnState {
    /// The state after `signal`. A terminal state never changes again.
    pub(crate) fn after(self, signal: TurnSignal) -> Self {
        match (self, signal) {
            (Self::Starting | Self::InProgress, TurnSignal::Seen) => Self::InProgress,
            (Self::Starting | Self::InProgress, TurnSignal::Ended(status)) => match status {
                EndStatus::Completed => Self::Completed,
                EndStatus::Interrupted => Self::Interrupted,
                EndStatus::Failed => Self::Failed,
            },
            (terminal, _) => terminal,
        }
    }

    pub(crate) fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Interrupted | Self::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::{EndStatus, TurnSignal, TurnState};

    #[test]
    fn every_state_under_every_signal() {
        use TurnState::{Completed, Failed, InProgress, Interrupted, Starting};
        let signals = [
            TurnSignal::Seen,
            TurnSignal::Ended(EndStatus::Completed),
            TurnSignal::Ended(EndStatus::Interrupted),
            TurnSignal::Ended(EndStatus::Failed),
        ];
        let table = [
            (Starting, [InProgress, Completed, Interrupted, Failed]),
            (InProgress, [InProgress, Completed, Interrupted, Failed]),
            (Completed, [Completed; 4]),
            (Interrupted, [Interrupted; 4]),
            (Failed, [Failed; 4]),
        ];
        for (state, expected) in table {
            let after = signals.map(|signal| state.after(signal));
            assert_eq!(after, expected, "from {state:?}");
        }
    }
}
