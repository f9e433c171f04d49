//! What a server may send without end.

use crate::mutation::mutate;
use crate::session::{Entry, Message, Session};
use fastrand::Rng;

/// The thread that the client has.
pub(crate) const THREAD: &str = "00000000-0000-7000-8000-000000000001";

/// Messages that the client has no use for.
pub(crate) struct Flood {
    pub(crate) name: &'static str,
    /// How many there are.
    pub(crate) count: usize,
    make: Box<dyn Fn(usize) -> Vec<u8>>,
}

/// How many messages a flood has.
const COUNT: usize = 10_000;

/// So many that the first tenth is more requests than may be open at once.
const REQUESTS: usize = 60_000;

impl Flood {
    pub(crate) fn all() -> Vec<Self> {
        let recorded = recorded();
        vec![
            Self::new("turns of others", stranger),
            Self::new("turns that nobody knows", unknown_turn),
            Self::new("turns that begin and never end", endless_turn),
            Self::new("items that begin and never end", endless_item),
            Self::new("one end again and again", |_| {
                format!(
                    r#"{{"method":"turn/completed","params":{{"threadId":"{THREAD}","turn":{}}}}}"#,
                    turn("over", "completed")
                )
            }),
            Self::new("one item again and again", |_| {
                item(THREAD, "over", "item/completed", "the same")
            }),
            Self::new("answers to nothing", answer),
            Self::new("unknown methods", |number| {
                format!(
                    r#"{{"method":"brand/new{number:08}","params":{{"threadId":"t{number:08}","value":[1,{{}}]}}}}"#
                )
            }),
            Self::new("what cannot be read", unreadable),
            Self { count: REQUESTS, ..Self::new("requests", request) },
            Self {
                name: "recorded messages, spoilt",
                count: COUNT,
                make: Box::new(move |number| {
                    let mut rng = Rng::with_seed(number as u64);
                    mutate(&recorded[rng.usize(..recorded.len())], &mut rng)
                }),
            },
        ]
    }

    fn new(name: &'static str, make: fn(usize) -> String) -> Self {
        Self { name, count: COUNT, make: Box::new(move |number| make(number).into_bytes()) }
    }

    /// Without the end of the line.
    pub(crate) fn frame(&self, number: usize) -> Vec<u8> {
        (self.make)(number)
    }
}

/// All that the real server has said of its own accord: what answers, or wants an answer, has a flood of its own.
fn recorded() -> Vec<String> {
    let mut recorded = Vec::new();
    for entry in Session::all().iter().flat_map(|session| &session.entries) {
        let Entry::Server(said) = entry else { continue };
        if matches!(said.message, Message::Notification(_)) {
            recorded.push(said.text().to_owned());
        }
    }
    recorded
}

fn turn(id: &str, status: &str) -> String {
    format!(
        r#"{{"id":"{id}","items":[],"itemsView":"notLoaded","status":"{status}","error":null}}"#
    )
}

fn item(thread: &str, turn: &str, method: &str, id: &str) -> String {
    format!(
        r#"{{"method":"{method}","params":{{"threadId":"{thread}","turnId":"{turn}","item":{{"type":"fileChange","id":"{id}","changes":[],"status":"inProgress"}},"startedAtMs":1,"completedAtMs":1}}}}"#
    )
}

fn stranger(number: usize) -> String {
    let (kind, thread) = (number % 4, format!("stranger-{number:08}"));
    match kind {
        0 => started(&thread, "u"),
        1 => item(&thread, "u", "item/completed", "i"),
        2 => format!(
            r#"{{"method":"item/agentMessage/delta","params":{{"threadId":"{thread}","turnId":"u","itemId":"i","delta":"x"}}}}"#
        ),
        _ => format!(
            r#"{{"method":"turn/completed","params":{{"threadId":"{thread}","turn":{}}}}}"#,
            turn("u", "completed")
        ),
    }
}

/// In the client's own thread.
fn unknown_turn(number: usize) -> String {
    format!(
        r#"{{"method":"item/agentMessage/delta","params":{{"threadId":"{THREAD}","turnId":"nobody's-{number:08}","itemId":"i","delta":"x"}}}}"#
    )
}

fn started(thread: &str, id: &str) -> String {
    format!(
        r#"{{"method":"turn/started","params":{{"threadId":"{thread}","turn":{}}}}}"#,
        turn(id, "inProgress")
    )
}

fn endless_turn(number: usize) -> String {
    started(THREAD, &format!("endless-{number:08}"))
}

/// Changes of files, which are remembered for the approvals that may come for them.
fn endless_item(number: usize) -> String {
    match number {
        0 => started(THREAD, "endless"),
        _ => item(THREAD, "endless", "item/started", &format!("item-{number:08}")),
    }
}

fn answer(number: usize) -> String {
    // No id that the client could have given by then.
    let id = 1_000_000 + number;
    match number % 4 {
        0 => format!(r#"{{"id":{id},"result":{{"turn":{}}}}}"#, turn("u", "inProgress")),
        1 => format!(r#"{{"id":{id},"error":{{"code":-32600,"message":"what?"}}}}"#),
        2 => format!(r#"{{"id":"a name {number:08}","result":null}}"#),
        _ => r#"{"id":0,"result":{"again":true}}"#.to_owned(),
    }
}

fn unreadable(number: usize) -> String {
    match number % 4 {
        0 => format!(r#"{{"method":"item/completed","params":{{"threadId":{number:08}}}}}"#),
        1 => "{".repeat(1 + number % 100),
        2 => format!(r#"{{"method":"item/started","params":"{}"}}"#, "x".repeat(20_000)),
        _ => format!(r#"["{number:08}"]"#),
    }
}

/// Each with an id of its own; none is ever said to be resolved.
fn request(number: usize) -> String {
    match number % 10 {
        0 => format!(
            r#"{{"method":"brand/new","id":"{number:08}","params":{{"threadId":"{THREAD}"}}}}"#
        ),
        1..9 => format!(
            r#"{{"method":"item/commandExecution/requestApproval","id":"{number:08}","params":{{"threadId":"{THREAD}","turnId":"nobody's","itemId":"i","startedAtMs":1,"command":"rm -rf /"}}}}"#
        ),
        _ => format!(
            r#"{{"method":"item/tool/call","id":"{number:08}","params":{{"threadId":"stranger","turnId":"u","callId":"c","tool":"t","arguments":{{}}}}}}"#
        ),
    }
}
