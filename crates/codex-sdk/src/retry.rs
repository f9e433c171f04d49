//! Asking again when the server is overloaded.

use crate::error::{Error, Result};
use std::future::IntoFuture;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How often, and after which pauses, a call is made again that the server was too busy for.
///
/// The pause doubles from one attempt to the next, up to a maximum, and is varied at random, so that many clients do
/// not come back at the same time.
///
/// Only calls that the server says it did not take are made again ([`Error::is_retryable`]). So a turn is never
/// started twice: a `turn/start` whose answer did not come ([`Error::Timeout`], [`Error::Disconnected`]) may have been
/// taken, and a turn that failed because the *model* was overloaded has been: what the user said is part of the thread,
/// and the next turn goes on from there.
///
/// ```no_run
/// # async fn example(codex: codex_sdk::Codex) -> codex_sdk::Result<()> {
/// use codex_sdk::RetryPolicy;
/// use std::time::Duration;
///
/// let patient = RetryPolicy::default().attempts(8).maximum_delay(Duration::from_secs(30));
/// let thread = patient.retry(|| codex.thread_start().model("gpt-5")).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How often the call is made in all, at least 1. Default 3.
    pub attempts: u32,
    /// The pause after the first attempt. Default 250 ms.
    pub initial_delay: Duration,
    /// The longest pause, before it is varied. Default 2 s.
    pub maximum_delay: Duration,
    /// By which part of itself a pause is made shorter or longer, at most; between 0 and 1. Default 0.2.
    pub jitter: f64,
}

/// Makes a call, and makes it again if the server was too busy for it, as [`RetryPolicy::default`] has it.
///
/// ```no_run
/// # async fn example(codex: codex_sdk::Codex) -> codex_sdk::Result<()> {
/// let models = codex_sdk::retry_on_overload(|| codex.models()).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of [`RetryPolicy::retry`].
pub async fn retry_on_overload<T, C>(call: impl FnMut() -> C) -> Result<T>
where
    C: IntoFuture<Output = Result<T>>,
{
    RetryPolicy::default().retry(call).await
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 3,
            initial_delay: Duration::from_millis(250),
            maximum_delay: Duration::from_secs(2),
            jitter: 0.2,
        }
    }
}

impl RetryPolicy {
    /// Sets how often the call is made in all.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets the pause after the first attempt.
    pub fn initial_delay(mut self, delay: Duration) -> Self {
        self.initial_delay = delay;
        self
    }

    /// Sets the longest pause.
    pub fn maximum_delay(mut self, delay: Duration) -> Self {
        self.maximum_delay = delay;
        self
    }

    /// Sets by which part of itself a pause is varied.
    pub fn jitter(mut self, jitter: f64) -> Self {
        self.jitter = jitter;
        self
    }

    /// Makes a call, and makes it again while the server is too busy for it. `call` makes it: a builder, or a future.
    ///
    /// # Errors
    /// [`Error::Setting`] if no attempt is allowed, or if `jitter` is not between 0 and 1: no call is made then.
    /// Otherwise what the last call failed with.
    ///
    /// # Cancel safety
    /// That of the call. Nothing is lost if the future is dropped in a pause.
    pub async fn retry<T, C>(&self, mut call: impl FnMut() -> C) -> Result<T>
    where
        C: IntoFuture<Output = Result<T>>,
    {
        let mut pauses = self.pauses()?;
        loop {
            match call().await {
                Err(error) if error.is_retryable() => match pauses.next() {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(error),
                },
                outcome => return outcome,
            }
        }
    }

    /// The pauses between attempts; there is one less than there are attempts.
    pub(crate) fn pauses(&self) -> Result<impl Iterator<Item = Duration> + use<'_>> {
        self.check()?;
        let mut delay = self.initial_delay;
        Ok((1..self.attempts).map(move |_| {
            let pause = self.vary(delay.min(self.maximum_delay));
            delay = delay.saturating_mul(2);
            pause
        }))
    }

    fn check(&self) -> Result<()> {
        if self.attempts == 0 {
            return Err(Error::setting(
                "RetryPolicy::attempts",
                "0 allows no call: set at least 1",
            ));
        }
        if !(0.0..=1.0).contains(&self.jitter) {
            return Err(Error::setting("RetryPolicy::jitter", "it must be between 0 and 1"));
        }
        Ok(())
    }

    fn vary(&self, delay: Duration) -> Duration {
        let factor = 1.0 + self.jitter * (2.0 * random() - 1.0);
        Duration::try_from_secs_f64(delay.as_secs_f64() * factor).unwrap_or(delay)
    }
}

