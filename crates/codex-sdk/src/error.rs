//! What can go wrong, and what to do about it.

use crate::overload::is_overload;
use crate::router::TurnLimit;
use crate::turn_result::TurnResult;
use codex_protocol::{CodexErrorInfo, DecodeError, Id, RpcError, TurnStatus};
use std::fmt;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

/// What can go wrong.
///
/// No variant carries a prompt or an answer in its text; payloads are behind accessors.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no codex binary where one was looked for.
    #[error(transparent)]
    NoRuntime(Box<codex_runtime::NotFound>),

    /// The thread of a blocking client could not be started; no server was.
    #[cfg(feature = "blocking")]
    #[error("could not start the thread of the blocking client")]
    Thread(#[source] std::io::Error),

    /// The app-server could not be started.
    #[error("could not start the app-server")]
    Start(#[source] Box<codex_transport::Error>),

    /// No connection to a running app-server came to be; the text tells why.
    #[cfg(feature = "websocket")]
    #[error(transparent)]
    Connect(Box<codex_transport::Error>),

    /// The file to [record](crate::CodexBuilder::record) into could not be made; no server was started.
    #[error("could not record into {}", path.display())]
    Record {
        /// The file.
        path: Box<Path>,
        /// What the system said.
        source: std::io::Error,
    },

    /// The server's answer to `initialize` does not say what it is.
    #[error(
        "the server's user agent {user_agent:?} names no version: is {program} a codex app-server?"
    )]
    Metadata {
        /// The `userAgent` that the server gave.
        user_agent: Box<str>,
        /// What was started or connected to.
        program: Box<str>,
    },

    /// The connection is over; every call of this client gives the same error from here on.
    #[error(transparent)]
    Disconnected(Disconnected),

    /// The server refused a request.
    #[error("{method} was refused: {error}")]
    Rpc {
        /// The request, such as `thread/start`.
        method: &'static str,
        /// What the server said.
        error: Box<RpcError>,
    },

    /// A [`ClientRequest`](codex_protocol::ClientRequest) of your own wrote what cannot be sent; nothing was.
    #[error("the parameters of {method} cannot be sent")]
    Encode {
        /// The request.
        method: &'static str,
        /// What is in the way.
        #[source]
        source: Box<codex_transport::Error>,
    },

    /// The server answered a request with something else than the schema says.
    #[error("the answer to {method} could not be read")]
    Decode {
        /// The request.
        method: &'static str,
        /// Where the answer differs.
        #[source]
        source: Box<DecodeError>,
    },

    /// A setting cannot be used; nothing was done.
    #[error("{setting}: {problem}")]
    Setting {
        /// What was set, such as `opt_out_notification_methods`.
        setting: &'static str,
        /// What is wrong with it.
        problem: Box<str>,
    },

    /// A [`Tool`](crate::Tool) cannot be offered to the server; the thread was not started.
    #[error("the tool {name:?} cannot be offered: {problem}")]
    Tool {
        /// The name of the tool, or of its namespace.
        name: Box<str>,
        /// What is in the way.
        problem: &'static str,
    },

    /// The server did not answer a request in time. Whether it acted on it is not known.
    #[error("{method} was not answered within {} s", after.as_secs_f32())]
    Timeout {
        /// The request.
        method: &'static str,
        /// How long it was waited for.
        after: Duration,
    },

    /// Another `stream()` or `run()` is live, and this client allows one at a time.
    ///
    /// Finish or drop the other, or build the client with
    /// [`ConsumerScope::PerTurn`](crate::ConsumerScope::PerTurn).
    #[error(
        "{} cannot be consumed while {} is: finish or drop that stream() or run(), or use ConsumerScope::PerTurn",
        turn_name(requested.as_ref()), turn_name(active.as_ref())
    )]
    ConsumerActive {
        /// The turn being consumed; `None` while its `turn/start` is not answered yet.
        active: Option<Id>,
        /// The turn that was to be consumed; `None` if it was not started, because of this.
        requested: Option<Id>,
    },

    /// A turn of this thread is running or being started, and the server would steer it instead of starting another.
    ///
    /// Wait for its end, or say more to it: [`Turn::steer`](crate::Turn::steer),
    /// [`join_running`](crate::TurnStart::join_running).
    #[error(
        "thread {thread_id} is busy with {}: wait for its end, or add to it by steer() or join_running(true)",
        turn_name(turn_id.as_ref())
    )]
    TurnActive {
        /// The thread.
        thread_id: Id,
        /// The running turn; `None` while its `turn/start` is not answered yet.
        turn_id: Option<Id>,
    },

    /// The consumer of a stream fell too far behind; events were lost to it, but the turn's result stays whole.
    #[error(
        "the stream of turn {turn_id} was not read and more than {limit} bytes of events waited; its result is still whole"
    )]
    Overflow {
        /// The turn.
        turn_id: Id,
        /// `max_buffered_bytes`.
        limit: usize,
    },

    /// Two pages of a list begin at the same place, so that it would never end. What came until then was listed.
    #[error(
        "{method} leads nowhere: two of its pages begin at the same place; what was listed until then is all that it gives"
    )]
    Listing {
        /// The request, such as `thread/list`.
        method: &'static str,
    },

    /// A login failed, or was cancelled.
    #[error("the login failed: {reason}")]
    Login {
        /// What the server said.
        reason: Box<str>,
    },

    /// A type cannot be described to the model; no turn was started.
    #[cfg(feature = "schemars")]
    #[error(transparent)]
    Schema(Box<crate::output::SchemaError>),

    /// The assistant's answer is not of the type that was asked for.
    #[cfg(feature = "schemars")]
    #[error(transparent)]
    Output(Box<crate::output::OutputError>),

    /// A turn was over a time limit, and was interrupted for that.
    #[error("{}", turn_timeout(*limit, *after, partial))]
    TurnTimeout {
        /// Which limit it was.
        limit: TurnLimit,
        /// How long it was.
        after: Duration,
        /// The result as far as it had come.
        partial: Box<TurnResult>,
    },

    /// The server knows no such turn of this thread.
    #[error("thread {thread_id} has no turn {turn_id}")]
    TurnNotFound {
        /// The thread.
        thread_id: Id,
        /// The turn.
        turn_id: Id,
    },

    /// A turn failed or was interrupted, and [`error_for_status`](TurnResult::error_for_status) was asked.
    #[error("{}", turn_failure(.0))]
    TurnFailed(Box<TurnResult>),
}

