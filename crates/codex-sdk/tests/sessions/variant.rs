//! Sessions that the server might as well have had: the same, told in another order, and among other things.

use crate::session::{Entry, Message, Said, Sent, Session};
use codex_sdk::protocol::{RequestId, ServerNotification};
use fastrand::Rng;
use std::sync::Arc;

/// The session, or two of them at once, with legal changes and with what means nothing to the client.
pub(crate) fn variant(sessions: &[Session], rng: &mut Rng) -> Vec<Entry> {
    let session = &sessions[rng.usize(..sessions.len())];
    let mut entries = session.entries.clone();
    if rng.bool() {
        let other = &sessions[rng.usize(..sessions.len())];
        if !(asks(session) && asks(other)) {
            entries = merged(&entries, &elsewhere(other), rng);
        }
    }
    for index in 0..entries.len() {
        if rng.bool() {
            delay_answer(&mut entries, index, rng);
        }
    }
    for _ in 0..rng.usize(..12) {
        let noise = noise(sessions, &entries, rng);
        let at = rng.usize(beginning(&entries)..=entries.len());
        entries.insert(at, Entry::server(noise));
    }
    entries
}

/// The first place at which anything may come.
pub(crate) fn beginning(entries: &[Entry]) -> usize {
    let introduced = |entry: &Entry| matches!(entry, Entry::Client(sent) if sent.id.is_none());
    entries.iter().position(introduced).unwrap() + 1
}

/// The same message of a thread that this client has nothing to do with.
pub(crate) fn of_stranger(text: &str) -> Said {
    Said::new(&text.replace("-7000-8000-", "-7000-9999-"))
}

/// Whether its server has asked something.
pub(crate) fn asks(session: &Session) -> bool {
    let request = |entry: &Entry| match entry {
        Entry::Server(said) => matches!(said.message, Message::Request { .. }),
        Entry::Client(_) => false,
    };
    session.entries.iter().any(request)
}

/// The session with other threads and other ids, and without its introduction.
fn elsewhere(session: &Session) -> Vec<Entry> {
    const APART: i64 = 100;
    let rename = |text: &str| text.replace("-7000-8000-", "-7000-8001-");
    let entry = |entry: &Entry| match entry {
        Entry::Client(sent) => {
            let id = sent.request().map(|id| RequestId::Integer(id + APART));
            let params = serde_json::from_str(&rename(&sent.params.to_string())).unwrap();
            let id = id.or_else(|| sent.id.clone());
            Entry::Client(Arc::new(Sent { method: sent.method.clone(), id, params }))
        }
        Entry::Server(said) => {
            let text = rename(said.text());
            match said.message {
                Message::Answer { id, .. } => {
                    let rest = text.strip_prefix(&format!("{{\"id\":{id},")).unwrap();
                    Entry::server(Said::new(&format!("{{\"id\":{},{rest}", id + APART)))
                }
                _ => Entry::server(Said::new(&text)),
            }
        }
    };
    session.entries[beginning(&session.entries)..].iter().map(entry).collect()
}

/// Both at once, each in its own order. The program makes one call at a time.
fn merged(one: &[Entry], other: &[Entry], rng: &mut Rng) -> Vec<Entry> {
    let introduction = beginning(one);
    let mut merged = one[..introduction].to_vec();
    let mut sides = [one[introduction..].iter().peekable(), other.iter().peekable()];
    // Whose call is not done yet.
    let mut calling: Option<(usize, i64, bool)> = None;
    loop {
        let mut side = rng.usize(..2);
        let blocked = |side: usize, next: Option<&&Entry>| match (next, calling) {
            (Some(Entry::Client(sent)), Some((caller, ..))) => {
                sent.request().is_some() && caller != side
            }
            (next, _) => next.is_none(),
        };
        if blocked(side, sides[side].peek()) {
            side = 1 - side;
        }
        let Some(entry) = sides[side].next() else { return merged };
        match entry {
            Entry::Client(sent) => {
                if let Some(id) = sent.request() {
                    let compacts = sent.method.as_deref() == Some("thread/compact/start");
                    calling = Some((side, id, compacts));
                }
            }
            Entry::Server(said) => {
                let done = calling.is_some_and(|(caller, request, compacts)| match said.message {
                    Message::Answer { id, .. } => id == request && !compacts,
                    Message::Notification(ServerNotification::TurnStarted(_)) => {
                        caller == side && compacts
                    }
                    _ => false,
                });
                if done {
                    calling = None;
                }
            }
        }
        merged.push(entry.clone());
    }
}

