//! What a turn has produced so far: its text and its items.

use super::raw_item;
use codex_protocol::{Id, ServerNotification, ThreadItem};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The text and items of one turn, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    messages: Vec<Message>,
    /// Where each of them is, by its item: a server may have begun many.
    places: HashMap<Id, usize>,
    /// Where the message is that was added to last, which is the one that grows nearly always; a guess.
    latest: usize,
    items: Vec<Arc<ThreadItem>>,
    /// Whether items are let go of that the text is not made of.
    messages_alone: bool,
    raw_text: String,
}

/// One message of the assistant.
#[derive(Debug)]
struct Message {
    item_id: Id,
    /// The deltas so far; given up for the text of the finished item, which lacks nothing of what was missed.
    streamed: String,
    finished: Option<Arc<ThreadItem>>,
}

impl Transcript {
    /// Takes in what `notification` adds.
    pub(super) fn absorb(&mut self, notification: &ServerNotification) {
        match notification {
            ServerNotification::ItemAgentMessageDelta(delta) => {
                self.message(&delta.item_id).streamed.push_str(&delta.delta);
            }
            ServerNotification::ItemStarted(started) => {
                if let ThreadItem::AgentMessage(message) = &*started.item {
                    self.message(&message.id);
                }
            }
            ServerNotification::ItemCompleted(completed) => self.add(Arc::clone(&completed.item)),
            ServerNotification::Unrecognized { method, params } if method == raw_item::METHOD => {
                self.raw_text.extend(raw_item::assistant_text(params));
            }
            _ => {}
        }
    }

    /// Puts items at the beginning that finished before any event was seen, unless they were seen.
    #[inline]
    pub(super) fn prepend(&mut self, earlier: Vec<ThreadItem>) {
        let mut before = Self { messages_alone: self.messages_alone, ..Self::default() };
        for item in earlier.into_iter().map(Arc::new) {
            before.add(item);
        }
        let known: HashSet<Id> =
            before.items.iter().filter_map(|item| item.id().cloned()).collect();
        let is_new = |item: &Arc<ThreadItem>| item.id().is_none_or(|id| !known.contains(id));
        before.items.extend(self.items.drain(..).filter(is_new));
        for message in self.messages.drain(..).filter(|message| !known.contains(&message.item_id)) {
            before.push(message);
        }
        before.raw_text = std::mem::take(&mut self.raw_text);
        *self = before;
    }

    /// Lets go of all items that are no messages of the assistant, from now on.
    pub(super) fn keep_messages_alone(&mut self) {
        self.messages_alone = true;
        self.items.retain(|item| is_message(item));
    }

    /// The finished items that are kept, in order.
    pub(super) fn items(&self) -> &[Arc<ThreadItem>] {
        &self.items
    }

    /// The assistant's text. With `unfinished`, messages that never completed count too: those of a turn that
    /// completed were given up by the server and repeated.
    pub(super) fn text(&self, unfinished: bool) -> String {
        if self.messages.is_empty() {
            return self.raw_text.clone();
        }
        let parts = self.messages.iter().map(|message| match &message.finished {
            Some(item) => message.finished_text(item),
            None if unfinished => &message.streamed,
            None => "",
        });
        // All at once, for there may be much of it.
        let mut text = String::with_capacity(parts.clone().map(str::len).sum());
        text.extend(parts);
        text
    }

    /// Adds a finished item.
    fn add(&mut self, item: Arc<ThreadItem>) {
        if let ThreadItem::AgentMessage(finished) = &*item {
            let message = self.message(&finished.id);
            if !finished.text.is_empty() {
                message.streamed = String::new();
            }
            message.finished = Some(Arc::clone(&item));
        }
        if !self.messages_alone || is_message(&item) {
            self.items.push(item);
        }
    }

    /// The message with this id, made if it is new.
    fn message(&mut self, item_id: &Id) -> &mut Message {
        let is_it = |message: &Message| message.item_id == *item_id;
        if !self.messages.get(self.latest).is_some_and(is_it) {
            self.latest = match self.places.get(item_id) {
                Some(place) => *place,
                None => self.push(Message {
                    item_id: item_id.clone(),
                    streamed: String::new(),
                    finished: None,
                }),
            };
        }
        &mut self.messages[self.latest]
    }

    /// Adds a message, and gives its place.
    fn push(&mut self, message: Message) -> usize {
        let place = self.messages.len();
        self.places.insert(message.item_id.clone(), place);
        self.messages.push(message);
        place
    }
}

impl Message {
    /// What the finished item says, or its deltas if it says nothing.
    fn finished_text<'a>(&'a self, item: &'a ThreadItem) -> &'a str {
        match item {
            ThreadItem::AgentMessage(finished) if !finished.text.is_empty() => &finished.text,
            _ => &self.streamed,
        }
    }
}

fn is_message(item: &ThreadItem) -> bool {
    matches!(item, ThreadItem::AgentMessage(_))
}

#[cfg(test)]
mod tests {
    use super::Transcript;
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

    fn delta(item: &str, text: &str) -> ServerNotification {
        notification("item/agentMessage/delta", json!({ "itemId": item, "delta": text }))
    }

    fn message(id: &str, text: &str) -> Value {
        json!({ "type": "agentMessage", "id": id, "text": text })
    }

    #[test]
    fn a_piece_finds_its_message_whichever_grew_last() {
        let mut transcript = Transcript::default();
        for (item, text) in [("a", "1"), ("b", "x"), ("a", "2"), ("a", "3"), ("b", "y")] {
            transcript.absorb(&delta(item, text));
        }
        let item = message("c", "!");
        let completed = json!({ "item": item, "completedAtMs": 1 });
        transcript.absorb(&notification("item/completed", completed));
        transcript.absorb(&delta("a", "4"));
        assert_eq!((transcript.text(true).as_str(), &*transcript.text(false)), ("1234xy!", "!"));
        // Every message has another place from now on.
        transcript.prepend(vec![serde_json::from_value(message("d", "0")).unwrap()]);
        transcript.absorb(&delta("b", "z"));
        assert_eq!((transcript.text(true).as_str(), &*transcript.text(false)), ("01234xyz!", "0!"));
    }

    #[test]
    fn what_is_no_message_is_let_go_of_when_it_came_before_and_when_it_comes_after() {
        let completed = |item: Value| {
            notification("item/completed", json!({ "item": item, "completedAtMs": 1 }))
        };
        let other = |id: &str| json!({ "type": "contextCompaction", "id": id });
        let mut transcript = Transcript::default();
        for item in [other("1"), message("a", "A"), other("2")] {
            transcript.absorb(&completed(item));
        }
        let ids = |transcript: &Transcript| -> Vec<String> {
            transcript.items().iter().map(|item| item.id().unwrap().to_string()).collect()
        };
        assert_eq!(ids(&transcript), ["1", "a", "2"]);
        transcript.keep_messages_alone();
        assert_eq!(ids(&transcript), ["a"]);
        for item in [other("3"), message("b", "B")] {
            transcript.absorb(&completed(item));
        }
        let earlier = [other("0"), message("z", "Z"), other("1"), message("a", "A")];
        transcript.prepend(earlier.map(|item| serde_json::from_value(item).unwrap()).into());
        assert_eq!(
            (ids(&transcript), &*transcript.text(false)),
            (["z", "a", "b"].map(str::to_owned).into(), "ZAB",)
        );
    }
}
