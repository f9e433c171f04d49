//! Events that wait, in order, on their way from the reader to a consumer.

use super::delta;
use crate::event::Event;
use codex_protocol::{ServerNotification, ThreadItem};
use std::collections::VecDeque;
use std::sync::Arc;

/// How far back a piece, or a finished item, looks for the text that it belongs to; texts streamed in turn stay few.
const REACH: usize = 8;

/// A shorter text is not worth the memory of the note where the rest of it is.
const MIN_SHARED_BYTES: usize = 4096;

/// A row of events. A long text that a finished item says as well is held once, in the item, until it is its turn.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    entries: VecDeque<Entry>,
}

#[derive(Debug)]
struct Entry {
    event: Event,
    /// The text of the event, where a finished item has it.
    tail: Option<Box<Tail>>,
}

/// A text that is the last of a finished item's.
#[derive(Debug)]
struct Tail {
    item: Arc<ThreadItem>,
    from: usize,
}

impl Batch {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The events, without the texts that items hold.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Event> {
        self.entries.iter().map(|entry| &entry.event)
    }

    pub(super) fn push(&mut self, event: Event) {
        self.entries.push_back(Entry { event, tail: None });
    }

    /// Appends a text to the event that it continues; the bytes that this added, if there is such an event.
    pub(super) fn merge(&mut self, event: &Event) -> Option<usize> {
        let Event::Notification(next) = event else { return None };
        if !delta::is_delta(next) {
            return None;
        }
        for earlier in self.entries.iter_mut().rev().take(REACH) {
            let Entry { event: Event::Notification(last), tail: None } = earlier else {
                return None;
            };
            if let Some(added) = delta::merge(last, next) {
                return Some(added);
            }
            if !delta::is_delta(last) {
                return None;
            }
        }
        None
    }

    /// Lets the last text of a finished item's be held by the item alone; the bytes that this freed.
    pub(super) fn share(&mut self, item: &Arc<ThreadItem>) -> usize {
        let Some(whole) = finished_text(item) else { return 0 };
        for entry in self.entries.iter_mut().rev().take(REACH) {
            let Entry { event: Event::Notification(piece), tail: None } = entry else { continue };
            let Some((item_id, text)) = delta::text(piece) else { continue };
            if item.id() != Some(item_id) {
                continue;
            }
            if text.len() < MIN_SHARED_BYTES || !whole.ends_with(text.as_str()) {
                return 0;
            }
            let freed = std::mem::take(text).len();
            let tail = Tail { item: Arc::clone(item), from: whole.len() - freed };
            entry.tail = Some(Box::new(tail));
            return freed;
        }
        0
    }
}

/// Takes the events out, the first one first.
impl Iterator for Batch {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        if let Entry { event: Event::Notification(piece), tail: Some(tail) } =
            self.entries.front_mut()?
        {
            tail.spell_out(piece);
        }
        self.entries.pop_front().map(|entry| entry.event)
    }
}

impl Tail {
    fn spell_out(&self, piece: &mut ServerNotification) {
        if let (Some((_, text)), Some(whole)) = (delta::text(piece), finished_text(&self.item)) {
            text.push_str(&whole[self.from..]);
        }
    }
}

/// What an item says that was streamed before.
fn finished_text(item: &ThreadItem) -> Option<&str> {
    match item {
        ThreadItem::AgentMessage(message) => Some(&message.text),
        ThreadItem::Plan(plan) => Some(&plan.text),
        ThreadItem::CommandExecution(command) => command.aggregated_output.as_deref(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Batch, MIN_SHARED_BYTES};
    use crate::event::Event;
    use codex_protocol::{Incoming, ServerNotification, decode_incoming};
    use serde_json::{Value, json};

    fn notification(method: &str, mut params: Value) -> ServerNotification {
        params["threadId"] = json!("thread");
        params["turnId"] = json!("turn");
        let frame = json!({ "method": method, "params": params }).to_string();
        match decode_incoming(&frame).unwrap() {
            Incoming::Notification { notification, .. } => notification,
            other => panic!("{other:?}"),
        }
    }

    fn piece(method: &str, item: &str, text: &str) -> ServerNotification {
        notification(method, json!({ "itemId": item, "delta": text }))
    }

    fn message(id: &str, text: &str) -> Value {
        json!({ "type": "agentMessage", "id": id, "text": text })
    }

    /// How much is freed by what finishes the last of `pieces`, and whether they come out as they went in.
    fn freed(pieces: &[ServerNotification], item: &Value) -> usize {
        let params = json!({ "item": item, "completedAtMs": 1 });
        let ServerNotification::ItemCompleted(completed) = notification("item/completed", params)
        else {
            panic!("it is another notification")
        };
        let mut batch = Batch::default();
        for piece in pieces {
            batch.push(Event::Notification(piece.clone()));
        }
        let freed = batch.share(&completed.item);
        let noted = batch.entries.iter().filter(|entry| entry.tail.is_some()).count();
        assert_eq!(noted, usize::from(freed > 0));
        let out: Vec<_> = batch
            .map(|event| match event {
                Event::Notification(notification) => notification,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(out, pieces);
        freed
    }

    #[test]
    fn what_a_finished_item_says_is_held_once_and_comes_out_in_its_place() {
        const AGENT: &str = "item/agentMessage/delta";
        let long = "é".repeat(MIN_SHARED_BYTES / 2);
        let whole = format!("before {long}");
        let command = json!({
            "type": "commandExecution", "id": "a", "command": "ls", "commandActions": [], "cwd": "/",
            "status": "completed", "aggregatedOutput": whole,
        });
        let plan = json!({ "type": "plan", "id": "a", "text": whole });
        for (method, item) in [
            (AGENT, message("a", &whole)),
            ("item/plan/delta", plan),
            ("item/commandExecution/outputDelta", command),
        ] {
            let pieces = [piece(method, "a", "before "), piece(method, "a", &long)];
            assert_eq!(freed(&pieces, &item), long.len(), "{method}");
        }
        let usage =
            notification("item/mcpToolCall/progress", json!({ "itemId": "a", "message": "" }));
        let others = [piece(AGENT, "a", &long), piece(AGENT, "b", "x"), usage];
        assert_eq!(freed(&others, &message("a", &whole)), long.len());
    }

    #[test]
    fn what_the_item_does_not_say_like_that_is_kept() {
        const AGENT: &str = "item/agentMessage/delta";
        let long = "x".repeat(MIN_SHARED_BYTES);
        let pieces = [piece(AGENT, "a", &long)];
        for item in [message("a", &format!("{long}y")), message("b", &long), message("a", "")] {
            assert_eq!(freed(&pieces, &item), 0);
        }
        assert_eq!(freed(&[piece(AGENT, "a", &long[1..])], &message("a", &long)), 0);
    }

    #[test]
    fn nothing_is_added_to_a_text_that_its_item_holds() {
        const AGENT: &str = "item/agentMessage/delta";
        let long = "x".repeat(MIN_SHARED_BYTES);
        let params = json!({ "item": message("a", &long), "completedAtMs": 1 });
        let ServerNotification::ItemCompleted(completed) = notification("item/completed", params)
        else {
            panic!("it is another notification")
        };
        let mut batch = Batch::default();
        batch.push(Event::Notification(piece(AGENT, "a", &long)));
        assert_eq!(batch.share(&completed.item), long.len());
        assert_eq!(batch.share(&completed.item), 0);
        assert_eq!(batch.merge(&Event::Notification(piece(AGENT, "a", "y"))), None);
    }
}
