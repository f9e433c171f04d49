//! One turn of the server, as the test writes it down.

use std::fmt;
use std::time::Duration;

use codex_protocol::{
    AgentMessageThreadItem, CodexErrorInfo, CommandExecutionRequestApprovalParams,
    CommandExecutionStatus, CommandExecutionThreadItem, FileChangeRequestApprovalParams,
    FileChangeThreadItem, FileUpdateChange, MessagePhase, PatchApplyStatus, PatchChangeKind,
    ReasoningThreadItem, ServerNotificationParams, ServerRequestParams, ThreadItem,
    TokenUsageBreakdown, TurnError,
};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Place;
use super::out::Wire;
use crate::Gate;

/// What a [`MockServer`](crate::MockServer) does in one turn, step by step.
///
/// It begins and ends by itself: `turn/started`, the user's message and, after the last step,
/// `turn/completed` are sent unasked. Times on the wire are fixed.
///
/// ```
/// use codex_testkit::MockServer;
///
/// let server = MockServer::new()
///     .turn(|t| t.reasoning("Let me see.").delta("Hel").delta("lo.").complete())
///     .turn(|t| t.command("ls", "a.txt\n", 0).message("One file.").usage(100, 20))
///     .turn(|t| t.delta("So far").fail("out of luck"));
/// # let _ = server.check();
/// ```
#[derive(Debug, Default)]
pub struct MockTurn {
    pub(super) steps: Vec<Step>,
    pub(super) end: End,
}

/// How a turn ends after its last step.
#[derive(Debug, Default)]
pub(super) enum End {
    #[default]
    Completed,
    Failed(TurnError),
    /// Only by an interrupt.
    Open,
    HungUp,
}

type Make<T> = Box<dyn FnOnce(&Place) -> T + Send>;

type Notify = Box<dyn FnOnce(&Place, &Wire) + Send>;

/// Sends a request under the id that it is given.
type Ask = Box<dyn FnOnce(&Place, &Wire, i64) + Send>;

pub(super) enum Step {
    Delta(String),
    /// A message of its own, which the next delta does not go on with.
    Message {
        text: String,
        phase: Option<MessagePhase>,
    },
    /// An item, as it starts and as it is completed.
    Item(Make<(ThreadItem, ThreadItem)>),
    Notify(Notify),
    Ask(Question),
    Usage(TokenUsageBreakdown),
    Retrying(TurnError),
    Hold(Gate),
    Delay(Duration),
}

/// A request of the server in mid-turn.
pub(super) struct Question {
    pub(super) method: &'static str,
    pub(super) send: Ask,
    /// Whether a result is an answer to it.
    pub(super) reads: fn(&Value) -> Result<(), String>,
    /// The item that the answer decides on, in each state that it can come to.
    pub(super) item: Option<Make<Decided>>,
}

pub(super) struct Decided {
    pub(super) asked: ThreadItem,
    pub(super) accepted: ThreadItem,
    pub(super) declined: ThreadItem,
}

impl MockTurn {
    /// A piece of the assistant's message; the first one starts it.
    #[must_use]
    pub fn delta(self, text: impl Into<String>) -> Self {
        self.step(Step::Delta(text.into()))
    }

    /// A message of its own, in one delta.
    #[must_use]
    pub fn message(self, text: impl Into<String>) -> Self {
        self.step(Step::Message { text: text.into(), phase: None })
    }

    /// A message of phase `commentary`: said on the way, not the answer.
    #[must_use]
    pub fn commentary(self, text: impl Into<String>) -> Self {
        self.step(Step::Message { text: text.into(), phase: Some(MessagePhase::Commentary) })
    }

    /// Reasoning with this summary.
    #[must_use]
    pub fn reasoning(self, summary: impl Into<String>) -> Self {
        let summary = summary.into();
        self.step(Step::Item(Box::new(move |place| {
            let item = ReasoningThreadItem::new(place.item_id.clone());
            let done = item.clone().summary(vec![summary]);
            (ThreadItem::Reasoning(item), ThreadItem::Reasoning(done))
        })))
    }

    /// A command that runs without being asked for, and what it prints.
    #[must_use]
    pub fn command(
        self,
        command: impl Into<String>,
        output: impl Into<String>,
        exit_code: i32,
    ) -> Self {
        let (command, output) = (command.into(), output.into());
        self.step(Step::Item(Box::new(move |place| {
            let done = run(place, &command, CommandExecutionStatus::Completed);
            let mut done = done.aggregated_output(output).exit_code(exit_code);
            if exit_code != 0 {
                done.status = CommandExecutionStatus::Failed;
            }
            let begun = run(place, &command, CommandExecutionStatus::InProgress);
            (ThreadItem::CommandExecution(begun), ThreadItem::CommandExecution(done))
        })))
    }

    /// An item of any kind, which starts and completes as it is.
    #[must_use]
    pub fn item(self, make: impl FnOnce(&Place) -> ThreadItem + Send + 'static) -> Self {
        self.step(Step::Item(Box::new(|place| {
            let item = make(place);
            (item.clone(), item)
        })))
    }

    /// A notification of any kind.
    #[must_use]
    pub fn notify<N: ServerNotificationParams>(
        self,
        make: impl FnOnce(&Place) -> N + Send + 'static,
    ) -> Self {
        self.step(Step::Notify(Box::new(|place, wire| wire.notify(&make(place)))))
    }

