//! A recorded session: what the real server and its client said to each other, in order.

use codex_sdk::protocol::{Id, Incoming, RequestId, ServerNotification, decode_incoming};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// One of the recordings of the real binary.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) name: String,
    pub(crate) entries: Vec<Entry>,
}

/// One message of a session. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    Client(Arc<Sent>),
    Server(Arc<Said>),
}

/// What the client sent, as far as another client has to send the same.
#[derive(Debug)]
pub(crate) struct Sent {
    /// None of an answer.
    pub(crate) method: Option<String>,
    pub(crate) id: Option<RequestId>,
    pub(crate) params: Value,
}

/// What the server said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) message: Message,
}

#[derive(Debug)]
pub(crate) enum Message {
    Notification(ServerNotification),
    Request {
        id: RequestId,
        thread_id: Option<Id>,
        turn_id: Option<Id>,
    },
    /// A result, or the code of a refusal.
    Answer {
        id: i64,
        result: Result<Value, i64>,
    },
    /// Nothing that could be read.
    Noise,
}

impl Session {
    /// All recordings, by name.
    pub(crate) fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../codex-testkit/recordings");
        let mut paths: Vec<_> =
            fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        paths.sort();
        assert!(paths.len() >= 12, "only {} recordings", paths.len());
        paths.iter().map(|path| Self::read(path)).collect()
    }

    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        // The first line is about the recording.
        let entries = text.lines().skip(1).map(Entry::recorded).collect();
        Self { name: path.file_stem().unwrap().to_string_lossy().into_owned(), entries }
    }
}

impl Entry {
    fn recorded(line: &str) -> Self {
        let (head, frame) = line.split_once(",\"frame\":").unwrap();
        let frame = frame.strip_suffix('}').unwrap();
        if !head.ends_with("\"client\"") {
            return Self::Server(Arc::new(Said::new(frame)));
        }
        Self::Client(Arc::new(Sent::read(frame)))
    }
}

impl Sent {
    pub(crate) fn read(frame: &str) -> Self {
        let mut frame: Value = serde_json::from_str(frame).unwrap();
        let id = frame.get("id").map(|id| serde_json::from_value(id.clone()).unwrap());
        let method = frame["method"].as_str().map(str::to_owned);
        Self { method, id, params: frame["params"].take() }
    }

    /// Whether this is the answer to a request of the server.
    pub(crate) fn answers(&self, request: &RequestId) -> bool {
        self.method.is_none() && self.id.as_ref() == Some(request)
    }

    /// The id of a request.
    pub(crate) fn request(&self) -> Option<i64> {
        match (&self.method, &self.id) {
            (Some(_), Some(RequestId::Integer(id))) => Some(*id),
            _ => None,
        }
    }

    pub(crate) fn thread_id(&self) -> Id {
        Id::from(self.params["threadId"].as_str().unwrap())
    }
}

impl Said {
    pub(crate) fn new(text: &str) -> Self {
        let id = |params: &Value, name: &str| params[name].as_str().map(Id::from);
        let message = match decode_incoming(text) {
            Ok(Incoming::Notification { notification, .. }) => Message::Notification(notification),
            Ok(Incoming::Response { id: RequestId::Integer(id), result }) => {
                Message::Answer { id, result: Ok(serde_json::from_str(result.get()).unwrap()) }
            }
            Ok(Incoming::Error { id: Some(RequestId::Integer(id)), error }) => {
                Message::Answer { id, result: Err(error.code) }
            }
            Ok(Incoming::Request { id: request, .. }) => {
                let frame: Value = serde_json::from_str(text).unwrap();
                let params = &frame["params"];
                let (thread_id, turn_id) = (id(params, "threadId"), id(params, "turnId"));
                Message::Request { id: request, thread_id, turn_id }
            }
            _ => Message::Noise,
        };
        Self { text: text.to_owned(), message }
    }
}
