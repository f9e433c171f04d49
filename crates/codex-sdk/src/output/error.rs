//! What can be wrong with a typed answer, and with the schema that asks for it.

use crate::turn_result::TurnResult;
use serde_json::error::Category;
use std::fmt;

/// A type cannot be described to a model in the strict subset of JSON schema that it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaError {
    type_name: &'static str,
    path: String,
    problem: String,
}

/// The assistant's answer is not of the type that was asked for. Its text is in [`text`](Self::text) alone.
pub struct OutputError {
    type_name: &'static str,
    source: serde_json::Error,
    result: TurnResult,
}

impl SchemaError {
    pub(super) fn new(type_name: &'static str, path: String, problem: String) -> Self {
        Self { type_name, path, problem }
    }

    /// Where the offending part stands in the type's schema, as a JSON pointer with `#` in front.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong with it.
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { type_name, path, problem } = self;
        write!(f, "{type_name} cannot be described to the model: at {path}, {problem}")
    }
}

impl std::error::Error for SchemaError {}

impl OutputError {
    pub(super) fn new<T>(source: serde_json::Error, result: TurnResult) -> Self {
        Self { type_name: std::any::type_name::<T>(), source, result }
    }

    /// What the assistant said.
    pub fn text(&self) -> &str {
        self.result.final_response().unwrap_or(&self.result.text)
    }

    /// What is wrong with it. Its text may quote what the assistant said.
    pub fn parse_error(&self) -> &serde_json::Error {
        &self.source
    }

    /// The result of the turn.
    pub fn result(&self) -> &TurnResult {
        &self.result
    }

    /// The result of the turn, for good.
    pub fn into_result(self) -> TurnResult {
        self.result
    }
}

/// Says where, and not what: `serde_json` quotes what it found.
impl fmt::Display for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = (self.source.line(), self.source.column());
        let what = match self.source.classify() {
            Category::Syntax => "is not JSON",
            Category::Eof => "ends too early",
            Category::Data | Category::Io => "does not fit",
        };
        write!(
            f,
            "the answer of turn {} is no {}: it {what} at line {line} column {column}; `text()` has it",
            self.result.turn_id, self.type_name
        )
    }
}

impl fmt::Debug for OutputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutputError")
            .field("type_name", &self.type_name)
            .field("turn_id", &self.result.turn_id)
            .field("line", &self.source.line())
            .field("column", &self.source.column())
            .finish_non_exhaustive()
    }
}

impl std::error::Error for OutputError {}
