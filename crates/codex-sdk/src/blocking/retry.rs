//! Asking again when the server is overloaded.

use crate::error::Result;
use crate::retry::RetryPolicy;

/// Makes a call, and makes it again if the server was too busy for it, as [`RetryPolicy::default`] has it.
///
/// ```no_run
/// # fn example(codex: codex_sdk::blocking::Codex) -> codex_sdk::Result<()> {
/// let models = codex_sdk::blocking::retry_on_overload(|| codex.models().send())?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of [`retry`].
pub fn retry_on_overload<T>(call: impl FnMut() -> Result<T>) -> Result<T> {
    retry(&RetryPolicy::default(), call)
}

/// Makes a call, and makes it again while the server is too busy for it.
///
/// # Errors
/// [`Error::Setting`](crate::Error::Setting) if the policy allows no attempt, or if its `jitter` is not between 0 and 1: no
/// call is made then. Otherwise what the last call failed with.
pub fn retry<T>(policy: &RetryPolicy, mut call: impl FnMut() -> Result<T>) -> Result<T> {
    let mut pauses = policy.pauses()?;
    loop {
        match call() {
            Err(error) if error.is_retryable() => match pauses.next() {
                Some(pause) => std::thread::sleep(pause),
                None => return Err(error),
            },
            outcome => return outcome,
        }
    }
}