/// Moves an answer behind some of what it is about, as a server may that does two things at once.
fn delay_answer(entries: &mut Vec<Entry>, index: usize, rng: &mut Rng) {
    let Entry::Server(said) = &entries[index] else { return };
    let Message::Answer { id, .. } = said.message else { return };
    let starts = |entry: &Entry| match entry {
        Entry::Client(sent) => {
            let method = sent.method.as_deref();
            let starts = ["turn/start", "review/start", "thread/compact/start"];
            sent.request() == Some(id) && method.is_some_and(|method| starts.contains(&method))
        }
        Entry::Server(_) => false,
    };
    if !entries[..index].iter().any(starts) {
        return;
    }
    let following = entries[index + 1..].iter();
    let most = following.take_while(|entry| matches!(entry, Entry::Server(_))).count();
    let answer = entries.remove(index);
    entries.insert(index + rng.usize(..=most), answer);
}

/// A frame that changes nothing for any turn of this client.
fn noise(sessions: &[Session], entries: &[Entry], rng: &mut Rng) -> Said {
    let thread = "00000000-0000-7000-8000-000000000001";
    match rng.u8(..10) {
        0 => Said::new(r#"{"id":4711,"result":{"turn":{"id":"nobody's"}}}"#),
        1 => Said::new(r#"{"id":-1,"error":{"code":-32600,"message":"what?"}}"#),
        2 => Said::new(r#"{"id":"a name","result":null}"#),
        3 => Said::new(r#"{"method":"brand/new","params":{"value":[1,2,3]}}"#),
        4 => Said::new(&format!(
            r#"{{"method":"brand/new","params":{{"threadId":"{thread}","turnId":"nobody's"}}}}"#
        )),
        5 => Said::new(r#"{"method":"item/agentMessage/delta","params":{"threadId":5}}"#),
        6 => Said::new(&format!(
            r#"{{"method":"item/agentMessage/delta","params":{{"threadId":"{thread}","turnId":"nobody's","itemId":"i","delta":"{}"}}}}"#,
            "x".repeat(rng.usize(..100_000)),
        )),
        7 => {
            let garbage: [&[u8]; 5] =
                [b"null", b"{", b"[{\"id\":1}]", b"\xff\xfe{}", b"node: a warning"];
            Said::lines(garbage[rng.usize(..5)]).remove(0)
        }
        8 => match repeated_answer(entries, rng) {
            Some(said) => said,
            None => Said::new("no answer yet"),
        },
        _ => {
            let entries = &sessions[rng.usize(..sessions.len())].entries;
            match &entries[rng.usize(beginning(entries)..entries.len())] {
                Entry::Server(said) if matches!(said.message, Message::Notification(_)) => {
                    of_stranger(said.text())
                }
                _ => Said::new("{}"),
            }
        }
    }
}

/// An answer to a request that was never made.
fn repeated_answer(entries: &[Entry], rng: &mut Rng) -> Option<Said> {
    let Entry::Server(said) = &entries[rng.usize(..entries.len())] else { return None };
    let Message::Answer { id, .. } = said.message else { return None };
    let rest = said.text().strip_prefix(&format!("{{\"id\":{id},"))?;
    Some(Said::new(&format!("{{\"id\":{},{rest}", id + 1_000_000)))
}

impl Entry {
    pub(crate) fn server(said: Said) -> Self {
        Self::Server(Arc::new(said))
    }
}