/// A number from 0 to 1. The keys that the standard library hashes with are random, which is good enough to spread
/// pauses.
fn random() -> f64 {
    let bits = u32::try_from(RandomState::new().hash_one(()) >> 32).unwrap_or_default();
    f64::from(bits) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{RetryPolicy, retry_on_overload};
    use crate::error::{Cause, Disconnected, Error, Result};
    use codex_protocol::RpcError;
    use std::time::Duration;
    use tokio::time::Instant;

    fn busy() -> Error {
        let error = RpcError::new(-32001, "Server overloaded; retry later.");
        Error::Rpc { method: "thread/list", error: Box::new(error) }
    }

    /// Makes a call that fails with each of `failures` and then succeeds; the outcome, and when each call was made.
    async fn calls(
        policy: &RetryPolicy,
        failures: impl IntoIterator<Item = Error>,
    ) -> (Result<&'static str>, Vec<Duration>) {
        let start = Instant::now();
        let (mut failures, mut at) = (failures.into_iter(), Vec::new());
        let call = || {
            at.push(start.elapsed());
            std::future::ready(failures.next().map_or(Ok("done"), Err))
        };
        (policy.retry(call).await, at)
    }

    fn ms(times: &[u64]) -> Vec<Duration> {
        times.iter().copied().map(Duration::from_millis).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_double_up_to_the_maximum() {
        let policy = RetryPolicy::default().jitter(0.0);
        let (outcome, at) = calls(&policy, [busy(), busy()]).await;
        assert_eq!((outcome.unwrap(), at), ("done", ms(&[0, 250, 750])));
        let policy = policy.attempts(6).maximum_delay(Duration::from_millis(600));
        let (outcome, at) = calls(&policy, [busy(), busy(), busy(), busy()]).await;
        assert_eq!((outcome.unwrap(), at), ("done", ms(&[0, 250, 750, 1350, 1950])));
    }

    #[tokio::test(start_paused = true)]
    async fn the_last_error_is_given_as_it_is() {
        let policy = RetryPolicy::default().attempts(2).jitter(0.0);
        let (outcome, at) = calls(&policy, [busy(), busy(), busy()]).await;
        assert_eq!((outcome.unwrap_err().rpc_code(), at.len()), (Some(-32001), 2));
        let (outcome, at) = calls(&policy.attempts(1), [busy()]).await;
        assert_eq!((outcome.unwrap_err().rpc_code(), at.len()), (Some(-32001), 1));
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_vary_within_the_jitter() {
        let policy = RetryPolicy::default().jitter(0.5).initial_delay(Duration::from_secs(1));
        let mut pauses = Vec::new();
        for _ in 0..50 {
            let (_, at) = calls(&policy, [busy()]).await;
            pauses.push(at[1]);
        }
        let within = Duration::from_millis(499)..=Duration::from_millis(1502);
        assert!(pauses.iter().all(|pause| within.contains(pause)), "{pauses:?}");
        assert!(pauses.iter().any(|pause| *pause != pauses[0]), "{pauses:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_have_been_taken_is_not_asked_again() {
        let method = "turn/start";
        let timeout = Error::Timeout { method, after: Duration::from_secs(60) };
        let refused =
            Error::Rpc { method, error: Box::new(RpcError::new(-32600, "thread not found")) };
        let over = Error::Disconnected(Disconnected::new(Cause::Closed));
        for error in [timeout, refused, over] {
            let shown = error.to_string();
            let (outcome, at) = calls(&RetryPolicy::default(), [error]).await;
            assert_eq!((outcome.unwrap_err().to_string(), at), (shown, ms(&[0])));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_policy_that_makes_no_sense_makes_no_call() {
        let table = [
            (RetryPolicy::default().attempts(0), "RetryPolicy::attempts"),
            (RetryPolicy::default().jitter(-0.1), "RetryPolicy::jitter"),
            (RetryPolicy::default().jitter(f64::NAN), "RetryPolicy::jitter"),
        ];
        for (policy, name) in table {
            let (outcome, at) = calls(&policy, []).await;
            assert!(matches!(outcome, Err(Error::Setting { setting, .. }) if setting == name));
            assert_eq!(at, []);
        }
        let longest = RetryPolicy::default().initial_delay(Duration::MAX).jitter(0.0);
        let longest = longest.maximum_delay(Duration::from_secs(1));
        let (outcome, at) = calls(&longest, [busy(), busy()]).await;
        assert_eq!((outcome.unwrap(), at), ("done", ms(&[0, 1000, 2000])));
    }

    #[tokio::test(start_paused = true)]
    async fn the_default_policy_makes_three_attempts() {
        let mut calls = 0;
        let outcome: Result<()> = retry_on_overload(|| {
            calls += 1;
            std::future::ready(Err(busy()))
        })
        .await;
        assert_eq!((outcome.unwrap_err().rpc_code(), calls), (Some(-32001), 3));
    }
}
