//! A server that says the same in other ways, and one that says it wrong.
//!
//! `CODEX_MUTATED_CASES` sets how many cases each test has (those that are fast), and `CODEX_MUTATED_SEED` where they
//! start, so that another run has others; a failure prints its seed.

use crate::case::{for_each, paused};
use crate::driver::{Consumption, drive};
use crate::model;
use crate::seen::{Outcome, Said, Seen};
use crate::session::{Entry, Message, Session};
use crate::spoilt::spoilt;
use crate::stage::{Ending, Reads, Script};
use crate::variant::{beginning, of_stranger, variant};
use codex_sdk::Stats;
use codex_sdk::protocol::ServerNotification;
use fastrand::Rng;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

const VARIANTS: u64 = 2000;
const SPOILT: u64 = 3000;

struct Case {
    seed: u64,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CODEX_MUTATED_SEED={} CODEX_MUTATED_CASES=1", self.seed)
    }
}

fn cases(usual: u64) -> Vec<Case> {
    let variable = |name| {
        let text = std::env::var(name).ok()?;
        Some(text.parse::<u64>().unwrap_or_else(|error| panic!("{name}={text}: {error}")))
    };
    let first = variable("CODEX_MUTATED_SEED").unwrap_or(1);
    let count = variable("CODEX_MUTATED_CASES").unwrap_or(usual);
    (first..first.saturating_add(count)).map(|seed| Case { seed }).collect()
}

/// A session of these messages, in one of the ways to end, to read and to consume.
fn play(entries: Vec<Entry>, patience: Option<Duration>, rng: &mut Rng) -> (Seen, Consumption) {
    let ending = Ending::ALL[rng.usize(..3)];
    let reads = if rng.bool() { Reads::Together } else { Reads::Apart };
    let consumption = Consumption::ALL[rng.usize(..3)];
    let script = Script { entries, rest: Vec::new(), ending, reads, patience };
    (paused(drive(script, consumption, rng.bool())), consumption)
}

#[test]
fn what_the_server_might_as_well_have_said_comes_to_the_same() {
    let sessions = Session::all();
    for_each(&cases(VARIANTS), |case| {
        let mut rng = Rng::with_seed(case.seed);
        let entries = variant(&sessions, &mut rng);
        let (seen, consumption) = play(entries.clone(), None, &mut rng);
        let mut expected = model::expected(&entries, consumption);
        expected.forget_unseen(&seen);
        seen.assert_is(&expected);
    });
}

#[test]
fn what_the_server_says_wrong_neither_stops_the_client_nor_gets_lost() {
    let sessions = Session::all();
    for_each(&cases(SPOILT), |case| {
        let mut rng = Rng::with_seed(case.seed);
        let entries = spoilt(&sessions[rng.usize(..sessions.len())], &mut rng);
        // Shorter than the pause between two looks at the clock, at which a read begins anew.
        let patience = Some(Duration::from_millis(100));
        let (seen, consumption) = play(entries.clone(), patience, &mut rng);
        if seen.started == Some(Outcome::Done) {
            check(&entries, &seen, consumption);
        }
    });
}

/// What holds of every session, whatever the server did.
fn check(entries: &[Entry], seen: &Seen, consumption: Consumption) {
    // Each that cannot be read is counted.
    let told = model::expected(entries, consumption).stats;
    let counted = |stats: &Stats| [stats.undecoded, stats.unrecognized, stats.malformed];
    assert_eq!(counted(&seen.stats), counted(&told));

    // A turn is what its stream said, and nothing comes after its end.
    for turn in &seen.turns {
        let Some(said) = &turn.said else { continue };
        assert_eq!(turn.result, model::result(said));
        let ends = |said: &Said| match said {
            Said::Notification(notification) => {
                matches!(notification, ServerNotification::TurnCompleted(_))
            }
            Said::Undecoded(method, _) => method == "turn/completed",
            Said::Request(_) => false,
        };
        let end = said.iter().position(ends);
        assert!(end.is_none_or(|end| end == said.len() - 1), "something comes after the end");
        assert_eq!(turn.outcome == Outcome::Done, turn.result.status != "inProgress".into());
    }

    // Nothing is made up, nothing comes twice, and nothing is lost: what is in no stream is with the rest.
    let mut sent = BTreeMap::<String, i64>::new();
    for entry in &entries[beginning(entries).min(entries.len())..] {
        let Entry::Server(said) = entry else { continue };
        if let Some(name) = readable(&said.message) {
            *sent.entry(name).or_default() += 1;
        }
    }
    let streams = seen.turns.iter().filter_map(|turn| turn.said.as_ref()).flatten();
    for said in streams.chain(&seen.events) {
        if let Some(name) = name(said) {
            *sent.entry(name).or_default() -= 1;
        }
    }
    let whole = consumption == Consumption::Streamed
        && !seen.turns.iter().any(|turn| turn.outcome == Outcome::Busy);
    for (name, left) in sent {
        assert!(if whole { left == 0 } else { left >= 0 }, "{left} times too few: {name}");
    }
}

fn readable(message: &Message) -> Option<String> {
    match message {
        Message::Notification(notification) => Some(serde_json::to_string(notification).unwrap()),
        Message::Undecoded { method, params, .. } => Some(format!("{method} {params}")),
        _ => None,
    }
}

fn name(said: &Said) -> Option<String> {
    match said {
        Said::Notification(notification) => Some(serde_json::to_string(notification).unwrap()),
        Said::Undecoded(method, params) => Some(format!("{method} {params}")),
        Said::Request(_) => None,
    }
}

/// In threads of others, and in the client's own; while it starts a turn, and while it has one.
#[test]
fn ten_thousand_notifications_of_turns_that_nobody_knows_change_nothing() {
    let sessions = Session::all();
    let session = sessions.iter().find(|session| session.name == "text").unwrap();
    let stranger = |number: usize| {
        let (kind, thread) = (number % 3, number / 3);
        let text = match kind {
            0 => format!(
                r#"{{"method":"item/agentMessage/delta","params":{{"threadId":"t{thread}","turnId":"u","itemId":"i","delta":"x"}}}}"#
            ),
            1 => format!(
                r#"{{"method":"item/agentMessage/delta","params":{{"threadId":"00000000-0000-7000-8000-000000000001","turnId":"u{thread}","itemId":"i","delta":"x"}}}}"#
            ),
            _ => {
                let Entry::Server(said) = &session.entries[session.entries.len() - 1] else {
                    panic!()
                };
                return of_stranger(&said.text().replace("-9999-", &format!("-{thread:04}-")));
            }
        };
        crate::session::Said::new(&text)
    };
    let first = beginning(&session.entries);
    for at in (first..=session.entries.len()).step_by(6) {
        let mut entries = session.entries.clone();
        entries.splice(at..at, (0..10_000).map(stranger).map(Entry::server));
        for consumption in [Consumption::Streamed, Consumption::Awaited] {
            let (ending, reads) = (Ending::Eof, Reads::Together);
            let (script, rest) = (entries.clone(), Vec::new());
            let script = Script { entries: script, rest, ending, reads, patience: None };
            let seen = paused(drive(script, consumption, true));
            seen.assert_is(&model::expected(&entries, consumption));
        }
    }
}
