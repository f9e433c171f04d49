//! What the messages of the streams say, as far as a client would look at it, in structs for these streams alone.
#![allow(dead_code, reason = "a client decodes it, whatever it then looks at")]

use serde::Deserialize;
use std::borrow::Cow;

/// A line of a turn. Tag and content follow each other, so it is read in one pass.
#[derive(Debug, Deserialize)]
#[serde(tag = "method", content = "params")]
pub(super) enum Message<'a> {
    #[serde(rename = "item/agentMessage/delta", borrow)]
    Delta(Delta<'a>),
    #[serde(rename = "item/commandExecution/outputDelta", borrow)]
    Output(Delta<'a>),
    #[serde(rename = "item/completed", alias = "item/started")]
    Item(ItemEvent),
    #[serde(rename = "thread/tokenUsage/updated")]
    Usage(Usage),
    #[serde(rename = "turn/started")]
    TurnStarted(TurnEvent),
    #[serde(rename = "turn/completed")]
    TurnCompleted(TurnEvent),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Delta<'a> {
    pub(super) thread_id: String,
    pub(super) turn_id: String,
    pub(super) item_id: String,
    #[serde(borrow)]
    pub(super) delta: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ItemEvent {
    pub(super) item: Item,
    pub(super) thread_id: String,
    pub(super) turn_id: String,
}

/// An item of any kind: a struct is read in one pass, an enum by its tag would not be.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item {
    pub(super) r#type: String,
    pub(super) id: String,
    pub(super) text: Option<String>,
    pub(super) command: Option<String>,
    pub(super) cwd: Option<String>,
    pub(super) status: Option<String>,
    pub(super) aggregated_output: Option<String>,
    pub(super) exit_code: Option<i32>,
    pub(super) duration_ms: Option<i64>,
    pub(super) changes: Option<Vec<Change>>,
    pub(super) summary: Option<Vec<String>>,
    pub(super) content: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Change {
    pub(super) path: String,
    pub(super) kind: ChangeKind,
    pub(super) diff: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct ChangeKind {
    pub(super) r#type: String,
    pub(super) move_path: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Usage {
    pub(super) thread_id: String,
    pub(super) turn_id: String,
    pub(super) token_usage: TokenUsage,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenUsage {
    pub(super) total: Tokens,
    pub(super) last: Tokens,
    pub(super) model_context_window: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tokens {
    pub(super) total_tokens: i64,
    pub(super) input_tokens: i64,
    pub(super) cached_input_tokens: i64,
    pub(super) output_tokens: i64,
    pub(super) reasoning_output_tokens: i64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TurnEvent {
    pub(super) thread_id: String,
    pub(super) turn: Turn,
}

#[derive(Debug, Deserialize)]
pub(super) struct Turn {
    pub(super) id: String,
    pub(super) status: String,
}
