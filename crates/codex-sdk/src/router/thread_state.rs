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
    /// A compaction of this client is on its way, or, with an id, runs as this turn.
    Compacting(Option<Id>),
    /// A review of this client is on its way, or, with an id, runs as this turn.
    Reviewing(Option<Id>),
    /// The server unloaded or closed the thread.
    Closed,
}

/// What a request starts in a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activity {
    /// `turn/start`; its answer names the turn.
    Turn,
    /// `thread/compact/start`; the `turn/started` after its answer names the turn.
    Compaction,
    /// `review/start`; its answer names the turn. The `turn/started` that follows has another id.
    Review,
}

/// What moves a thread from one state to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ThreadSignal {
    /// A request that starts something is about to be written.
    Claimed(Activity),
    /// That request was refused or never left.
    Refused,
    /// It became known which turn that request started.
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
        let runs = self.turn().cloned();
        match (self, signal) {
            (T::Idle | T::Closed, S::Claimed(activity)) => to(match activity {
                Activity::Turn => T::Starting,
                Activity::Compaction => T::Compacting(None),
                Activity::Review => T::Reviewing(None),
            }),
            (busy, S::Claimed(_)) => astray(busy),

            (T::Starting | T::Compacting(None) | T::Reviewing(None), S::Refused) => to(T::Idle),
            (other, S::Refused) => astray(other),

            (T::Starting, S::Bound(turn)) => to(T::Running(turn)),
            (T::Compacting(None), S::Bound(turn)) => to(T::Compacting(Some(turn))),
            (T::Reviewing(None), S::Bound(turn)) => to(T::Reviewing(Some(turn))),
            (same, S::Bound(turn)) if runs.as_ref() == Some(&turn) => to(same),
            (_, S::Bound(turn)) => astray(T::Running(turn)),

            // While a claim is open, it is decided elsewhere which turn is ours.
            (T::Starting, S::TurnStarted(_)) => to(T::Starting),
            (T::Compacting(None), S::TurnStarted(_)) => to(T::Compacting(None)),
            // A review runs under one id and is announced under another.
            (T::Reviewing(review), S::TurnStarted(_)) => to(T::Reviewing(review)),
            (same, S::TurnStarted(turn)) if runs.as_ref() == Some(&turn) => to(same),
            (T::Running(_) | T::Compacting(_), S::TurnStarted(turn)) => astray(T::Running(turn)),
            (T::Idle | T::Closed, S::TurnStarted(turn)) => to(T::Running(turn)),

            (T::Starting, S::TurnEnded(_)) => to(T::Starting),
            (T::Compacting(None), S::TurnEnded(_)) => to(T::Compacting(None)),
            (T::Reviewing(None), S::TurnEnded(_)) => to(T::Reviewing(None)),
            (_, S::TurnEnded(turn)) if runs.as_ref() == Some(&turn) => to(T::Idle),
            (other, S::TurnEnded(_)) => astray(other),

            (T::Idle | T::Closed, S::Opened) => to(T::Idle),
            (busy, S::Opened) => to(busy),

            (T::Starting, S::Closed) => astray(T::Starting),
            (T::Compacting(None), S::Closed) => astray(T::Compacting(None)),
            (T::Reviewing(None), S::Closed) => astray(T::Reviewing(None)),
            (_, S::Closed) => to(T::Closed),
        }
    }

    /// The turn that runs, if its id is known.
    pub(crate) fn turn(&self) -> Option<&Id> {
        match self {
            Self::Running(turn) => Some(turn),
            Self::Compacting(turn) | Self::Reviewing(turn) => turn.as_ref(),
            Self::Idle | Self::Starting | Self::Closed => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Activity, ThreadSignal as S, ThreadState as T};
    use codex_protocol::Id;

    #[test]
    fn every_state_under_every_signal() {
        let a = || Id::from("a");
        let b = || Id::from("b");
        let signals = [
            S::Claimed(Activity::Turn),
            S::Claimed(Activity::Compaction),
            S::Claimed(Activity::Review),
            S::Refused,
            S::Bound(a()),
            S::TurnStarted(a()),
            S::TurnEnded(a()),
            S::Opened,
            S::Closed,
        ];
        let run = |id: &str| T::Running(Id::from(id));
        let compact = |id: &str| T::Compacting(Some(Id::from(id)));
        let review = |id: &str| T::Reviewing(Some(Id::from(id)));
        // The state after, none where it stays, and whether that was foreseen.
        let stays = |foreseen: bool| (None, foreseen);
        let to = |state: T| (Some(state), true);
        let astray = |state: T| (Some(state), false);
        let free = |closed: bool| {
            [
                to(T::Starting),
                to(T::Compacting(None)),
                to(T::Reviewing(None)),
                stays(false),
                astray(run("a")),
                to(run("a")),
                stays(false),
                to(T::Idle),
                if closed { stays(true) } else { to(T::Closed) },
            ]
        };
        let claimed = |bound: T| {
            [
                stays(false),
                stays(false),
                stays(false),
                to(T::Idle),
                to(bound),
                stays(true),
                stays(true),
                stays(true),
                stays(false),
            ]
        };
        // What turn a does to the thread while it is the one that runs.
        let own = || {
            [
                stays(false),
                stays(false),
                stays(false),
                stays(false),
                stays(true),
                stays(true),
                to(T::Idle),
                stays(true),
                to(T::Closed),
            ]
        };
        // And while it is another.
        let other = |started| {
            [
                stays(false),
                stays(false),
                stays(false),
                stays(false),
                astray(run("a")),
                started,
                stays(false),
                stays(true),
                to(T::Closed),
            ]
        };
        let table = [
            (T::Idle, free(false)),
            (T::Closed, free(true)),
            (T::Starting, claimed(run("a"))),
            (T::Compacting(None), claimed(compact("a"))),
            (T::Reviewing(None), claimed(review("a"))),
            (run("a"), own()),
            (compact("a"), own()),
            (review("a"), own()),
            (run("b"), other(astray(run("a")))),
            (compact("b"), other(astray(run("a")))),
            (review("b"), other(stays(true))),
        ];
        for (state, expected) in table {
            for (signal, (after, foreseen)) in signals.iter().zip(expected) {
                let transition = state.clone().after(signal.clone());
                let after = after.unwrap_or_else(|| state.clone());
                let got = (transition.state, transition.expected);
                assert_eq!(got, (after, foreseen), "{state:?} under {signal:?}");
            }
        }
        assert_eq!([run("b").turn(), compact("b").turn(), review("b").turn()], [Some(&b()); 3]);
        assert_eq!(T::Starting.turn(), None);
    }
}
