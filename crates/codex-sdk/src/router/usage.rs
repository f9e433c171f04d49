//! How many tokens a turn used, from the thread's running totals.

use codex_protocol::{ThreadTokenUsage, TokenUsageBreakdown};

/// What a thread has used so far, as far as this client can know it.
#[derive(Debug, Clone, Default)]
pub(crate) enum Total {
    /// The thread was used before, and the server has not said how much.
    #[default]
    Unknown,
    /// The thread is new.
    Nothing,
    /// The server's last word.
    Reported(TokenUsageBreakdown),
}

/// One turn's view of `thread/tokenUsage/updated`.
///
/// The server reports the thread's total once per model request. What a turn used is the difference between the
/// total at its end and the one at its start; the `last` of each report must not be summed, for a resume repeats it.
#[derive(Debug, Default)]
pub(super) struct UsageMeter {
    before: Total,
    latest: Option<ThreadTokenUsage>,
    joined_late: bool,
}

impl UsageMeter {
    /// The turn was not seen from its start, so that the total then is not known.
    pub(super) fn start_is_unknown(&mut self) {
        self.joined_late = true;
    }

    /// Takes in a report of this turn; `before` is the thread's total until now.
    pub(super) fn report(&mut self, usage: &ThreadTokenUsage, before: &Total) {
        if self.latest.is_none() && !self.joined_late {
            self.before = before.clone();
        }
        self.latest = Some(usage.clone());
    }

    /// What the turn used; `None` without a report, where the total at its start is unknown, or where the totals do not
    /// grow.
    pub(super) fn of_turn(&self) -> Option<TokenUsageBreakdown> {
        let mut used = self.latest.as_ref()?.total.clone();
        let before = match &self.before {
            Total::Unknown => return None,
            Total::Nothing => return Some(used),
            Total::Reported(before) => before,
        };
        let since = |now: i64, before: i64| now.checked_sub(before).filter(|used| *used >= 0);
        used.cache_write_input_tokens =
            since(used.cache_write_input_tokens, before.cache_write_input_tokens)?;
        used.cached_input_tokens = since(used.cached_input_tokens, before.cached_input_tokens)?;
        used.input_tokens = since(used.input_tokens, before.input_tokens)?;
        used.output_tokens = since(used.output_tokens, before.output_tokens)?;
        used.reasoning_output_tokens =
            since(used.reasoning_output_tokens, before.reasoning_output_tokens)?;
        used.total_tokens = since(used.total_tokens, before.total_tokens)?;
        Some(used)
    }

    /// The last report, with the thread's total.
    pub(super) fn latest(&self) -> Option<&ThreadTokenUsage> {
        self.latest.as_ref()
    }
}
