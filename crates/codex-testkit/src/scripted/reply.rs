//! One answer of the model, as the test writes it down.

use std::time::Duration;

use serde_json::Value;

use super::Usage;
use crate::Gate;

/// One answer of the scripted model, to one request of codex.
///
/// A turn takes one reply, and one more after each reply that calls tools.
///
/// ```
/// use std::time::Duration;
/// use codex_testkit::{Gate, Reply, Usage};
///
/// let plain = Reply::text("Hello.");
/// let slow = Reply::deltas(["Hel", "lo", "."]).delay(Duration::from_millis(5));
/// let thoughtful = Reply::reasoning("Let me see.").and(Reply::shell("ls"));
/// let gate = Gate::new();
/// let held = Reply::deltas(["Hel"]).hold(&gate).more(["lo."]);
/// let flaky = Reply::http_error(503, "come back later").times(2);
/// let dear = Reply::text("Hello.").usage(Usage::new(100_000, 2));
/// ```
#[derive(Clone, Debug)]
pub struct Reply {
    pub(super) steps: Vec<Step>,
    pub(super) end: End,
    pub(super) usage: Usage,
    /// How many requests it still answers; `None` is every one.
    pub(super) left: Option<u32>,
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A new message begins; the deltas that follow are its own.
    Message {
        phase: Option<&'static str>,
    },
    Delta(String),
    Reasoning {
        summary: Vec<String>,
        raw: Option<String>,
    },
    Call(Call),
    WebSearch(String),
    /// Bytes of the stream, whatever they are.
    Raw(Vec<u8>),
    Pause(Duration),
    Hold(Gate),
}

#[derive(Clone, Debug)]
pub(super) enum Call {
    /// Whichever shell tool codex offers; with a reason, outside the sandbox.
    Shell {
        command: String,
        escalate: Option<String>,
    },
    Function {
        name: String,
        arguments: String,
    },
    Custom {
        name: String,
        input: String,
    },
}

#[derive(Clone, Debug)]
pub(super) enum End {
    Completed,
    /// `response.failed` with an error code of the API.
    Failed {
        code: String,
        message: String,
    },
    Incomplete {
        reason: String,
    },
    /// The connection breaks in the middle of the stream.
    Cut,
    /// The stream ends properly, without an event that says so.
    Closed,
    /// No stream at all: an HTTP status.
    Http {
        status: u16,
        message: String,
        /// The header `Retry-After`, in seconds.
        retry_after: Option<u64>,
    },
}

impl Reply {
    /// One message, in one delta.
    pub fn text(text: impl Into<String>) -> Self {
        Self::deltas([text])
    }

    /// One message, in these deltas.
    pub fn deltas<T: Into<String>>(deltas: impl IntoIterator<Item = T>) -> Self {
        Self::new([Step::Message { phase: None }]).more(deltas)
    }

    /// One message with phase `commentary`: said on the way, not the answer.
    pub fn commentary(text: impl Into<String>) -> Self {
        Self::new([Step::Message { phase: Some("commentary") }, Step::Delta(text.into())])
    }

    /// Reasoning, shown as a summary of one part, in a delta per word.
    pub fn reasoning(summary: impl Into<String>) -> Self {
        Self::new([Step::Reasoning { summary: vec![summary.into()], raw: None }])
    }

    /// Reasoning whose summary has several parts, each in a delta per word.
    pub fn reasoning_parts<T: Into<String>>(parts: impl IntoIterator<Item = T>) -> Self {
        let summary = parts.into_iter().map(Into::into).collect();
        Self::new([Step::Reasoning { summary, raw: None }])
    }

    /// Reasoning with its raw text beside the summary, each in a delta per word.
    ///
    /// Codex passes raw reasoning on only with `show_raw_agent_reasoning = true` in its config.
    pub fn raw_reasoning(summary: impl Into<String>, raw: impl Into<String>) -> Self {
        Self::new([Step::Reasoning { summary: vec![summary.into()], raw: Some(raw.into()) }])
    }

    /// A call of the shell tool with a command line; its output comes with the next request.
    pub fn shell(command: impl Into<String>) -> Self {
        Self::call(Call::Shell { command: command.into(), escalate: None })
    }

    /// A shell call that asks to run outside the sandbox, which codex has approved first.
    pub fn shell_escalated(command: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::call(Call::Shell { command: command.into(), escalate: Some(reason.into()) })
    }

    /// A patch, as the lines between `*** Begin Patch` and `*** End Patch`.
    ///
    /// ```
    /// # use codex_testkit::Reply;
    /// Reply::patch("*** Add File: notes.txt\n+first line");
    /// ```
    pub fn patch(lines: impl AsRef<str>) -> Self {
        let lines = lines.as_ref().trim_end_matches('\n');
        let input = format!("*** Begin Patch\n{lines}\n*** End Patch\n");
        Self::call(Call::Custom { name: "apply_patch".into(), input })
    }

