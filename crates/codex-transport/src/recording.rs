//! The lines of a recording, as they are written and read.

use std::ops::Range;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::{Direction, Redaction};

/// Stands for bytes that are not UTF-8.
const REPLACEMENT: char = '\u{fffd}';

/// One line to be written.
pub(crate) enum Line {
    Text(Direction, String),
    /// The excerpt of a frame that is not UTF-8.
    Malformed(Direction, String),
    /// The server ended the connection, with this message.
    End(String),
    /// So many frames are missing here.
    Lost(u64),
}

/// The first line, with the time of the start.
pub(crate) fn header() -> String {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{{\"recording\":1,\"startedAt\":{}}}\n", since_1970.as_millis())
}

impl Line {
    /// What it costs to keep it waiting.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Text(_, text) | Self::Malformed(_, text) | Self::End(text) => text.len(),
            Self::Lost(_) => 0,
        }
    }

    /// The line, with its end.
    pub(crate) fn to_json(&self, at: Duration, redaction: &Redaction) -> String {
        let quoted = |text: &str| {
            let text = redaction.frame(text).unwrap_or_else(|redacted| redacted);
            Value::from(text).to_string()
        };
        let (from, member, value) = match self {
            Self::Text(direction, text) => match redaction.frame(text) {
                Ok(json) => (Some(*direction), "frame", json),
                Err(text) => (Some(*direction), "text", Value::from(text).to_string()),
            },
            Self::Malformed(direction, text) => (Some(*direction), "malformed", quoted(text)),
            Self::End(message) => (None, "end", quoted(message)),
            Self::Lost(frames) => (None, "lost", frames.to_string()),
        };
        let from = match from {
            Some(Direction::ToServer) => "\"from\":\"client\",",
            Some(Direction::FromServer) => "\"from\":\"server\",",
            None => "",
        };
        let ms = at.as_secs_f64() * 1000.0;
        format!("{{\"ms\":{ms:.3},{from}\"{member}\":{value}}}\n")
    }
}

/// What happened next, as it was recorded.
#[derive(Clone)]
pub(crate) struct Entry {
    /// Since the start.
    pub(crate) at: Duration,
    /// Number of its line, from 1.
    pub(crate) line: usize,
    pub(crate) what: What,
}

#[derive(Clone)]
pub(crate) enum What {
    Client(Message),
    Server(Message),
    /// A frame of the server that is not UTF-8.
    Malformed(Vec<u8>),
    End,
}

/// A frame, taken apart as far as a replay needs it.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) text: String,
    pub(crate) method: Option<String>,
    /// The id as it stands in the text.
    pub(crate) id: Option<Range<usize>>,
    /// All but the id.
    pub(crate) body: Value,
}

impl Message {
    pub(crate) fn parse(text: String) -> Self {
        let id = id_place(&text);
        let mut body = serde_json::from_str(&text).unwrap_or(Value::Null);
        if let Value::Object(members) = &mut body {
            members.remove("id");
        }
        let method = body.get("method").and_then(Value::as_str).map(str::to_owned);
        Self { text, method, id, body }
    }

    pub(crate) fn id(&self) -> Option<&str> {
        self.id.clone().map(|place| &self.text[place])
    }

    pub(crate) fn is_request(&self) -> bool {
        self.method.is_some() && self.id.is_some()
    }

    pub(crate) fn is_answer(&self) -> bool {
        self.method.is_none() && self.id.is_some()
    }

    /// The text with another id.
    pub(crate) fn with_id(&self, id: &str) -> String {
        let Some(place) = self.id.clone() else { return self.text.clone() };
        format!("{}{id}{}", &self.text[..place.start], &self.text[place.end..])
    }

    /// For messages: what it is, without what it carries.
    pub(crate) fn name(&self) -> String {
        match (&self.method, self.id()) {
            (Some(method), Some(_)) => format!("request `{method}`"),
            (Some(method), None) => format!("notification `{method}`"),
            (None, Some(id)) => format!("answer to request {id}"),
            (None, None) => "frame that is no message".to_owned(),
        }
    }
}

fn id_place(text: &str) -> Option<Range<usize>> {
    let members: std::collections::BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    let id = members.get("id")?.get();
    if id == "null" {
        return None;
    }
    // The value borrows from the text, so its place is the distance of the two.
    let start = (id.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    Some(start..start + id.len())
}

/// Where a recording cannot be read, and why.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) reason: String,
}

/// Reads a recording up to its end or its first fault.
pub(crate) fn read(bytes: &[u8]) -> (Vec<Entry>, Option<Fault>) {
    let mut entries = Vec::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match entry(line, index + 1) {
            Ok(None) => {}
            Ok(Some(entry)) => entries.push(entry),
            Err((column, reason)) => {
                return (entries, Some(Fault { line: index + 1, column, reason }));
            }
        }
    }
    (entries, None)
}

fn entry(bytes: &[u8], line: usize) -> Result<Option<Entry>, (usize, String)> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| (error.valid_up_to() + 1, "it is not UTF-8".to_owned()))?;
    let mut members: Map<String, Value> = serde_json::from_str(text).map_err(|error| {
        let what = if error.is_eof() { "it is cut short" } else { "it is not the JSON of a line" };
        (error.column(), format!("{what} ({error})"))
    })?;
    if line == 1 && members.contains_key("recording") {
        return match &members["recording"] {
            version if *version == json!(1) => Ok(None),
            version => Err((1, format!("recordings of version {version} are not known"))),
        };
    }
    let at = members.get("ms").and_then(Value::as_f64).unwrap_or_default();
    let at = Duration::try_from_secs_f64(at / 1000.0).unwrap_or_default();
    let what = if members.contains_key("end") {
        What::End
    } else if let Some(lost) = members.get("lost") {
        return Err((1, format!("{lost} frames were lost here when it was recorded")));
    } else {
        let from_client = match members.get("from").and_then(Value::as_str) {
            Some("client") => true,
            Some("server") => false,
            _ => return Err((1, "`from` is neither \"client\" nor \"server\"".to_owned())),
        };
        match (frame_text(text), members.remove("text"), members.remove("malformed")) {
            (Some(frame), _, _) | (None, Some(Value::String(frame)), _) => {
                let message = Message::parse(frame);
                if from_client { What::Client(message) } else { What::Server(message) }
            }
            (_, _, Some(Value::String(excerpt))) if !from_client => {
                What::Malformed(malformed(&excerpt))
            }
            _ => return Err((1, "there is no `frame` in it".to_owned())),
        }
    };
    Ok(Some(Entry { at, line, what }))
}

/// The frame exactly as it stands in the line.
fn frame_text(line: &str) -> Option<String> {
    let members: std::collections::BTreeMap<String, &RawValue> = serde_json::from_str(line).ok()?;
    Some(members.get("frame")?.get().to_owned())
}

/// Bytes that are not UTF-8 where those of the excerpt were not.
fn malformed(excerpt: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(excerpt.len());
    for piece in excerpt.split_inclusive(REPLACEMENT) {
        match piece.strip_suffix(REPLACEMENT) {
            Some(text) => {
                bytes.extend_from_slice(text.as_bytes());
                bytes.push(0xff);
            }
            None => bytes.extend_from_slice(piece.as_bytes()),
        }
    }
    bytes
}
