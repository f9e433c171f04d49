//! What a turn has produced so far: its text and its items.

use super::raw_item;
use codex_protocol::{Id, ServerNotification, ThreadItem};
use std::sync::Arc;

/// The text and items of one turn, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    messages: Vec<Message>,
    items: Vec<Arc<ThreadItem>>,
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
    pub(super) fn prepend(&mut self, earlier: Vec<ThreadItem>) {
        let mut before = Self::default();
        for item in earlier.into_iter().map(Arc::new) {
            before.add(item);
        }
        let known = |id: Option<&Id>| before.items.iter().any(|item| item.id() == id);
        self.items.retain(|item| !known(item.id()));
        self.messages.retain(|message| !known(Some(&message.item_id)));
        before.items.append(&mut self.items);
        before.messages.append(&mut self.messages);
        before.raw_text = std::mem::take(&mut self.raw_text);
        *self = before;
    }

    /// The finished items, in order.
    pub(super) fn items(&self) -> &[Arc<ThreadItem>] {
        &self.items
    }

    /// The assistant's text. With `unfinished`, messages that never completed count too: those of a turn that
    /// completed were given up by the server and repeated.
    pub(super) fn text(&self, unfinished: bool) -> String {
        if self.messages.is_empty() {
            return self.raw_text.clone();
        }
        let mut text = String::new();
        for message in &self.messages {
            match &message.finished {
                Some(item) => text.push_str(message.finished_text(item)),
                None if unfinished => text.push_str(&message.streamed),
                None => {}
            }
        }
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
        self.items.push(item);
    }

    /// The message with this id, made if it is new. The latest is the one that is asked for nearly always.
    fn message(&mut self, item_id: &Id) -> &mut Message {
        let index = match self.messages.iter().rposition(|message| message.item_id == *item_id) {
            Some(index) => index,
            None => {
                self.messages.push(Message {
                    item_id: item_id.clone(),
                    streamed: String::new(),
                    finished: None,
                });
                self.messages.len() - 1
            }
        };
        &mut self.messages[index]
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
