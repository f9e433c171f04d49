//! Whether a turn still says something, as a pure function of the time.

use std::time::Duration;
use tokio::time::Instant;

/// Which time limit a turn was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TurnLimit {
    /// `idle_timeout`: so long no event of the turn came.
    Idle,
    /// `deadline`: so long the turn ran.
    Deadline,
}

/// The time limits of one turn; `None` is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct TurnLimits {
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
}

/// The clock of one turn.
#[derive(Debug)]
pub(super) struct Liveness {
    limits: TurnLimits,
    began: Instant,
    heard: Instant,
    /// How many requests of the server, such as approvals, wait for an answer: nothing else can be heard meanwhile.
    open_requests: usize,
    expired: Option<(TurnLimit, Duration)>,
}

impl Liveness {
    /// The clock of a turn that begins now, without limits.
    pub(super) fn new(now: Instant) -> Self {
        let limits = TurnLimits::default();
        Self { limits, began: now, heard: now, open_requests: 0, expired: None }
    }

    pub(super) fn limit(&mut self, limits: TurnLimits) {
        self.limits = limits;
    }

    /// An event came.
    pub(super) fn heard(&mut self, at: Instant) {
        self.heard = self.heard.max(at);
    }

    /// The server asked something, and waits for the answer.
    pub(super) fn request_opened(&mut self) {
        self.open_requests += 1;
    }

    /// Something that the server asked was answered or withdrawn.
    pub(super) fn request_closed(&mut self, now: Instant) {
        self.open_requests = self.open_requests.saturating_sub(1);
        self.heard(now);
    }

    /// Looks at the clock; whether a limit was passed, which is told once.
    pub(super) fn expire(&mut self, now: Instant) -> bool {
        if self.expired.is_some() {
            return false;
        }
        let over = |limit: Option<Duration>, since: Instant| {
            limit.filter(|limit| now.saturating_duration_since(since) >= *limit)
        };
        let deadline = over(self.limits.deadline, self.began).map(|at| (TurnLimit::Deadline, at));
        let idle = over(self.limits.idle_timeout, self.heard).filter(|_| self.open_requests == 0);
        self.expired = deadline.or(idle.map(|after| (TurnLimit::Idle, after)));
        self.expired.is_some()
    }

    /// The limit that was passed, and how long it was.
    pub(super) fn expired(&self) -> Option<(TurnLimit, Duration)> {
        self.expired
    }
}

#[cfg(test)]
mod tests {
    use super::{Liveness, TurnLimit, TurnLimits};
    use std::time::Duration;
    use tokio::time::Instant;

    /// Idle timeout and deadline in seconds, and what happens at which second.
    type Case<'a> = (Option<u64>, Option<u64>, &'a [(u64, Step)]);

    enum Step {
        Heard,
        Opened,
        Closed,
        /// The clock is looked at; what has expired then.
        Check(Option<TurnLimit>),
    }

    #[test]
    fn limits_pass_and_are_held_up_as_they_should() {
        use Step::{Check, Closed, Heard, Opened};
        use TurnLimit::{Deadline, Idle};
        let (idle, deadline) = (Some(10), Some(25));
        let table: &[Case<'_>] = &[
            (None, None, &[(1_000_000, Check(None))]),
            (idle, None, &[(9, Check(None)), (10, Check(Some(Idle))), (11, Check(Some(Idle)))]),
            (idle, None, &[(9, Heard), (18, Check(None)), (19, Check(Some(Idle)))]),
            // An event that arrived earlier does not turn the clock back.
            (idle, None, &[(9, Heard), (5, Heard), (18, Check(None)), (19, Check(Some(Idle)))]),
            (
                idle,
                None,
                &[
                    (1, Opened),
                    (2, Opened),
                    (50, Closed),
                    (90, Check(None)),
                    (100, Closed),
                    (109, Check(None)),
                    (110, Check(Some(Idle))),
                ],
            ),
            (None, deadline, &[(24, Heard), (24, Check(None)), (25, Check(Some(Deadline)))]),
            (idle, deadline, &[(1, Opened), (24, Check(None)), (25, Check(Some(Deadline)))]),
            // What expired stays so.
            (idle, deadline, &[(10, Check(Some(Idle))), (11, Heard), (30, Check(Some(Idle)))]),
            (idle, None, &[(1, Closed), (10, Check(None)), (11, Check(Some(Idle)))]),
        ];
        for (number, (idle, deadline, steps)) in table.iter().enumerate() {
            let began = Instant::now();
            let mut clock = Liveness::new(began);
            clock.limit(TurnLimits {
                idle_timeout: idle.map(Duration::from_secs),
                deadline: deadline.map(Duration::from_secs),
            });
            let mut told = 0;
            for (seconds, step) in *steps {
                let now = began + Duration::from_secs(*seconds);
                match step {
                    Heard => clock.heard(now),
                    Opened => clock.request_opened(),
                    Closed => clock.request_closed(now),
                    Check(expected) => {
                        told += usize::from(clock.expire(now));
                        let expired = clock.expired().map(|(limit, _)| limit);
                        assert_eq!(expired, *expected, "case {number} at {seconds} s");
                        assert_eq!(told, usize::from(expired.is_some()), "case {number}");
                    }
                }
            }
        }
    }
}
