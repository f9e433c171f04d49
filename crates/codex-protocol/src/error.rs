//! What can go wrong between text and type.

use std::fmt;

/// The params or the reply of a known method do not have the form that these models know.
///
/// Its text names the method, the types and fields on the way in, and the
/// position within the params or the reply; never the content of a string.
#[derive(Debug)]
pub struct DecodeError {
    method: &'static str,
    source: serde_json::Error,
}

impl DecodeError {
    pub(crate) fn new(method: &'static str, source: serde_json::Error) -> Self {
        Self { method, source }
    }

    /// The method whose params or reply it was.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// The line within the params or the reply, from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.source.line()
    }

    /// The column within the params or the reply, from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.source.column()
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.method, self.source)
    }
}

/// The cause is part of the text, so there is no source to print a second time.
impl std::error::Error for DecodeError {}

/// A frame is not a message of the protocol at all.
#[derive(Debug)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// It is not one JSON object, or one of its own members has the wrong type.
    Json(serde_json::Error),
    /// Its members make neither a request, a notification, a response nor an error.
    Shape(&'static str),
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a JSON-RPC message: ")?;
        match self {
            Self::Json(error) => error.fmt(f),
            Self::Shape(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for EnvelopeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            Self::Shape(_) => None,
        }
    }
}
