//! Sessions with faults: messages lost, doubled, swapped, misdirected and garbled.

use crate::mutation::mutate;
use crate::session::{Entry, Message, Said, Session};
use crate::variant::beginning;
use fastrand::Rng;

/// The session after a few faults of the server.
pub(crate) fn spoilt(session: &Session, rng: &mut Rng) -> Vec<Entry> {
    let mut entries = session.entries.clone();
    // Without an introduction there is no session, so most faults come after it.
    let first = if rng.u8(..8) == 0 { 0 } else { beginning(&entries) };
    for _ in 0..rng.usize(1..5) {
        let at = rng.usize(first..entries.len());
        fault(&mut entries, first, at, rng);
    }
    entries
}

fn fault(entries: &mut Vec<Entry>, first: usize, at: usize, rng: &mut Rng) {
    let Entry::Server(said) = &entries[at] else { return };
    let said = said.clone();
    let elsewhere = rng.usize(first..entries.len());
    let fault = rng.u8(..10);
    let replacement = match fault {
        0 => Vec::new(),
        1 => {
            entries.insert(elsewhere, Entry::Server(said));
            return;
        }
        2 => {
            if matches!(entries[elsewhere], Entry::Server(_)) {
                entries.swap(at, elsewhere);
            }
            return;
        }
        3 => {
            let entry = entries.remove(at);
            entries.insert(elsewhere.min(entries.len()), entry);
            return;
        }
        4 => vec![misdirected(&said, rng)],
        5 => match std::str::from_utf8(&said.bytes) {
            Ok(text) => without_body(text, rng),
            Err(_) => return,
        },
        6 => {
            let huge = format!(
                r#"{{"method":"brand/new","params":"{}"}}"#,
                "x".repeat(rng.usize(..1 << 17))
            );
            vec![Said::new(&huge)]
        }
        _ => match std::str::from_utf8(&said.bytes) {
            Ok(text) if serde_json::from_str::<serde_json::Value>(text).is_ok() => {
                Said::lines(&mutate(text, rng))
            }
            _ => return,
        },
    };
    entries.splice(at..=at, replacement.into_iter().map(Entry::server));
}

/// With another id: of a request, a thread, a turn or an item.
fn misdirected(said: &Said, rng: &mut Rng) -> Said {
    let Ok(text) = std::str::from_utf8(&said.bytes) else {
        return Said::lines(&said.bytes).remove(0);
    };
    if let Message::Answer { id, .. } = said.message {
        let other = rng.i64(-1..8);
        return Said::new(&text.replacen(&format!("\"id\":{id}"), &format!("\"id\":{other}"), 1));
    }
    let id = |number: u8| format!("00000000-0000-7000-8000-00000000000{number}");
    let (from, to) = (id(rng.u8(1..6)), id(rng.u8(1..6)));
    Said::new(&text.replace(&from, &to))
}

/// With params or a result that say nothing.
fn without_body(text: &str, rng: &mut Rng) -> Vec<Said> {
    let mut frame: serde_json::Map<_, _> = match serde_json::from_str(text) {
        Ok(frame) => frame,
        Err(_) => return Said::lines(text.as_bytes()),
    };
    let bodies = ["null", "{}", "[]", "1e308", "\"\"", "{\"turn\":{\"id\":\"\"}}"];
    let body: serde_json::Value = serde_json::from_str(bodies[rng.usize(..6)]).unwrap();
    for name in ["params", "result", "error"] {
        if frame.contains_key(name) {
            frame.insert(name.to_owned(), body.clone());
        }
    }
    Said::lines(serde_json::Value::Object(frame).to_string().as_bytes())
}