/// The result of this crate's calls.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Whether the same call may succeed when it is made again: the server was overloaded and did not take it.
    ///
    /// [`retry_on_overload`](crate::retry_on_overload) makes it again.
    #[inline]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Rpc { error, .. } if is_overload(error))
    }

    /// Whether the server, or the model behind it, had too much to do.
    ///
    /// If it is the server, [`is_retryable`](Self::is_retryable) holds, too. If it is the model, a turn was made and
    /// failed: what the user said is part of the thread.
    #[inline]
    pub fn is_overloaded(&self) -> bool {
        self.is_retryable() || self.codex_error_info() == Some(&CodexErrorInfo::ServerOverloaded)
    }

    /// The kind of the error that a turn failed with, for code to act on.
    pub fn codex_error_info(&self) -> Option<&CodexErrorInfo> {
        self.turn_result()?.error.as_ref()?.codex_error_info.as_ref()
    }

    /// The result of the turn that failed, that was over a time limit, or whose answer was not what was asked for.
    pub fn turn_result(&self) -> Option<&TurnResult> {
        match self {
            Self::TurnFailed(result) | Self::TurnTimeout { partial: result, .. } => Some(result),
            #[cfg(feature = "schemars")]
            Self::Output(error) => Some(error.result()),
            _ => None,
        }
    }

    /// Whether a time limit passed.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout { .. } | Self::TurnTimeout { .. })
    }

    /// Whether the connection is over, so that only a new client helps.
    pub fn is_disconnected(&self) -> bool {
        matches!(self, Self::Disconnected(_))
    }

    pub(crate) fn setting(setting: &'static str, problem: impl Into<Box<str>>) -> Self {
        Self::Setting { setting, problem: problem.into() }
    }

    /// The JSON-RPC code, if the server refused a request.
    pub fn rpc_code(&self) -> Option<i64> {
        match self {
            Self::Rpc { error, .. } => Some(error.code),
            _ => None,
        }
    }

    /// The request concerned, such as `turn/start`.
    pub fn method(&self) -> Option<&'static str> {
        match self {
            Self::Rpc { method, .. }
            | Self::Encode { method, .. }
            | Self::Decode { method, .. }
            | Self::Listing { method }
            | Self::Timeout { method, .. } => Some(method),
            _ => None,
        }
    }
}

/// Why the connection is over. Cheap to clone; every caller gets the same, first, cause.
#[derive(Clone)]
pub struct Disconnected(Arc<Cause>);

#[derive(Debug)]
pub(crate) enum Cause {
    /// `close()` was called, or the last handle dropped.
    Closed,
    /// The transport ended.
    Transport(codex_transport::Error),
    /// The runtime that ran this client's tasks ended, or one of them panicked.
    TaskEnded,
}

