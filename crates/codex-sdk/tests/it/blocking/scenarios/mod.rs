//! The same scenarios through the async client and the blocking one, on the real server, with equal outcomes.
//!
//! `bodies.rs` has each scenario once. It is compiled three times: as async functions, as blocking ones, and as tests that
//! compare what the two tell.

use super::{RUNTIME, builder, stage};
use crate::guard::within;
use crate::real::Stage;
use codex_sdk::protocol::{ModelListParams, ThreadReadParams, ThreadReadResponse};
use codex_sdk::{AskForApproval, Error, Event, PendingRequest, TextInput, ThreadItem, TurnResult};
use codex_testkit::{Gate, Reply};
use serde_json::{Value, json};

mod asynchronous {
    use super::*;
    use codex_sdk::{Codex, Thread};

    macro_rules! wait {
        ($call:expr) => {
            $call.await
        };
    }

    macro_rules! scenarios {
        ($($name:ident($stage:ident, $codex:ident) $body:block)*) => {$(
            pub(super) async fn $name($stage: &Stage, $codex: Codex) -> codex_sdk::Result<Value> $body
        )*};
    }

    macro_rules! helper {
        (fn $name:ident($($argument:ident: $of:ty),*) -> $output:ty $body:block) => {
            async fn $name($($argument: $of),*) -> $output $body
        };
    }

    include!("bodies.rs");
}

#[allow(clippy::while_let_on_iterator, reason = "the async form of the loop has no other")]
mod blocking {
    use super::*;
    use codex_sdk::blocking::{Codex, Thread};

    macro_rules! wait {
        ($call:expr) => {
            $call
        };
    }

    macro_rules! scenarios {
        ($($name:ident($stage:ident, $codex:ident) $body:block)*) => {$(
            pub(super) fn $name($stage: &Stage, $codex: Codex) -> codex_sdk::Result<Value> $body
        )*};
    }

    macro_rules! helper {
        (fn $name:ident($($argument:ident: $of:ty),*) -> $output:ty $body:block) => {
            fn $name($($argument: $of),*) -> $output $body
        };
    }

    include!("bodies.rs");
}

mod equal {
    use super::*;

    macro_rules! scenarios {
        ($($name:ident($stage:ident, $codex:ident) $body:block)*) => {$(
            #[test]
            fn $name() {
                let asynchronous = RUNTIME.block_on(within(async {
                    let stage = Stage::set().await;
                    let codex = stage.codex().await;
                    let told = super::asynchronous::$name(&stage, codex.clone()).await.unwrap();
                    codex.close().await.unwrap();
                    told
                }));
                let stage = stage();
                let codex = builder(&stage).start().unwrap();
                let blocking = super::blocking::$name(&stage, codex.clone()).unwrap();
                codex.close().unwrap();
                assert_eq!(blocking, asynchronous);
                assert!(!blocking.is_null(), "a scenario tells what came of it");
            }
        )*};
    }

    macro_rules! helper {
        ($($any:tt)*) => {};
    }

    include!("bodies.rs");
}

/// A result without what is new every time: ids, and words that differ from turn to turn.
fn told(result: &TurnResult) -> Value {
    let items: Vec<Value> = result.items.iter().map(|item| told_item(item)).collect();
    json!({
        "status": result.status.as_str(),
        "error": result.error.as_ref().map(|error| &error.message),
        "text": result.text,
        "final": result.final_response(),
        "items": items,
        "usage": result.usage.as_ref().map(|usage| usage.total_tokens),
    })
}

fn told_item(item: &ThreadItem) -> Value {
    match item {
        ThreadItem::AgentMessage(message) => json!({ "says": message.text }),
        ThreadItem::CommandExecution(command) => json!({
            "runs": command.command,
            "status": command.status.as_str(),
            "output": command.aggregated_output,
        }),
        other => {
            let mut value = serde_json::to_value(other).unwrap();
            json!({ "type": value["type"].take() })
        }
    }
}

/// What an event says, if it is of the turn and comes at the same point every time.
fn told_event(event: &Event) -> Option<Value> {
    if let Some(text) = event.text_delta() {
        return Some(json!({ "delta": text }));
    }
    let method = event.method();
    let item = event.started_item().or(event.completed_item()).map(|item| told_item(item));
    let is_of_turn =
        ["turn/started", "turn/completed", "item/started", "item/completed"].contains(&method);
    is_of_turn.then(|| json!({ "method": method, "item": item }))
}

/// An error, by its kind and its words about no ids.
fn told_error(error: &Error) -> Value {
    let kind = format!("{error:?}");
    json!({
        "kind": kind.split([' ', '(', '{']).next(),
        "method": error.method(),
        "code": error.rpc_code(),
        "disconnected": error.is_disconnected(),
    })
}
