//! The token counts at the end of a reply.

use serde_json::{Value, json};

/// Token counts that the model reports with a reply.
///
/// Defaults to 100 input tokens, 40 of them cached, and 20 output tokens, 5 of them reasoning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    input: u64,
    cached: u64,
    output: u64,
    reasoning: u64,
}

impl Usage {
    /// Counts without cached or reasoning tokens.
    pub fn new(input: u64, output: u64) -> Self {
        Self { input, cached: 0, output, reasoning: 0 }
    }

    /// How many of the input tokens came from the cache. Default 0.
    #[must_use]
    pub fn cached(mut self, tokens: u64) -> Self {
        self.cached = tokens;
        self
    }

    /// How many of the output tokens were reasoning. Default 0.
    #[must_use]
    pub fn reasoning(mut self, tokens: u64) -> Self {
        self.reasoning = tokens;
        self
    }

    pub(super) fn to_json(self) -> Value {
        json!({
            "input_tokens": self.input,
            "input_tokens_details": { "cached_tokens": self.cached },
            "output_tokens": self.output,
            "output_tokens_details": { "reasoning_tokens": self.reasoning },
            "total_tokens": self.input.saturating_add(self.output),
        })
    }
}

impl Default for Usage {
    fn default() -> Self {
        Self { input: 100, cached: 40, output: 20, reasoning: 5 }
    }
}
