//! What an example's `main` may fail with.

use codex_sdk::protocol::CodexErrorInfo;
use std::error::Error;
use std::fmt;

/// Any error, printed for people: `main` shows it as one paragraph, a line for each cause, then what to do.
pub struct Failure(Box<dyn Error + Send + Sync>);

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// What `main` prints is an error's `Debug`.
impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, "\n  because: {cause}")?;
            source = cause.source();
        }
        if let Some(step) = self.0.downcast_ref().and_then(next_step) {
            write!(f, "\n  what to do: {step}")?;
        }
        Ok(())
    }
}

/// What to do about it, where its text does not say so itself.
fn next_step(error: &codex_sdk::Error) -> Option<&'static str> {
    const LOG_IN: &str =
        "log in with `codex login`, or run the example with `-- --demo`, which needs no account";
    match error.codex_error_info() {
        Some(CodexErrorInfo::Unauthorized) => Some(LOG_IN),
        Some(CodexErrorInfo::HttpConnectionFailed(http)) => match http.http_status_code {
            Some(401 | 403) => Some(LOG_IN),
            _ => Some("see whether this machine reaches the model's service, and run it again"),
        },
        Some(CodexErrorInfo::UsageLimitExceeded) => {
            Some("wait until the account may be used again, or run it with `-- --demo`")
        }
        _ if error.is_disconnected() => Some(
            "run it again; if it ends so each time, see whether CODEX_BIN or PATH leads to codex, and \
             not to an older one or another program",
        ),
        _ if error.is_overloaded() => Some("wait a while, and run it again"),
        _ if error.is_timeout() => Some("see whether the network is there, and run it again"),
        _ => None,
    }
}
