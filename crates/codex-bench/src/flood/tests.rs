use super::{DELTA_TEXT, Script, serve, text_bytes};
use crate::order::{Order, Stream, TURNS_AT_ONCE};
use codex_protocol::{Incoming, ServerNotification, decode_incoming};
use serde_json::{Value, json};
use std::collections::HashMap;

const THREAD: &str = "019a0000-0000-7000-8000-000000000042";
const TURN: &str = "019a0000-0000-7000-9000-000000000043";

fn lines(order: Order) -> Vec<String> {
    let bytes = Script::new(order).addressed(THREAD, TURN).to_vec();
    String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
}

fn notification(line: &str) -> ServerNotification {
    match decode_incoming(line).unwrap() {
        Incoming::Notification { notification, .. } => notification,
        other => panic!("{other:?}"),
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        Value::Array(elements) => elements.into_iter().map(without_nulls).collect(),
        other => other,
    }
}

#[test]
fn the_models_which_are_made_from_the_schema_know_every_line_in_full() {
    for order in [Stream::Unfinished.of(3), Stream::Messages.of(5_001), Stream::Mix.of(80)] {
        for line in lines(order) {
            let notification = notification(&line);
            // A member without a model would be left out, as a null is, and a value without one be unrecognized.
            let value = without_nulls(serde_json::from_str(&line).unwrap());
            let again = without_nulls(serde_json::to_value(&notification).unwrap());
            assert_eq!((&again["method"], &again["params"]), (&value["method"], &value["params"]));
            assert!(!format!("{notification:?}").contains("Unrecognized"), "{line}");
        }
    }
}

#[test]
fn a_turn_has_what_was_ordered() {
    let mut counts: HashMap<&str, Vec<usize>> = HashMap::new();
    let lines = lines(Stream::Mix.of(400));
    let notifications: Vec<_> = lines.iter().map(|line| notification(line)).collect();
    for (line, notification) in lines.iter().zip(&notifications) {
        counts.entry(notification.method()).or_default().push(line.len());
        assert_eq!(notification.thread_id().map(|id| &**id), Some(THREAD));
        assert!(notification.turn_id().is_none_or(|id| id == TURN));
    }
    assert_eq!(counts["item/agentMessage/delta"].len(), 320);
    assert_eq!(counts["item/commandExecution/outputDelta"].len(), 40);
    assert_eq!(counts["thread/tokenUsage/updated"].len(), 20);
    // The message itself is one more.
    assert_eq!(counts["item/completed"].len(), 21);
    assert!(counts["item/completed"].iter().all(|bytes| (3_000..8_000).contains(bytes)));
    let output = notifications.iter().filter_map(|notification| match notification {
        ServerNotification::ItemCommandExecutionOutputDelta(output) => Some(output.delta.len()),
        _ => None,
    });
    assert!(output.clone().all(|bytes| (150..=2_000).contains(&bytes)), "{:?}", output.max());
    assert_eq!(text_bytes(Stream::Mix.of(400)), 320 * DELTA_TEXT.len());
}

#[test]
fn a_big_item_has_its_size() {
    let lines = lines(Stream::Big.of(2));
    assert_eq!(lines.len(), 4);
    assert!((16_000_000..17_000_000).contains(&lines[1].len()));
    assert!(matches!(notification(&lines[2]), ServerNotification::ItemCompleted(_)));
}

#[test]
fn four_turns_wait_for_each_other_and_are_written_in_turn() {
    let mut input = String::new();
    for number in 1..=TURNS_AT_ONCE {
        let text = Stream::Four.of(2).to_string();
        let params = json!({ "threadId": format!("019a0000-0000-7000-8000-{number:012}"),
            "input": [{ "type": "text", "text": text }] });
        input += &json!({ "id": number, "method": "turn/start", "params": params }).to_string();
        input.push('\n');
    }
    let mut output = Vec::new();
    serve(input.as_bytes(), &mut output).unwrap();
    let output = String::from_utf8(output).unwrap();
    let turns: Vec<_> = output
        .lines()
        .skip(TURNS_AT_ONCE)
        .map(|line| notification(line).thread_id().map(|id| id[35..].to_owned()).unwrap())
        .collect();
    assert_eq!(turns.concat(), "1234".repeat(6));
}