impl Disconnected {
    pub(crate) fn new(cause: Cause) -> Self {
        Self(Arc::new(cause))
    }

    /// How the server process ended, if there was one and it did.
    pub fn exit_status(&self) -> Option<ExitStatus> {
        match &*self.0 {
            Cause::Transport(error) => error.exited()?.status(),
            _ => None,
        }
    }

    /// The last that the server process wrote to stderr, at most 64 KiB, without terminal escapes.
    pub fn stderr_tail(&self) -> Option<&str> {
        match &*self.0 {
            Cause::Transport(error) => Some(error.exited()?.stderr_tail()),
            _ => None,
        }
    }

    /// Whether this client closed the connection itself.
    pub fn is_closed(&self) -> bool {
        matches!(*self.0, Cause::Closed)
    }
}

impl fmt::Debug for Disconnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Disconnected").field(&self.0).finish()
    }
}

impl fmt::Display for Disconnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Cause::Closed => f.write_str("this client was closed"),
            Cause::Transport(error) => write!(f, "the connection to the app-server is over: {error}"),
            Cause::TaskEnded => f.write_str(
                "the runtime that this client was started on has ended: start the client on a runtime that outlives it",
            ),
        }
    }
}

impl std::error::Error for Disconnected {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            // Its own text is part of ours.
            Cause::Transport(error) => error.source(),
            _ => None,
        }
    }
}

impl From<Disconnected> for Error {
    fn from(disconnected: Disconnected) -> Self {
        Self::Disconnected(disconnected)
    }
}

impl From<codex_runtime::NotFound> for Error {
    fn from(not_found: codex_runtime::NotFound) -> Self {
        Self::NoRuntime(Box::new(not_found))
    }
}

fn turn_name(turn: Option<&Id>) -> String {
    match turn {
        Some(id) => format!("turn {id}"),
        None => "a turn that is being started".to_owned(),
    }
}

fn turn_timeout(limit: TurnLimit, after: Duration, partial: &TurnResult) -> String {
    let (turn_id, seconds) = (&partial.turn_id, after.as_secs_f32());
    match limit {
        TurnLimit::Idle => {
            format!("turn {turn_id} was interrupted: nothing came of it for {seconds} s")
        }
        TurnLimit::Deadline => {
            format!("turn {turn_id} was interrupted: it did not end within {seconds} s")
        }
    }
}

fn turn_failure(result: &TurnResult) -> String {
    let status = result.status.as_str();
    if result.status == TurnStatus::InProgress {
        return format!("turn {} has not ended", result.turn_id);
    }
    match &result.error {
        Some(error) => format!("turn {} ended as {status}: {}", result.turn_id, error.message),
        None => format!("turn {} ended as {status}", result.turn_id),
    }
}

#[cfg(test)]
mod tests {
    use super::Error;
    use codex_protocol::RpcError;

    #[test]
    fn every_code_of_a_refusal_is_told_apart() {
        // Code, data, and whether it is worth another try.
        let overloaded = || Some(serde_json::json!({ "codexErrorInfo": "serverOverloaded" }));
        let table = [
            (-32700, None, false),
            (-32600, None, false),
            (-32601, None, false),
            (-32602, None, false),
            (-32603, None, false),
            (-32001, None, true),
            (-32000, None, false),
            (-32000, overloaded(), true),
            (-32600, overloaded(), false),
        ];
        for (code, data, again) in table {
            let mut refusal = RpcError::new(code, "no");
            refusal.data = data;
            let error = Error::Rpc { method: "turn/start", error: Box::new(refusal) };
            assert_eq!(error.to_string(), format!("turn/start was refused: no (code {code})"));
            assert_eq!((error.rpc_code(), error.method()), (Some(code), Some("turn/start")));
            assert_eq!((error.is_retryable(), error.is_overloaded()), (again, again), "{code}");
            assert!(!error.is_timeout() && !error.is_disconnected());
            assert_eq!((error.codex_error_info(), error.turn_result().is_some()), (None, false));
        }
    }

    #[test]
    fn what_is_in_the_way_is_told_with_the_ways_around_it() {
        let busy = |turn_id: Option<&str>| {
            Error::TurnActive { thread_id: "t".into(), turn_id: turn_id.map(Into::into) }
                .to_string()
        };
        let ways = "wait for its end, or add to it by steer() or join_running(true)";
        assert_eq!(busy(Some("u")), format!("thread t is busy with turn u: {ways}"));
        assert_eq!(
            busy(None),
            format!("thread t is busy with a turn that is being started: {ways}")
        );
    }

    #[test]
    fn an_error_is_small() {
        assert!(size_of::<Error>() <= 64, "{}", size_of::<Error>());
    }
}
