//! Where a replay stands. No waiting, no I/O.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use tokio::time::Instant;

use super::{pause, shape};
use crate::Error;
use crate::recorded::{Entry, Message, What};

/// How many of the client's frames that are still expected a story names.
const NAMED: usize = 3;

#[derive(Default)]
pub(super) struct Stage {
    entries: Vec<Entry>,
    exact: bool,
    /// Which of the client's entries it has sent.
    sent: Vec<bool>,
    /// The first entry that was not played.
    position: usize,
    /// When the entry before it was played.
    last: Option<Instant>,
    /// Recorded ids, and those that this client uses instead.
    ids: Vec<(String, String)>,
    refusals: VecDeque<String>,
    complaints: Vec<Arc<str>>,
    /// The client did what cannot be answered.
    derailed: bool,
    /// The client sends nothing more.
    input_ended: bool,
    closed: bool,
    over: bool,
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage")
            .field("entries", &self.entries.len())
            .field("position", &self.position)
            .field("complaints", &self.complaints.len())
            .field("over", &self.over)
            .finish_non_exhaustive()
    }
}

pub(super) enum Next {
    Frame(Vec<u8>),
    /// The next frame is not due.
    Later,
    /// The next move is the client's.
    Client,
    End(Error),
}

impl Stage {
    pub(super) fn begin(&mut self, entries: Vec<Entry>, exact: bool) {
        self.sent = vec![false; entries.len()];
        self.entries = entries;
        self.exact = exact;
        self.last = Some(Instant::now());
    }

    /// Takes a frame of the client.
    pub(super) fn client_sent(&mut self, frame: &str) {
        let message = Message::parse(frame.to_owned());
        let Some(index) = self.find(&message) else { return self.refuse(&message) };
        self.sent[index] = true;
        if let What::Client(recorded) = &self.entries[index].what {
            if let (true, Some(then), Some(now)) =
                (recorded.is_request(), recorded.id(), message.id())
            {
                self.ids.push((then.to_owned(), now.to_owned()));
            }
        }
        self.pass_sent();
    }

    /// When the next frame is due by the recorded clock.
    pub(super) fn due(&self) -> Option<Instant> {
        self.last?.checked_add(pause(&self.entries, self.position))
    }

    /// Plays the next frame if it is due.
    pub(super) fn next(&mut self, due: bool) -> Next {
        if let Some(refusal) = self.refusals.pop_front() {
            return Next::Frame(refusal.into_bytes());
        }
        if self.derailed {
            self.over = true;
            return Next::End(self.complaint().unwrap_or(Error::Disconnected));
        }
        if self.closed {
            return Next::End(Error::Disconnected);
        }
        let next = match self.entries.get(self.position).map(|entry| &entry.what) {
            None | Some(What::Client(_)) if self.input_ended => {
                return Next::End(Error::Disconnected);
            }
            // After its last frame a server stays.
            None | Some(What::Client(_)) => return Next::Client,
            Some(_) if !due => return Next::Later,
            Some(What::Server(message)) => {
                let id = message.id().filter(|_| message.is_answer());
                let text = match id.and_then(|id| self.id_now(id)) {
                    Some(id) => message.with_id(id),
                    None => message.text.clone(),
                };
                Next::Frame(text.into_bytes())
            }
            Some(What::Malformed(bytes)) => Next::Frame(bytes.clone()),
            Some(What::End) => {
                self.over = true;
                return Next::End(Error::Disconnected);
            }
        };
        self.advance();
        self.pass_sent();
        next
    }

    /// Takes the end of what the client sends.
    pub(super) fn end_input(&mut self) {
        self.input_ended = true;
    }

    /// Takes the client's wish to end.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// Whether the server of the recording is gone.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// The first thing that the client did and the recording lacks.
    pub(super) fn complaint(&self) -> Option<Error> {
        self.complaints.first().cloned().map(Error::OffScript)
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        if let Some(complaint) = self.complaint() {
            return Err(complaint);
        }
        let Some(expected) = self.expected() else { return Ok(()) };
        let story = format!("the recording was not played to its end: {expected}");
        Err(Error::OffScript(story.into()))
    }

    /// What this client uses instead of a recorded id.
    fn id_now(&self, recorded: &str) -> Option<&str> {
        let mut from_last = self.ids.iter().rev();
        from_last.find(|(then, _)| then == recorded).map(|(_, now)| &**now)
    }

    /// The entry that a frame of the client is: one of equal values, else one of the same structure.
    fn find(&self, message: &Message) -> Option<usize> {
        let find = |exact| {
            let mut unsent = self.unsent();
            unsent.find(|(_, _, recorded)| matches!(compare(recorded, message, exact), Fit::Same))
        };
        let found = find(true).or_else(|| if self.exact { None } else { find(false) });
        found.map(|(index, _, _)| index)
    }

    /// The client's entries that it has not sent: index, line, message.
    fn unsent(&self) -> impl Iterator<Item = (usize, usize, &Message)> {
        // Everything before the position was sent.
        let entries = self.entries.iter().zip(&self.sent).enumerate().skip(self.position);
        entries.filter_map(|(index, (entry, sent))| match &entry.what {
            What::Client(message) if !sent => Some((index, entry.line, message)),
            _ => None,
        })
    }

    fn refuse(&mut self, message: &Message) {
        let near = self.unsent().find_map(|(_, line, recorded)| {
            match compare(recorded, message, self.exact) {
                Fit::Differs(place) => Some(format!("; that of line {line} differs in {place}")),
                _ => None,
            }
        });
        let story = format!(
            "the client sent a {} that the recording lacks{}; {}",
            message.name(),
            near.unwrap_or_default(),
            self.expected().unwrap_or_else(|| "nothing more is expected".to_owned()),
        );
        match message.id().filter(|_| message.is_request()) {
            Some(id) => {
                let message = Value::from(&*story);
                let error = format!("{{\"code\":-32600,\"message\":{message}}}");
                self.refusals.push_back(format!("{{\"error\":{error},\"id\":{id}}}"));
            }
            None => self.derailed = true,
        }
        self.complaints.push(story.into());
    }

    /// What the client is still to send.
    fn expected(&self) -> Option<String> {
        let name =
            |(_, line, message): (_, _, &Message)| format!("{} (line {line})", message.name());
        let names: Vec<String> = self.unsent().take(NAMED).map(name).collect();
        if names.is_empty() {
            return None;
        }
        let more = match self.unsent().count() - names.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Some(format!("still expected: {}{more}", names.join(", ")))
    }

    /// Goes past what the client has sent.
    fn pass_sent(&mut self) {
        while self.sent.get(self.position) == Some(&true) {
            self.advance();
        }
    }

    fn advance(&mut self) {
        self.position += 1;
        self.last = Some(Instant::now());
    }
}

/// How a frame of the client compares with a recorded one.
enum Fit {
    Same,
    /// Of the same kind and method, but different here.
    Differs(String),
    Other,
}

fn compare(recorded: &Message, message: &Message, exact: bool) -> Fit {
    let same_kind =
        recorded.method == message.method && recorded.id.is_some() == message.id.is_some();
    // An answer belongs to one request of the server, whose id was played as it was.
    if !same_kind || (recorded.is_answer() && recorded.id() != message.id()) {
        return Fit::Other;
    }
    match shape::difference(&recorded.body, &message.body, exact) {
        Some(place) => Fit::Differs(place),
        None if recorded.method.is_none() && recorded.id.is_none() => {
            // No message of the protocol: the text alone says what it is.
            if recorded.text == message.text { Fit::Same } else { Fit::Other }
        }
        None => Fit::Same,
    }
}
