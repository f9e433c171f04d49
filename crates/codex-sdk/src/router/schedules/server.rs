//! A server as the real one is: it works off what it is asked in order, and says everything of a thread in order.

use codex_protocol::Id;
use fastrand::Rng;
use std::collections::VecDeque;

/// One thread of the server.
#[derive(Debug)]
pub(super) struct ServerThread {
    /// Starts that were not looked at.
    pub(super) inbox: VecDeque<i64>,
    pub(super) running: Option<Id>,
    /// What it will say.
    pub(super) outbox: VecDeque<Out>,
}

#[derive(Debug)]
pub(super) enum Out {
    /// A start was agreed to; whether it made the turn.
    Agree {
        request: i64,
        turn: Id,
        made: bool,
    },
    Refuse {
        request: i64,
    },
    Started {
        turn: Id,
    },
    Item {
        turn: Id,
        number: u64,
    },
    Completed {
        turn: Id,
    },
    Ask {
        turn: Id,
        id: i64,
    },
    Resolved {
        id: i64,
    },
}

impl ServerThread {
    pub(super) fn new() -> Self {
        Self { inbox: VecDeque::new(), running: None, outbox: VecDeque::new() }
    }

    /// Does something; `number` is of its own.
    pub(super) fn work(&mut self, number: u64, rng: &mut Rng) {
        if let Some(request) = self.inbox.pop_front() {
            return self.start(request, number, rng);
        }
        let Some(turn) = self.running.clone() else { return };
        let id = i64::try_from(number).unwrap();
        match rng.u8(..12) {
            0 => {
                self.running = None;
                self.outbox.push_back(Out::Completed { turn });
            }
            1 | 2 => self.outbox.push_back(Out::Ask { turn, id }),
            3 => self.outbox.push_back(Out::Resolved { id: id - rng.i64(1..8) }),
            _ => self.outbox.push_back(Out::Item { turn, number }),
        }
    }

    /// Says nothing more that anybody waits for.
    pub(super) fn come_to_rest(&mut self, number: u64, rng: &mut Rng) {
        while let Some(request) = self.inbox.pop_front() {
            self.start(request, number, rng);
        }
        if let Some(turn) = self.running.take() {
            self.outbox.push_back(Out::Completed { turn });
        }
    }

    fn start(&mut self, request: i64, number: u64, rng: &mut Rng) {
        if rng.u8(..6) == 0 {
            return self.outbox.push_back(Out::Refuse { request });
        }
        if let Some(turn) = self.running.clone() {
            return self.outbox.push_back(Out::Agree { request, turn, made: false });
        }
        let turn = Id::from(format!("turn-{request}"));
        self.running = Some(turn.clone());
        let agree = Out::Agree { request, turn: turn.clone(), made: true };
        let mut events = VecDeque::from([Out::Started { turn: turn.clone() }]);
        if rng.bool() {
            events.push_back(Out::Item { turn: turn.clone(), number });
            if rng.u8(..4) == 0 {
                self.running = None;
                events.push_back(Out::Completed { turn });
            }
        }
        // Its answer comes before or after any of its events.
        events.insert(rng.usize(..=events.len()), agree);
        self.outbox.append(&mut events);
    }
}
