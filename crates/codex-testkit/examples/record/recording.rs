//! Frames, and the text that they are kept as.

use serde_json::Value;

use crate::normal::SECONDS;
use crate::ordered::Json;

/// Which way a frame went, as the client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    In,
    Out,
}

/// One frame of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) direction: Direction,
    /// What it says, to look into.
    pub(crate) message: Value,
    /// The same as it is kept.
    pub(crate) kept: Json,
}

impl Frame {
    pub(crate) fn new(direction: Direction, text: &str) -> serde_json::Result<Self> {
        let (message, kept) = (serde_json::from_str(text)?, serde_json::from_str(text)?);
        Ok(Self { direction, message, kept })
    }

    pub(crate) fn is_in(&self) -> bool {
        self.direction == Direction::In
    }

    /// Whether it answers a request.
    pub(crate) fn is_answer(&self) -> bool {
        self.message.get("method").is_none()
    }

    /// Replaces the member at the end of this path, if it is there.
    pub(crate) fn set(&mut self, path: &[&str], value: Value) {
        let mut place = Some(&mut self.message);
        for name in path {
            place = place.and_then(|json| json.get_mut(name));
        }
        if let Some(place) = place {
            place.clone_from(&value);
        }
        self.kept.set(path, value);
    }
}

/// The form of `codex_transport::Record`: a line about the recording, then one a frame.
///
/// The times are the numbers of the frames: real ones would differ each time.
pub(crate) fn text(frames: &[Frame]) -> String {
    let mut text = format!("{{\"recording\":1,\"startedAt\":{}}}\n", SECONDS * 1000);
    for (number, frame) in frames.iter().enumerate() {
        let from = match frame.direction {
            Direction::In => "server",
            Direction::Out => "client",
        };
        let kept = serde_json::to_string(&frame.kept).expect("every key of it is a string");
        text += &format!("{{\"ms\":{number},\"from\":\"{from}\",\"frame\":{kept}}}\n");
    }
    text
}
