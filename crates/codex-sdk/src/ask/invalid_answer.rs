//! An answer that does not fit what was asked.

use std::fmt;

/// An answer that does not fit what was asked. Nothing was sent: the request is in here, to be answered better.
///
/// Dropping it drops the request.
pub struct InvalidAnswer<R> {
    request: Box<R>,
    problems: Vec<String>,
}

impl<R> InvalidAnswer<R> {
    pub(super) fn new(request: R, problems: Vec<String>) -> Self {
        Self { request: Box::new(request), problems }
    }

    /// The request, which still waits for its answer.
    pub fn into_request(self) -> R {
        *self.request
    }

    /// What is wrong with the answer, each with the name of the field or question. No content of the answer is in it.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl<R> fmt::Debug for InvalidAnswer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InvalidAnswer").field("problems", &self.problems).finish_non_exhaustive()
    }
}

impl<R> fmt::Display for InvalidAnswer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the answer does not fit what was asked: {}", self.problems.join("; "))
    }
}

impl<R> std::error::Error for InvalidAnswer<R> {}
