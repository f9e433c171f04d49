//! What a stream yields.

use crate::ask::PendingRequest;
use codex_protocol::{
    DecodeError, Id, ServerNotification, ServerNotificationParams, ThreadItem,
    TurnCompletedNotification,
};
use serde_json::Value;
use serde_json::value::RawValue;
use std::sync::Arc;

/// One thing that the server said.
///
/// Not `Clone`, for a request is answered once; what it carries besides is.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A notification, typed. One that this version of the SDK does not know is
    /// [`ServerNotification::Unrecognized`].
    Notification(ServerNotification),
    /// A notification whose method is known but whose body is not what the schema says.
    ///
    /// The turn goes on; nothing else is lost by it.
    Undecoded(Arc<Undecoded>),
    /// So many events were left out here, because the subscriber of [`Codex::events`](crate::Codex::events) did not
    /// keep up. The stream of a turn has none.
    Lagged(u64),
    /// The server asks something, and waits for an answer. Only a
    /// [`stream_with_requests`](crate::Turn::stream_with_requests) has these.
    Request(PendingRequest),
}

/// A notification or request that could not be decoded, as it came.
#[derive(Debug)]
#[non_exhaustive]
pub struct Undecoded {
    /// The method on the wire, such as `item/completed`.
    pub method: String,
    /// The parameters, byte for byte.
    pub params: Box<RawValue>,
    /// What was wrong with them.
    pub error: DecodeError,
    /// The thread that the parameters name, if they do.
    pub thread_id: Option<Id>,
    /// The turn that the parameters name, if they do.
    pub turn_id: Option<Id>,
}

impl Undecoded {
    /// Keeps a notification or request that could not be decoded, with as much as can be read of whose it is.
    pub(crate) fn new(method: String, params: Box<RawValue>, error: DecodeError) -> Self {
        // One by one, for any of them may be what could not be decoded.
        // `from_str` is generic, and would be compiled once more here.
        let address: Value = params.get().parse().unwrap_or_default();
        let id = |value: &Value| value.as_str().map(Id::from);
        let thread_id = id(&address["threadId"]);
        let turn_id = id(&address["turnId"]).or_else(|| id(&address["turn"]["id"]));
        Self { method, params, error, thread_id, turn_id }
    }

    /// Whether it is the end of a turn, whatever else it says.
    pub(crate) fn ends_turn(&self) -> bool {
        self.method == TurnCompletedNotification::METHOD
    }
}

impl Event {
    /// Takes the event out. What is left in its place means nothing.
    pub(crate) fn take(&mut self) -> Self {
        std::mem::replace(self, Self::Lagged(0))
    }

    /// The same event once more; `None` for a request, which is answered once.
    pub(crate) fn duplicate(&self) -> Option<Self> {
        match self {
            Self::Notification(notification) => Some(Self::Notification(notification.clone())),
            Self::Undecoded(undecoded) => Some(Self::Undecoded(Arc::clone(undecoded))),
            Self::Lagged(missed) => Some(Self::Lagged(*missed)),
            Self::Request(_) => None,
        }
    }

    /// The notification, if it was decoded.
    pub fn notification(&self) -> Option<&ServerNotification> {
        match self {
            Self::Notification(notification) => Some(notification),
            Self::Undecoded(_) | Self::Lagged(_) | Self::Request(_) => None,
        }
    }

    /// The method on the wire, such as `turn/started`; empty for [`Lagged`](Self::Lagged), which the server did not send.
    pub fn method(&self) -> &str {
        match self {
            Self::Notification(notification) => notification.method(),
            Self::Undecoded(undecoded) => &undecoded.method,
            Self::Lagged(_) => "",
            Self::Request(request) => request.method(),
        }
    }

    /// A piece of the assistant's answer (`item/agentMessage/delta`).
    ///
    /// Pieces of one item follow each other in order. An item that is given up, when the server retries a cut
    /// model stream, is repeated from its beginning under another item id.
    pub fn text_delta(&self) -> Option<&str> {
        match self.notification()? {
            ServerNotification::ItemAgentMessageDelta(delta) => Some(&delta.delta),
            _ => None,
        }
    }

    /// The item that began (`item/started`).
    pub fn started_item(&self) -> Option<&Arc<ThreadItem>> {
        match self.notification()? {
            ServerNotification::ItemStarted(started) => Some(&started.item),
            _ => None,
        }
    }

    /// The item that is finished (`item/completed`).
    pub fn completed_item(&self) -> Option<&Arc<ThreadItem>> {
        match self.notification()? {
            ServerNotification::ItemCompleted(completed) => Some(&completed.item),
            _ => None,
        }
    }

    /// The thread that the event names, if any.
    pub fn thread_id(&self) -> Option<&str> {
        match self {
            Self::Notification(ServerNotification::Unrecognized { params, .. }) => {
                params["threadId"].as_str()
            }
            Self::Notification(notification) => notification.thread_id().map(|id| &**id),
            Self::Undecoded(undecoded) => undecoded.thread_id.as_deref(),
            Self::Lagged(_) => None,
            Self::Request(request) => request.thread_id(),
        }
    }

    /// The turn that the event names, if any.
    pub fn turn_id(&self) -> Option<&str> {
        match self {
            Self::Notification(ServerNotification::Unrecognized { params, .. }) => {
                params["turnId"].as_str()
            }
            Self::Notification(notification) => notification.turn_id().map(|id| &**id),
            Self::Undecoded(undecoded) => undecoded.turn_id.as_deref(),
            Self::Lagged(_) => None,
            Self::Request(request) => request.turn_id(),
        }
    }
}