    /// Asks whether a command may run, and waits for the answer.
    ///
    /// Accepted, it runs and prints nothing; declined, or answered with an error, it does not, and
    /// the turn goes on; cancelled, the turn is interrupted.
    #[must_use]
    pub fn asks_to_run(self, command: impl Into<String>) -> Self {
        let command = command.into();
        let asked = command.clone();
        let send = |place: &Place, wire: &Wire, id| {
            let Place { item_id, thread_id, turn_id } = place.clone();
            let params =
                CommandExecutionRequestApprovalParams::new(item_id, NOW_MS, thread_id, turn_id);
            wire.ask(id, &params.command(asked).cwd(CWD));
        };
        let item: Make<Decided> = Box::new(move |place| {
            let item = |status| ThreadItem::CommandExecution(run(place, &command, status));
            let accepted = run(place, &command, CommandExecutionStatus::Completed);
            Decided {
                asked: item(CommandExecutionStatus::InProgress),
                accepted: ThreadItem::CommandExecution(
                    accepted.exit_code(0).aggregated_output(String::new()),
                ),
                declined: item(CommandExecutionStatus::Declined),
            }
        });
        self.ask::<CommandExecutionRequestApprovalParams>(Box::new(send), Some(item))
    }

    /// Asks whether a file with this content may be added, and waits for the answer.
    ///
    /// The answers do what they do in [`asks_to_run`](Self::asks_to_run).
    #[must_use]
    pub fn asks_to_add(self, path: impl Into<String>, content: impl Into<String>) -> Self {
        let change = FileUpdateChange::new(content, PatchChangeKind::Add, path);
        let send = |place: &Place, wire: &Wire, id| {
            let Place { item_id, thread_id, turn_id } = place.clone();
            let params = FileChangeRequestApprovalParams::new(item_id, NOW_MS, thread_id, turn_id);
            wire.ask(id, &params);
        };
        let item: Make<Decided> = Box::new(move |place| {
            let item = |status| {
                let changes = vec![change.clone()];
                let id = place.item_id.clone();
                ThreadItem::FileChange(FileChangeThreadItem::new(changes, id, status))
            };
            Decided {
                asked: item(PatchApplyStatus::InProgress),
                accepted: item(PatchApplyStatus::Completed),
                declined: item(PatchApplyStatus::Declined),
            }
        });
        self.ask::<FileChangeRequestApprovalParams>(Box::new(send), Some(item))
    }

    /// Makes any other request of the client, and waits for the answer, whatever it is.
    #[must_use]
    pub fn asks<R>(self, make: impl FnOnce(&Place) -> R + Send + 'static) -> Self
    where
        R: ServerRequestParams,
        R::Response: DeserializeOwned,
    {
        let send = |place: &Place, wire: &Wire, id| wire.ask(id, &make(place));
        self.ask::<R>(Box::new(send), None)
    }

    /// Reports tokens that were used, adding to the total of the thread.
    #[must_use]
    pub fn usage(self, input: i64, output: i64) -> Self {
        let usage = TokenUsageBreakdown::new(0, input, output, 0, input.saturating_add(output));
        self.step(Step::Usage(usage))
    }

    /// Reports an error after which the server tries again by itself; the turn goes on.
    #[must_use]
    pub fn retrying(self, message: impl Into<String>) -> Self {
        self.step(Step::Retrying(TurnError::new(message)))
    }

    /// Stops here until the test opens `gate`.
    #[must_use]
    pub fn hold(self, gate: &Gate) -> Self {
        self.step(Step::Hold(gate.clone()))
    }

    /// Waits here, on tokio's clock, which a test can pause.
    #[must_use]
    pub fn delay(self, delay: Duration) -> Self {
        self.step(Step::Delay(delay))
    }

    /// Completes the turn. What a turn does that says nothing else.
    #[must_use]
    pub fn complete(self) -> Self {
        Self { end: End::Completed, ..self }
    }

    /// Fails the turn.
    #[must_use]
    pub fn fail(self, message: impl Into<String>) -> Self {
        Self { end: End::Failed(TurnError::new(message)), ..self }
    }

    /// Fails the turn for a reason that code can tell.
    #[must_use]
    pub fn fail_with(self, message: impl Into<String>, info: CodexErrorInfo) -> Self {
        Self { end: End::Failed(TurnError::new(message).codex_error_info(info)), ..self }
    }

    /// Lets the turn run until the client interrupts it.
    #[must_use]
    pub fn run_on(self) -> Self {
        Self { end: End::Open, ..self }
    }

    /// Ends the connection in the middle of the turn.
    #[must_use]
    pub fn hang_up(self) -> Self {
        Self { end: End::HungUp, ..self }
    }

    fn ask<R>(self, send: Ask, item: Option<Make<Decided>>) -> Self
    where
        R: ServerRequestParams,
        R::Response: DeserializeOwned,
    {
        // From text, as off the wire.
        let reads = |result: &Value| match serde_json::from_str::<R::Response>(&result.to_string())
        {
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        };
        self.step(Step::Ask(Question { method: R::METHOD, send, reads, item }))
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Delta(_) => "Delta",
            Self::Message { .. } => "Message",
            Self::Item(_) => "Item",
            Self::Notify(_) => "Notify",
            Self::Ask(question) => question.method,
            Self::Usage(_) => "Usage",
            Self::Retrying(_) => "Retrying",
            Self::Hold(_) => "Hold",
            Self::Delay(_) => "Delay",
        })
    }
}

/// When everything happens, in seconds and in milliseconds since 1970.
pub(super) const NOW: i64 = 1_700_000_000;
pub(super) const NOW_MS: i64 = NOW * 1000;

/// Where threads work that name no folder.
pub(super) const CWD: &str = "/project";

pub(super) fn message(id: codex_protocol::Id, text: &str) -> AgentMessageThreadItem {
    AgentMessageThreadItem::new(id, text)
}

fn run(place: &Place, command: &str, status: CommandExecutionStatus) -> CommandExecutionThreadItem {
    CommandExecutionThreadItem::new(command, Vec::new(), CWD, place.item_id.clone(), status)
}
