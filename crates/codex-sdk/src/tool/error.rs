//! What a tool or a handler fails with.

use std::error::Error;
use std::fmt;

/// Any error of a [`Tool`](crate::Tool)'s or of a [`RequestHandler`](crate::RequestHandler)'s own: every error converts
/// into it by `?`.
///
/// A tool's is told to the model, with its causes, so that it can try something else. It should hold no secret.
pub struct ToolError(Box<dyn Error + Send + Sync>);

impl ToolError {
    /// An error with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into().into())
    }
}

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for ToolError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// The error and its causes, in one line. It is no `Error` itself, so that every `Error` can convert into it.
impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl fmt::Debug for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
