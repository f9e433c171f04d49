//! What a recording says, as a replay needs it.

use std::ops::Range;
use std::time::Duration;

use serde_json::Value;

use crate::members::Members;

/// Stands for bytes that are not UTF-8.
const REPLACEMENT: char = '\u{fffd}';

/// What happened next, as it was recorded.
pub(crate) struct Entry {
    /// Since the start.
    pub(crate) at: Duration,
    /// Number of its line, from 1.
    pub(crate) line: usize,
    pub(crate) what: What,
}

pub(crate) enum What {
    Client(Message),
    Server(Message),
    /// A frame of the server that is not UTF-8.
    Malformed(Vec<u8>),
    End,
}

/// A frame, taken apart as far as a replay needs it.
pub(crate) struct Message {
    pub(crate) text: String,
    pub(crate) method: Option<String>,
    /// The id as it stands in the text.
    pub(crate) id: Option<Range<usize>>,
    /// All of it, with null for the id.
    pub(crate) body: Value,
}

impl Message {
    pub(crate) fn parse(text: String) -> Self {
        let id = id_place(&text);
        // As the id is: no value can be made of some frames, and such a one is no other kind of message for it.
        let method = Members::of(&text).ok().and_then(|members| members.text("method"));
        let mut body: Value = text.parse().unwrap_or_default();
        if let Some(id) = body.get_mut("id") {
            id.take();
        }
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
    let id = Members::of(text).ok()?.get("id")?;
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
    let members = Members::of(text).map_err(|error| {
        let what = if error.is_eof() { "it is cut short" } else { "it is not the JSON of a line" };
        (error.column(), format!("{what} ({error})"))
    })?;
    if let (1, Some(version)) = (line, members.get("recording")) {
        return match version {
            "1" => Ok(None),
            _ => Err((1, format!("recordings of version {version} are not known"))),
        };
    }
    let at: f64 = members.get("ms").and_then(|ms| ms.parse().ok()).unwrap_or_default();
    let at = Duration::try_from_secs_f64(at / 1000.0).unwrap_or_default();
    let what = if members.get("end").is_some() {
        What::End
    } else if let Some(lost) = members.get("lost") {
        return Err((1, format!("{lost} frames were lost here when it was recorded")));
    } else {
        let from_client = match members.get("from") {
            Some("\"client\"") => true,
            Some("\"server\"") => false,
            _ => return Err((1, "`from` is neither \"client\" nor \"server\"".to_owned())),
        };
        let frame = members.get("frame").map(str::to_owned).or_else(|| members.text("text"));
        match (frame, members.text("malformed")) {
            (Some(frame), _) => {
                let message = Message::parse(frame);
                if from_client { What::Client(message) } else { What::Server(message) }
            }
            (None, Some(excerpt)) if !from_client => What::Malformed(malformed(&excerpt)),
            _ => return Err((1, "there is no `frame` in it".to_owned())),
        }
    };
    Ok(Some(Entry { at, line, what }))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_of_which_no_value_can_be_made_is_the_kind_of_message_that_it_is() {
        for (text, name) in [
            (r#"{"id":0,"method":"m","params":"\ud800"}"#, "request `m`"),
            (r#"{"method":"m","params":1e999}"#, "notification `m`"),
            (r#"{"id":0,"result":"\ud800"}"#, "answer to request 0"),
            (r#"{"params":"\ud800"}"#, "frame that is no message"),
        ] {
            let message = Message::parse(text.to_owned());
            assert_eq!((message.name().as_str(), &message.body), (name, &Value::Null), "{text}");
        }
    }
}
