//! The lines of a recording, as they are written.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::{Direction, Redaction};

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
    #[inline]
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
