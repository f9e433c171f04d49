//! A session that breaks off anywhere: whoever waits is told, and what was seen before is not lost.
//!
//! `CODEX_CUT` runs the cases alone whose names begin with it; a failure prints the name of its case.

use crate::case::{for_each, paused};
use crate::driver::{Consumption, drive};
use crate::model;
use crate::session::{Entry, Said, Session};
use crate::stage::{Ending, Reads, Script};
use crate::variant::asks;
use std::fmt;
use std::sync::Arc;

/// Those that break off at every byte: a turn after another, a command that was declined, a retry.
const BYTE_FOR_BYTE: [&str; 3] = ["text", "command_declined", "http_500_then_ok"];

/// Where and how a session breaks off, and how it is consumed.
struct Case {
    session: Arc<Session>,
    /// How many of its messages are played.
    messages: usize,
    /// How many bytes of the one after them.
    bytes: usize,
    ending: Ending,
    reads: Reads,
    consumption: Consumption,
    closes: bool,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { session, messages, bytes, ending, reads, consumption, closes } = self;
        let name = &session.name;
        write!(f, "{name}:{messages}:{bytes}:{ending:?}:{reads:?}:{consumption:?}:{closes}")
    }
}

impl Case {
    fn check(&self) {
        let (mut played, rest) = self.session.entries.split_at(self.messages);
        let mut cut: &[u8] = &[];
        if let Some(Entry::Server(said)) = rest.first() {
            cut = &said.bytes[..self.bytes];
            // The end of the output ends a line, too.
            if self.bytes == said.bytes.len() {
                (played, cut) = (&self.session.entries[..=self.messages], &[]);
            }
        }
        let (ending, reads) = (self.ending, self.reads);
        let mut entries = played.to_vec();
        let (played, rest) = (entries.clone(), cut.to_vec());
        let script = Script { entries: played, rest, ending, reads, patience: None };
        let seen = paused(drive(script, self.consumption, self.closes));
        entries.extend(Said::lines(cut).into_iter().map(|said| Entry::Server(Arc::new(said))));
        let mut expected = model::expected(&entries, self.consumption);
        expected.forget_unseen(&seen);
        seen.assert_is(&expected);
    }
}

fn run(cases: Vec<Case>, at_least: usize) {
    assert!(cases.len() >= at_least, "only {} cases", cases.len());
    let chosen = std::env::var("CODEX_CUT").unwrap_or_default();
    let cases: Vec<_> =
        cases.into_iter().filter(|case| case.to_string().starts_with(&chosen)).collect();
    for_each(&cases, Case::check);
    println!("{} cases", cases.len());
}

fn sessions() -> Vec<Arc<Session>> {
    Session::all().into_iter().map(Arc::new).collect()
}

/// Every way to end, to read and to consume, at every boundary between two messages, of whichever side.
#[test]
fn between_any_two_messages() {
    let mut cases = Vec::new();
    for session in sessions() {
        for messages in 0..=session.entries.len() {
            for ending in Ending::ALL {
                for reads in [Reads::Together, Reads::Apart] {
                    for consumption in Consumption::ALL {
                        if consumption == Consumption::Handled && !asks(&session) {
                            continue;
                        }
                        let closes = (messages + cases.len()) % 2 == 0;
                        let session = Arc::clone(&session);
                        cases.push(Case {
                            session,
                            messages,
                            bytes: 0,
                            ending,
                            reads,
                            consumption,
                            closes,
                        });
                    }
                }
            }
        }
    }
    run(cases, 9000);
}

/// Every byte of some sessions, in the ways to end, to read and to consume by turns.
#[test]
fn at_any_byte() {
    let mut cases = Vec::new();
    for session in sessions() {
        if !BYTE_FOR_BYTE.contains(&&*session.name) {
            continue;
        }
        for (messages, entry) in session.entries.iter().enumerate() {
            let Entry::Server(said) = entry else { continue };
            for bytes in 1..=said.bytes.len() {
                let turn = cases.len();
                let ending = Ending::ALL[turn % 3];
                let reads = if turn / 3 % 2 == 0 { Reads::Together } else { Reads::Apart };
                let consumption = Consumption::ALL[turn / 6 % 3];
                let (session, closes) = (Arc::clone(&session), turn / 18 % 2 == 0);
                cases.push(Case { session, messages, bytes, ending, reads, consumption, closes });
            }
        }
    }
    run(cases, 20_000);
}
