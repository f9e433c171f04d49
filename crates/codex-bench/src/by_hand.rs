//! What the recorded messages say, in structs that somebody wrote by hand with serde's derive.
//!
//! They have what an application looks at, owned, and nothing that keeps what is not known.
#![allow(missing_docs, reason = "the models say what these are")]

use serde::Deserialize;
use serde_json::Value;

/// A notification or a request of the server.
#[derive(Debug, Deserialize)]
#[serde(tag = "method", content = "params")]
pub enum Message {
    #[serde(rename = "account/rateLimits/updated", rename_all = "camelCase")]
    RateLimits { rate_limits: RateLimits },
    #[serde(rename = "configWarning", alias = "deprecationNotice", alias = "warning")]
    Notice(Notice),
    #[serde(rename = "error", rename_all = "camelCase")]
    Error { error: TurnError, will_retry: bool, thread_id: String, turn_id: String },
    #[serde(rename = "item/agentMessage/delta", alias = "item/plan/delta")]
    Delta(Delta),
    #[serde(rename = "item/commandExecution/outputDelta", alias = "item/fileChange/outputDelta")]
    Output(Delta),
    #[serde(rename = "item/commandExecution/requestApproval")]
    CommandApproval(CommandApproval),
    #[serde(rename = "item/completed", alias = "item/started")]
    Item(ItemEvent),
    #[serde(rename = "item/fileChange/requestApproval")]
    FileApproval(CommandApproval),
    #[serde(rename = "item/reasoning/summaryPartAdded", alias = "item/reasoning/summaryTextDelta")]
    Summary(Delta),
    #[serde(rename = "item/reasoning/textDelta")]
    Thought(Delta),
    #[serde(rename = "remoteControl/status/changed", rename_all = "camelCase")]
    RemoteControl {
        status: String,
        server_name: String,
        installation_id: String,
        environment_id: Option<String>,
    },
    #[serde(rename = "serverRequest/resolved", rename_all = "camelCase")]
    Resolved { thread_id: String, request_id: i64 },
    #[serde(rename = "thread/goal/cleared", alias = "thread/closed", alias = "thread/reverted")]
    Subject(Subject),
    #[serde(rename = "thread/readState/changed", rename_all = "camelCase")]
    ReadState { thread_id: String, read_state: ReadState },
    #[serde(rename = "thread/started")]
    ThreadStarted { thread: Box<Thread> },
    #[serde(rename = "thread/status/changed", rename_all = "camelCase")]
    ThreadStatus { thread_id: String, status: Status },
    #[serde(rename = "thread/tokenUsage/updated", rename_all = "camelCase")]
    Usage { thread_id: String, turn_id: String, token_usage: TokenUsage },
    #[serde(rename = "turn/completed", alias = "turn/started", rename_all = "camelCase")]
    Turn { thread_id: String, turn: Box<Turn> },
    #[serde(rename = "turn/diff/updated", rename_all = "camelCase")]
    Diff { thread_id: String, turn_id: String, diff: String },
    /// Rarer requests, which are no part of the mix.
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RateLimits {
    pub limit_id: Option<String>,
    pub limit_name: Option<String>,
    pub plan_type: Option<String>,
    pub primary: Option<RateLimitWindow>,
    pub secondary: Option<RateLimitWindow>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RateLimitWindow {
    pub used_percent: i32,
    pub resets_at: Option<i64>,
    pub window_duration_mins: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    pub summary: Option<String>,
    pub message: Option<String>,
    pub details: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    pub thread_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TurnError {
    pub message: String,
    pub codex_error_info: Option<Value>,
    pub additional_details: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delta {
    pub thread_id: String,
    pub turn_id: String,
    pub item_id: String,
    pub delta: Option<String>,
    pub summary_index: Option<i64>,
    pub content_index: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommandApproval {
    pub thread_id: String,
    pub turn_id: String,
    pub item_id: String,
    pub started_at_ms: i64,
    pub reason: Option<String>,
    pub command: Option<String>,
    pub cwd: Option<String>,
    pub grant_root: Option<String>,
    pub command_actions: Option<Vec<CommandAction>>,
    pub proposed_execpolicy_amendment: Option<Vec<String>>,
    pub available_decisions: Option<Vec<Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemEvent {
    pub item: Item,
    pub thread_id: String,
    pub turn_id: String,
    pub started_at_ms: Option<i64>,
    pub completed_at_ms: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Item {
    UserMessage {
        id: String,
        client_id: Option<String>,
        content: Vec<Input>,
        started_at_ms: Option<i64>,
        completed_at_ms: Option<i64>,
    },
    AgentMessage {
        id: String,
        text: String,
        phase: Option<String>,
        started_at_ms: Option<i64>,
        completed_at_ms: Option<i64>,
    },
    Reasoning {
        id: String,
        summary: Vec<String>,
        content: Vec<String>,
        started_at_ms: Option<i64>,
        completed_at_ms: Option<i64>,
    },
    CommandExecution {
        id: String,
        command: String,
        cwd: String,
        process_id: Option<String>,
        source: Option<String>,
        status: String,
        command_actions: Vec<CommandAction>,
        aggregated_output: Option<String>,
        exit_code: Option<i32>,
        duration_ms: Option<i64>,
        started_at_ms: Option<i64>,
        completed_at_ms: Option<i64>,
    },
    FileChange {
        id: String,
        changes: Vec<Change>,
        status: String,
        started_at_ms: Option<i64>,
        completed_at_ms: Option<i64>,
    },
    WebSearch {
        id: String,
        query: String,
        action: Option<SearchAction>,
        started_at_ms: Option<i64>,
        completed_at_ms: Option<i64>,
    },
    #[serde(alias = "exitedReviewMode")]
    EnteredReviewMode {
        id: String,
        review: String,
        started_at_ms: Option<i64>,
        completed_at_ms: Option<i64>,
    },
    ContextCompaction {
        id: String,
        started_at_ms: Option<i64>,
        completed_at_ms: Option<i64>,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum Input {
    Text {
        text: String,
    },
    Image {
        url: Option<String>,
    },
    LocalImage {
        path: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum CommandAction {
    Read { command: String, name: String, path: String },
    ListFiles { command: String, path: Option<String> },
    Search { command: String, query: Option<String>, path: Option<String> },
    Unknown { command: String },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    pub path: String,
    pub kind: ChangeKind,
    pub diff: String,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum ChangeKind {
    Add,
    Delete,
    Update { move_path: Option<String> },
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
pub enum SearchAction {
    Search { query: Option<String>, queries: Option<Vec<String>> },
    OpenPage { url: Option<String> },
    FindInPage { url: Option<String>, pattern: Option<String> },
    Other,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadState {
    pub revision: String,
    pub first_unread: Option<Unread>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Unread {
    ThreadStart,
    Turn { turn_id: String },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Thread {
    pub id: String,
    pub session_id: String,
    pub forked_from_id: Option<String>,
    pub parent_thread_id: Option<String>,
    pub preview: String,
    pub ephemeral: bool,
    pub history_mode: Option<String>,
    pub model_provider: String,
    pub model: Option<String>,
    pub reasoning_effort: Option<String>,
    pub created_at: i64,
    pub updated_at: i64,
    pub recency_at: Option<i64>,
    pub status: Status,
    pub path: Option<String>,
    pub cwd: String,
    pub cli_version: String,
    pub originator: Option<String>,
    pub source: Value,
    pub environments: Option<Vec<Environment>>,
    pub name: Option<String>,
    pub turns: Vec<Turn>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Environment {
    pub environment_id: String,
    pub cwd: String,
    pub runtime_workspace_roots: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Status {
    NotLoaded,
    Idle,
    SystemError,
    Active { active_flags: Vec<String> },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenUsage {
    pub total: Tokens,
    pub last: Tokens,
    pub model_context_window: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tokens {
    pub total_tokens: i64,
    pub input_tokens: i64,
    pub cached_input_tokens: i64,
    pub output_tokens: i64,
    pub reasoning_output_tokens: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Turn {
    pub id: String,
    pub root_turn_id: Option<String>,
    pub items: Vec<Item>,
    pub items_view: Option<String>,
    pub status: String,
    pub error: Option<TurnError>,
    pub started_at: Option<i64>,
    pub completed_at: Option<i64>,
    pub duration_ms: Option<i64>,
}