    /// A call of the tool `name`, or `namespace/name`, with JSON arguments.
    pub fn tool(name: impl Into<String>, arguments: Value) -> Self {
        Self::call(Call::Function { name: name.into(), arguments: arguments.to_string() })
    }

    /// A web search for `query` that the API itself has made: shown as an item, nothing is run.
    pub fn web_search(query: impl Into<String>) -> Self {
        Self::new([Step::WebSearch(query.into())])
    }

    /// An answer with this HTTP status and no stream.
    ///
    /// Codex tries again after most statuses, up to
    /// [`CodexHomeBuilder::retries`](crate::CodexHomeBuilder::retries) times; never after 400.
    ///
    /// # Panics
    ///
    /// If `status` is not an error status, 400 to 599.
    pub fn http_error(status: u16, message: impl Into<String>) -> Self {
        assert!((400..600).contains(&status), "{status} is not an HTTP error status");
        Self::ending(End::Http { status, message: message.into(), retry_after: None })
    }

    /// Adds the header `Retry-After` to an HTTP error: how long codex is asked to wait, in seconds.
    ///
    /// # Panics
    ///
    /// If this reply is not an HTTP error.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        let End::Http { retry_after, .. } = &mut self.end else {
            panic!("only an HTTP error has a header for that");
        };
        *retry_after = Some(seconds);
        self
    }

    /// A stream that fails at once with this error code of the API, e.g. `context_length_exceeded`.
    pub fn sse_error(code: impl Into<String>) -> Self {
        let code = code.into();
        let message = format!("the script says {code}");
        Self::ending(End::Failed { code, message })
    }

    /// A stream that fails because the model is overloaded.
    pub fn overloaded() -> Self {
        Self::sse_error("server_is_overloaded")
    }

    /// A message that breaks off after these deltas: the connection is cut.
    pub fn cut_after<T: Into<String>>(deltas: impl IntoIterator<Item = T>) -> Self {
        Self { end: End::Cut, ..Self::deltas(deltas) }
    }

    /// A message after which the response ends as incomplete, e.g. for `max_output_tokens`.
    pub fn incomplete(text: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { end: End::Incomplete { reason: reason.into() }, ..Self::text(text) }
    }

    /// These bytes of the stream, in the place of events: they may be none, no JSON, or no text.
    ///
    /// ```
    /// # use codex_testkit::Reply;
    /// let survived = Reply::raw("data: {no JSON}\n\n").and(Reply::text("Hello."));
    /// ```
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self::new([Step::Raw(bytes.into())])
    }

    /// A stream that is these bytes and then ends, with no event that says so.
    pub fn garbage(bytes: impl Into<Vec<u8>>) -> Self {
        Self { end: End::Closed, ..Self::raw(bytes) }
    }

    /// A stream that begins and then says nothing, for as long as codex listens.
    pub fn silence() -> Self {
        Self::new([Step::Hold(Gate::new())])
    }

    /// Says what `next` says too, in the same response, and ends as `next` does.
    ///
    /// Several calls in one response run in parallel if codex allows it.
    /// Usage and repetition stay those of the first.
    ///
    /// # Panics
    ///
    /// If this reply does not end normally, or `next` is an HTTP error: neither can be continued.
    #[must_use]
    pub fn and(mut self, next: Self) -> Self {
        assert!(matches!(self.end, End::Completed), "nothing can follow {:?}", self.end);
        assert!(!matches!(next.end, End::Http { .. }), "an HTTP error cannot follow a stream");
        self.steps.extend(next.steps);
        self.end = next.end;
        self
    }

    /// Adds deltas to the message that the reply is in.
    #[must_use]
    pub fn more<T: Into<String>>(mut self, deltas: impl IntoIterator<Item = T>) -> Self {
        self.steps.extend(deltas.into_iter().map(|delta| Step::Delta(delta.into())));
        self
    }

    /// Stops here until the test opens `gate`.
    #[must_use]
    pub fn hold(mut self, gate: &Gate) -> Self {
        self.steps.push(Step::Hold(gate.clone()));
        self
    }

    /// Waits this long before each message delta that the reply has so far. Default: no wait.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        let paused = |step| match step {
            Step::Delta(_) => vec![Step::Pause(delay), step],
            _ => vec![step],
        };
        self.steps = self.steps.into_iter().flat_map(paused).collect();
        self
    }

    /// The token counts at its end. Default: those of [`Usage::default`].
    #[must_use]
    pub fn usage(mut self, usage: Usage) -> Self {
        self.usage = usage;
        self
    }

    /// Answers this many requests instead of one.
    #[must_use]
    pub fn times(mut self, requests: u32) -> Self {
        self.left = Some(requests);
        self
    }

    /// Answers every request from here on.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.left = None;
        self
    }

    fn new(steps: impl Into<Vec<Step>>) -> Self {
        let (end, usage) = (End::Completed, Usage::default());
        Self { steps: steps.into(), end, usage, left: Some(1) }
    }

    fn call(call: Call) -> Self {
        Self::new([Step::Call(call)])
    }

    fn ending(end: End) -> Self {
        Self { end, ..Self::new([]) }
    }
}
