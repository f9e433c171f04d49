//! What is told to the developers of this program through `tracing`: which code of theirs went wrong, and for what; never
//! what the server said. An error of theirs may quote that, so it is told at TRACE alone.

use crate::asked::Question;
use crate::tool::ToolError;

/// One warning for a server that this crate is not tested with.
pub(crate) fn compatibility(version: &str) {
    #[cfg(feature = "tracing")]
    {
        let compatibility = crate::compatibility::Compatibility::of(version);
        if !compatibility.is_tested() {
            tracing::warn!(version, "the app-server's version is {compatibility}");
        }
    }
    #[cfg(not(feature = "tracing"))]
    let _ = version;
}

pub(crate) fn handler_failed(question: &Question, error: &ToolError) {
    #[cfg(feature = "tracing")]
    {
        let method = question.method();
        tracing::error!(
            method,
            thread.id = question.thread_id(),
            turn.id = question.turn_id(),
            "the request handler failed; what it had not answered was given up"
        );
        tracing::trace!(method, %error, "why the request handler failed");
    }
    #[cfg(not(feature = "tracing"))]
    let _ = (question, error);
}

pub(crate) fn handler_panicked(question: &Question) {
    #[cfg(feature = "tracing")]
    tracing::error!(
        method = question.method(),
        thread.id = question.thread_id(),
        turn.id = question.turn_id(),
        "the request handler panicked; what it had not answered was given up"
    );
    #[cfg(not(feature = "tracing"))]
    let _ = question;
}

pub(crate) fn tool_failed(tool: &str) {
    #[cfg(feature = "tracing")]
    tracing::debug!(tool, "a tool failed; the model was told");
    #[cfg(not(feature = "tracing"))]
    let _ = tool;
}

pub(crate) fn tool_panicked(tool: &str) {
    #[cfg(feature = "tracing")]
    tracing::error!(tool, "a tool panicked; the model was told that it failed");
    #[cfg(not(feature = "tracing"))]
    let _ = tool;
}
