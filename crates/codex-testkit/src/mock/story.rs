//! What the test wrote down, and what came of it.

use std::collections::{BTreeMap, VecDeque};

use codex_protocol::{Id, RpcError};
use serde_json::Value;

use super::{MockRequest, MockThread, MockTurn};

/// What a script gives for a request: made from its params.
pub(super) type Answer = Box<dyn FnOnce(Value) -> Result<Value, RpcError> + Send>;

/// The state of a server over all its connections.
#[derive(Default)]
pub(super) struct Story {
    /// For threads without turns of their own.
    pub(super) turns: VecDeque<MockTurn>,
    /// For the threads that are started next.
    pub(super) threads: VecDeque<MockThread>,
    /// The turns of threads that have their own.
    pub(super) own_turns: BTreeMap<Id, VecDeque<MockTurn>>,
    pub(super) answers: Vec<(&'static str, Answer)>,
    pub(super) sent: Vec<MockRequest>,
    /// The client's answers, with the method that was asked.
    pub(super) answered: Vec<(&'static str, Result<Value, RpcError>)>,
    /// Requests of the server that wait for an answer: method and turn.
    pub(super) open: Vec<(i64, String)>,
    /// What the client did that nothing was written down for.
    pub(super) complaints: Vec<String>,
    last_thread: u32,
    last_turn: u32,
    last_item: u32,
    last_request: i64,
}

impl Story {
    pub(super) fn thread_id(&mut self) -> Id {
        self.last_thread += 1;
        format!("thread-{}", self.last_thread).into()
    }

    pub(super) fn turn_id(&mut self) -> Id {
        self.last_turn += 1;
        format!("turn-{}", self.last_turn).into()
    }

    pub(super) fn item_id(&mut self) -> Id {
        self.last_item += 1;
        format!("item-{}", self.last_item).into()
    }

    pub(super) fn request_id(&mut self) -> i64 {
        self.last_request += 1;
        self.last_request
    }

    /// The next turn of this thread.
    pub(super) fn next_turn(&mut self, thread: &Id) -> Option<MockTurn> {
        match self.own_turns.get_mut(thread) {
            Some(turns) => turns.pop_front(),
            None => self.turns.pop_front(),
        }
    }

    /// What was written down for the next request of this method.
    pub(super) fn next_answer(&mut self, method: &str) -> Option<Answer> {
        let place = self.answers.iter().position(|(known, _)| *known == method)?;
        Some(self.answers.remove(place).1)
    }

    /// Fails if the client did anything else than was written down, or less.
    pub(super) fn check(&self) -> Result<(), String> {
        let mut complaints = self.complaints.clone();
        let own: usize = self.own_turns.values().map(VecDeque::len).sum();
        let coming: usize = self.threads.iter().map(|thread| thread.turns.len()).sum();
        match self.turns.len() + own + coming {
            0 => {}
            1 => complaints.push("1 turn was not asked for".into()),
            count => complaints.push(format!("{count} turns were not asked for")),
        }
        let unused = self.answers.iter().map(|(method, _)| method);
        complaints.extend(unused.map(|method| format!("the client did not ask {method}")));
        let open = self.open.iter().map(|(_, what)| what);
        complaints.extend(open.map(|what| format!("the client did not answer {what}")));
        if complaints.is_empty() {
            return Ok(());
        }
        let methods: Vec<_> = self.sent.iter().map(|request| &*request.method).collect();
        let sent = if methods.is_empty() { "nothing".to_owned() } else { methods.join(", ") };
        Err(format!("{} (the client sent: {sent})", complaints.join("; ")))
    }
}
