//! A recorded session: what the real server and its client said to each other, in order.

use codex_sdk::protocol::{
    Id, Incoming, RequestId, ServerNotification, ServerRequest, decode_incoming,
};
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
    /// Without the end of the line.
    pub(crate) bytes: Vec<u8>,
    pub(crate) message: Message,
}

#[derive(Debug)]
pub(crate) enum Message {
    Notification(ServerNotification),
    Request {
        id: RequestId,
        thread_id: Option<Id>,
        turn_id: Option<Id>,
        /// Of a tool.
        call_id: Option<String>,
        reading: Reading,
    },
    /// A result, or the code of a refusal.
    Answer {
        id: i64,
        result: Result<Value, i64>,
    },
    /// A notification of a known method that could not be read, with its method.
    Undecoded {
        method: String,
        params: String,
        thread_id: Option<Id>,
        turn_id: Option<Id>,
    },
    /// An answer that can only be to others.
    Stray,
    /// Nothing that has a meaning.
    Malformed,
}

/// How much of a request could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    Whole,
    UnknownMethod,
    BadParams,
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
        Self { bytes: text.as_bytes().to_vec(), message: Message::read(text) }
    }

    /// The frames that these bytes are.
    pub(crate) fn lines(bytes: &[u8]) -> Vec<Self> {
        let lines = bytes.split(|byte| *byte == b'\n');
        let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let said = |line: &[u8]| match std::str::from_utf8(line) {
            Ok(text) => Self::new(text),
            Err(_) => Self { bytes: line.to_vec(), message: Message::Malformed },
        };
        lines.filter(|line| !line.is_empty()).map(said).collect()
    }

    /// As text, which all that was recorded is.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap()
    }
}

impl Message {
    fn read(text: &str) -> Self {
        let id = |params: &Value, name: &str| params[name].as_str().map(Id::from);
        match decode_incoming(text) {
            Ok(Incoming::Notification { notification, .. }) => Self::Notification(notification),
            Ok(Incoming::UndecodedNotification { method, params, .. }) => {
                let value: Value = serde_json::from_str(params.get()).unwrap_or_default();
                let turn_id = id(&value, "turnId").or_else(|| id(&value["turn"], "id"));
                let thread_id = id(&value, "threadId");
                Self::Undecoded { method, params: params.get().to_owned(), thread_id, turn_id }
            }
            Ok(Incoming::Response { id: RequestId::Integer(id), result }) => {
                let result = serde_json::from_str(result.get()).unwrap_or_default();
                Self::Answer { id, result: Ok(result) }
            }
            Ok(Incoming::Error { id: Some(RequestId::Integer(id)), error }) => {
                Self::Answer { id, result: Err(error.code) }
            }
            Ok(Incoming::Request { id, request }) => {
                let unknown = matches!(request, ServerRequest::Unrecognized { .. });
                Self::request(
                    text,
                    id,
                    if unknown { Reading::UnknownMethod } else { Reading::Whole },
                )
            }
            Ok(Incoming::UndecodedRequest { id, .. }) => {
                Self::request(text, id, Reading::BadParams)
            }
            Ok(_) => Self::Stray,
            Err(_) => Self::Malformed,
        }
    }

    fn request(text: &str, request: RequestId, reading: Reading) -> Self {
        let frame: Value = serde_json::from_str(text).unwrap_or_default();
        let id = |name: &str| frame["params"][name].as_str().map(Id::from);
        let (thread_id, turn_id) = (id("threadId"), id("turnId"));
        let call_id = frame["params"]["callId"].as_str().map(str::to_owned);
        Self::Request { id: request, thread_id, turn_id, call_id, reading }
    }
}
