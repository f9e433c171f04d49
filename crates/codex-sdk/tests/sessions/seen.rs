//! What a client saw of a session: by what it did, or by what must be true.

use crate::driver::request_name;
use crate::stage::Ending;
use codex_sdk::protocol::{
    Id, RequestId, ServerNotification, ThreadItem, ThreadTokenUsage, TurnError, TurnStatus,
};
use codex_sdk::{Disconnected, Error, Event, Stats, TurnResult};
use std::collections::BTreeMap;
use std::error::Error as _;
use std::sync::Arc;

#[derive(Debug, Default, PartialEq)]
pub(crate) struct Seen {
    /// Whether the client was started; none if it may have been or not.
    pub(crate) started: Option<Outcome>,
    /// The calls that were made, by the entry of the session that each is.
    pub(crate) calls: Vec<(usize, Outcome)>,
    pub(crate) turns: Vec<SeenTurn>,
    /// What `codex.events()` gave.
    pub(crate) events: Vec<Said>,
    /// What became of the server's requests.
    pub(crate) requests: BTreeMap<String, Fate>,
    pub(crate) stats: Stats,
}

/// How a call or a stream came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// The server refused, with this code.
    Refused(i64),
    /// The connection ended; that the error says so in every detail is checked where this is made.
    Lost,
    /// The server did not answer in time.
    TimedOut,
    /// The server's answer was not what the schema says.
    Unreadable,
    /// Another turn, or another consumer, was in the way.
    Busy,
    /// There was nothing to call it on, for an earlier call had failed.
    Skipped,
}

#[derive(Debug, PartialEq)]
pub(crate) struct SeenTurn {
    pub(crate) thread_id: Id,
    pub(crate) turn_id: Id,
    /// What its stream gave; none where the result alone was waited for.
    pub(crate) said: Option<Vec<Said>>,
    pub(crate) outcome: Outcome,
    /// The result as it stands in the end, whole or partial.
    pub(crate) result: Partial,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Said {
    Notification(ServerNotification),
    /// Method and parameters of a notification that could not be read.
    Undecoded(String, String),
    Request(RequestId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Answered,
    Withdrawn,
}

/// A [`TurnResult`] that can be compared. What the turn used is left out, which the tests of results are about.
#[derive(Debug, PartialEq)]
pub(crate) struct Partial {
    pub(crate) status: TurnStatus,
    pub(crate) error: Option<TurnError>,
    pub(crate) text: String,
    pub(crate) items: Vec<Arc<ThreadItem>>,
    pub(crate) thread_usage: Option<ThreadTokenUsage>,
}

impl Outcome {
    /// Of a call, in a session that ends as `ending` says.
    pub(crate) fn of<T>(result: &Result<T, Error>, ending: Ending) -> Self {
        match result {
            Ok(_) => Self::Done,
            Err(error) => Self::of_error(error, ending),
        }
    }

    pub(crate) fn of_error(error: &Error, ending: Ending) -> Self {
        match error {
            Error::Rpc { error, .. } => Self::Refused(error.code),
            Error::Disconnected(cause) => {
                assert_cause(cause, ending);
                assert_eq!(error.to_string(), cause.to_string());
                assert!(error.is_disconnected() && !error.is_timeout() && !error.is_retryable());
                Self::Lost
            }
            Error::Timeout { .. } => Self::TimedOut,
            Error::Decode { .. } | Error::Metadata { .. } => Self::Unreadable,
            Error::TurnActive { .. } | Error::ConsumerActive { .. } => Self::Busy,
            other => panic!("{other:?}"),
        }
    }
}

fn assert_said(seen: Option<&[Said]>, expected: Option<&[Said]>) {
    if let (Some(seen), Some(expected)) = (seen, expected) {
        for (place, (seen, expected)) in seen.iter().zip(expected).enumerate() {
            assert_eq!(seen, expected, "number {place} of what was said");
        }
        assert_eq!(seen.len(), expected.len(), "{:?}", seen.iter().chain(expected).last());
    }
}

/// The cause tells all that there is to tell.
fn assert_cause(cause: &Disconnected, ending: Ending) {
    let text = cause.to_string();
    let text = text.strip_prefix("the connection to the app-server is over: ");
    let text = text.unwrap_or_else(|| panic!("{cause}"));
    let source = cause.source().map(ToString::to_string);
    match ending {
        Ending::Eof => {
            assert_eq!((text, source), ("the server closed the connection", None));
        }
        Ending::Error => {
            let source = source.as_deref();
            assert_eq!(
                (text, source),
                ("could not read from the server", Some("the pipe is broken"))
            );
        }
        Ending::Kill => {
            let status = crate::stage::killed();
            let words = Ending::LAST_WORDS.trim_end();
            let expected =
                format!("the server ended ({status}); the last it wrote to stderr:\n{words}");
            assert_eq!((text, source), (&*expected, None));
        }
    }
    let kill = ending == Ending::Kill;
    assert_eq!(cause.exit_status(), kill.then(crate::stage::killed));
    assert_eq!(cause.stderr_tail(), kill.then_some(Ending::LAST_WORDS));
    assert!(!cause.is_closed());
}

impl Seen {
    /// Both are equal; if not, it says where, for all of it would fill the screen.
    pub(crate) fn assert_is(mut self, expected: &Self) {
        if expected.started.is_none() {
            let started = self.started.take();
            assert!(matches!(started, Some(Outcome::Done | Outcome::Lost)), "{started:?}");
        }
        for (seen, expected) in self.turns.iter().zip(&expected.turns) {
            assert_said(seen.said.as_deref(), expected.said.as_deref());
        }
        assert_said(Some(&self.events), Some(&expected.events));
        assert_eq!(self, *expected);
    }

    /// Forgets the requests that were withdrawn before `other` had a look at them, which it need not have.
    pub(crate) fn forget_unseen(&mut self, other: &Self) {
        let known = |id: &String| other.requests.contains_key(id);
        self.requests.retain(|id, fate| *fate == Fate::Answered || known(id));
        for said in self.turns.iter_mut().filter_map(|turn| turn.said.as_mut()) {
            said.retain(|said| match said {
                Said::Request(id) => self.requests.contains_key(&request_name(id)),
                Said::Notification(_) | Said::Undecoded(..) => true,
            });
        }
    }
}

impl From<Event> for Said {
    fn from(event: Event) -> Self {
        match event {
            Event::Notification(notification) => Self::Notification(notification),
            Event::Undecoded(undecoded) => {
                Self::Undecoded(undecoded.method.clone(), undecoded.params.get().to_owned())
            }
            Event::Request(request) => Self::Request(request.request_id().clone()),
            other => panic!("{other:?}"),
        }
    }
}

impl From<TurnResult> for Partial {
    fn from(result: TurnResult) -> Self {
        let TurnResult { status, error, text, items, thread_usage, .. } = result;
        Self { status, error, text, items, thread_usage }
    }
}
