//! What must be true of a session that ends after some of its messages, told by the messages alone.
//!
//! It knows nothing of the SDK's router, and is written the plain way: a list of turns, looked through for each message.

use crate::driver::{Consumption, request_name};
use crate::seen::{Fate, Outcome, Partial, Said, Seen, SeenTurn};
use crate::session::{Entry, Message, Reading, Sent};
use codex_sdk::Stats;
use codex_sdk::protocol::{Id, ServerNotification as N, ThreadItem, TurnStatus};
use serde_json::Value;
use std::sync::Arc;

/// What a client sees to whom these messages came, and then the end.
pub(crate) fn expected(played: &[Entry], consumption: Consumption) -> Seen {
    let mut model = Model::new(consumption);
    for (index, entry) in played.iter().enumerate() {
        match entry {
            Entry::Client(sent) => model.client(index, sent),
            Entry::Server(said) => model.server(&said.message),
        }
    }
    model.end()
}

struct Model {
    consumption: Consumption,
    seen: Seen,
    /// The requests that were not answered, and the calls that they are.
    open: Vec<(i64, usize)>,
    /// Threads in which a turn is being started.
    claims: Vec<Claim>,
    turns: Vec<ModelTurn>,
    /// Interrupts that were not answered, and their turns.
    interrupts: Vec<(i64, Id)>,
    introduced: bool,
    listening: bool,
}

struct Claim {
    request: i64,
    thread_id: Id,
    /// Whether the server agreed without naming the turn.
    agreed: bool,
    held: Vec<Piece>,
}

struct ModelTurn {
    thread_id: Id,
    id: Id,
    said: Vec<Said>,
    ended: bool,
}

/// A message with its address.
struct Piece {
    said: Said,
    thread_id: Option<Id>,
    turn_id: Option<Id>,
}

impl Model {
    fn new(consumption: Consumption) -> Self {
        Self {
            consumption,
            seen: Seen { started: Some(Outcome::Lost), ..Seen::default() },
            open: Vec::new(),
            claims: Vec::new(),
            turns: Vec::new(),
            interrupts: Vec::new(),
            introduced: false,
            listening: false,
        }
    }

    fn client(&mut self, index: usize, sent: &Sent) {
        match (sent.method.as_deref(), sent.request()) {
            (Some("initialize"), _) => {}
            // Only then is the client in the hands of its user.
            (Some("initialized"), _) => self.listening = true,
            (Some(method), Some(request)) => {
                self.seen.calls.push((index, Outcome::Lost));
                self.open.push((request, self.seen.calls.len() - 1));
                if matches!(method, "turn/start" | "thread/compact/start" | "review/start") {
                    let thread_id = sent.thread_id();
                    self.claims.push(Claim { request, thread_id, agreed: false, held: Vec::new() });
                }
                if method == "turn/interrupt" {
                    let turn_id = Id::from(sent.params["turnId"].as_str().unwrap());
                    self.interrupts.push((request, turn_id));
                }
            }
            _ => {
                let id = request_name(sent.id.as_ref().unwrap());
                self.seen.requests.insert(id, Fate::Answered);
            }
        }
    }

    fn server(&mut self, message: &Message) {
        match message {
            Message::Answer { id, result } => self.answer(*id, result),
            Message::Notification(notification) => {
                let unknown = matches!(notification, N::Unrecognized { .. });
                self.seen.stats.unrecognized += u64::from(unknown);
                self.piece(Piece::of(notification));
            }
            Message::Undecoded { method, params, thread_id, turn_id } => {
                self.seen.stats.undecoded += 1;
                let said = Said::Undecoded(method.clone(), params.clone());
                let (thread_id, turn_id) = (thread_id.clone(), turn_id.clone());
                self.piece(Piece { said, thread_id, turn_id });
            }
            Message::Request { id, thread_id, turn_id, reading, .. } => {
                self.seen.stats.unrecognized += u64::from(*reading == Reading::UnknownMethod);
                self.seen.stats.undecoded += u64::from(*reading == Reading::BadParams);
                self.seen.requests.insert(request_name(id), Fate::Withdrawn);
                let said = Said::Request(id.clone());
                let (thread_id, turn_id) = (thread_id.clone(), turn_id.clone());
                self.piece(Piece { said, thread_id, turn_id });
            }
            Message::Stray => self.seen.stats.stray_answers += 1,
            Message::Malformed => self.seen.stats.malformed += 1,
        }
    }

    fn answer(&mut self, request: i64, result: &Result<Value, i64>) {
        if !self.introduced {
            self.introduced = true;
            self.seen.started = Some(Outcome::Done);
            return;
        }
        if !self.open.iter().any(|open| open.0 == request) {
            self.seen.stats.stray_answers += 1;
            return;
        }
        let claim = self.claims.iter().position(|claim| claim.request == request);
        match (result, claim) {
            (Ok(result), Some(claim)) => match result["turn"]["id"].as_str() {
                Some(turn_id) => self.bind(claim, turn_id.into()),
                None => self.agree(claim),
            },
            (Ok(_), None) => self.close(request, Outcome::Done),
            (Err(code), claim) => {
                self.close(request, Outcome::Refused(*code));
                if let Some(claim) = claim {
                    let held = self.claims.remove(claim).held;
                    held.into_iter().for_each(|piece| self.place(piece));
                }
            }
        }
    }

    fn agree(&mut self, claim: usize) {
        self.claims[claim].agreed = true;
        let started = self.claims[claim].held.iter().find_map(Piece::started).cloned();
        if let Some(turn_id) = started {
            self.bind(claim, turn_id);
        }
    }

    /// The turn that was being started has this id.
    fn bind(&mut self, claim: usize, id: Id) {
        let Claim { request, thread_id, held, .. } = self.claims.remove(claim);
        self.close(request, Outcome::Done);
        self.turns.push(ModelTurn { thread_id, id, said: Vec::new(), ended: false });
        held.into_iter().for_each(|piece| self.place(piece));
    }

    fn close(&mut self, request: i64, outcome: Outcome) {
        if let Some(open) = self.open.iter().position(|open| open.0 == request) {
            let (_, call) = self.open.remove(open);
            self.seen.calls[call].1 = outcome;
        }
    }

    /// Something about a thread in which a turn is being started waits for the answer.
    fn piece(&mut self, piece: Piece) {
        let claim = self
            .claims
            .iter_mut()
            .position(|claim| piece.thread_id.as_ref() == Some(&claim.thread_id));
        let Some(claim) = claim else { return self.place(piece) };
        let started = piece.started().cloned();
        self.claims[claim].held.push(piece);
        if let (true, Some(turn_id)) = (self.claims[claim].agreed, started) {
            self.bind(claim, turn_id);
        }
    }

    fn place(&mut self, piece: Piece) {
        let turn = self.turns.iter_mut().rev().find(|turn| !turn.ended && turn.has(&piece));
        let Some(turn) = turn else {
            if self.listening && !matches!(piece.said, Said::Request(_)) {
                self.seen.events.push(piece.said);
            }
            return;
        };
        turn.ended = match &piece.said {
            Said::Notification(notification) => matches!(notification, N::TurnCompleted(_)),
            Said::Undecoded(method, _) => method == "turn/completed",
            Said::Request(_) => false,
        };
        turn.said.push(piece.said);
        if !turn.ended {
            return;
        }
        // An interrupt of a turn that is over is done, whether it is answered or not.
        let id = turn.id.clone();
        let (done, left) = std::mem::take(&mut self.interrupts)
            .into_iter()
            .partition::<Vec<_>, _>(|(_, turn_id)| *turn_id == id);
        self.interrupts = left;
        done.into_iter().for_each(|(request, _)| self.close(request, Outcome::Done));
    }

    fn end(mut self) -> Seen {
        // Whose it was will not be known any more, but it was said.
        for claim in std::mem::take(&mut self.claims) {
            claim.held.into_iter().for_each(|piece| self.place(piece));
        }
        let consumption = self.consumption;
        let turns = self.turns.into_iter().map(|turn| turn.seen(consumption));
        let mut seen = Seen { turns: turns.collect(), ..self.seen };
        if !self.listening {
            // There may be nobody to ask: an end right behind the server's introduction may come before the client's.
            seen.stats = Stats::default();
            seen.started = seen.started.filter(|started| *started == Outcome::Lost);
        }
        seen
    }
}

impl Piece {
    fn of(notification: &N) -> Self {
        let (thread_id, turn_id) = match notification {
            N::Unrecognized { params, .. } => {
                let id = |name: &str| params[name].as_str().map(Id::from);
                (id("threadId"), id("turnId"))
            }
            known => (known.thread_id().cloned(), known.turn_id().cloned()),
        };
        Self { said: Said::Notification(notification.clone()), thread_id, turn_id }
    }

    fn started(&self) -> Option<&Id> {
        match &self.said {
            Said::Notification(N::TurnStarted(started)) => Some(&started.turn.id),
            _ => None,
        }
    }
}

impl ModelTurn {
    /// Whether a message is of this turn, provided that it runs.
    fn has(&self, piece: &Piece) -> bool {
        let part_of = match &piece.said {
            // A review is announced under another id.
            Said::Notification(N::TurnStarted(started)) => started.turn.root_turn_id.as_ref(),
            // It tells of the thread alone, however late it comes.
            Said::Notification(N::ThreadStarted(_)) => return false,
            _ => None,
        };
        match &piece.turn_id {
            Some(id) => *id == self.id || part_of == Some(&self.id),
            None => piece.thread_id.as_ref() == Some(&self.thread_id),
        }
    }

    fn seen(self, consumption: Consumption) -> SeenTurn {
        let result = result(&self.said);
        let outcome = if self.ended { Outcome::Done } else { Outcome::Lost };
        let said = (consumption == Consumption::Streamed).then_some(self.said);
        SeenTurn { thread_id: self.thread_id, turn_id: self.id, said, outcome, result }
    }
}

/// What the messages of a turn come to.
pub(crate) fn result(said: &[Said]) -> Partial {
    let mut partial = Partial {
        status: TurnStatus::InProgress,
        error: None,
        text: String::new(),
        items: Vec::new(),
        thread_usage: None,
    };
    // Each message of the assistant: what was streamed of it, and what it says itself.
    let mut messages: Vec<(Id, String, Option<String>)> = Vec::new();
    for said in said {
        let notification = match said {
            Said::Notification(notification) => notification,
            Said::Undecoded(method, _) if method == "turn/completed" => {
                partial.status = TurnStatus::Failed;
                continue;
            }
            Said::Undecoded(..) | Said::Request(_) => continue,
        };
        match notification {
            N::ItemAgentMessageDelta(delta) => {
                message(&mut messages, &delta.item_id).1.push_str(&delta.delta);
            }
            N::ItemStarted(started) => {
                if let ThreadItem::AgentMessage(begun) = &*started.item {
                    message(&mut messages, &begun.id);
                }
            }
            N::ItemCompleted(completed) => {
                partial.items.push(Arc::clone(&completed.item));
                if let ThreadItem::AgentMessage(finished) = &*completed.item {
                    let message = message(&mut messages, &finished.id);
                    if !finished.text.is_empty() {
                        message.1.clear();
                    }
                    message.2 = Some(finished.text.clone());
                }
            }
            N::ThreadTokenUsageUpdated(usage) => {
                partial.thread_usage = Some(usage.token_usage.clone());
            }
            N::ThreadClosed(_) | N::ThreadDeleted(_) => partial.status = TurnStatus::Interrupted,
            N::TurnCompleted(completed) => {
                partial.status = match &completed.turn.status {
                    status @ (TurnStatus::Completed | TurnStatus::Interrupted) => status.clone(),
                    _ => TurnStatus::Failed,
                };
                partial.error = completed.turn.error.clone();
            }
            _ => {}
        }
    }
    for (_, streamed, finished) in messages {
        match finished {
            Some(text) if !text.is_empty() => partial.text.push_str(&text),
            Some(_) => partial.text.push_str(&streamed),
            None if partial.status != TurnStatus::Completed => partial.text.push_str(&streamed),
            None => {}
        }
    }
    partial
}

fn message<'a>(
    messages: &'a mut Vec<(Id, String, Option<String>)>,
    id: &Id,
) -> &'a mut (Id, String, Option<String>) {
    let known = messages.iter().position(|message| message.0 == *id);
    let at = known.unwrap_or_else(|| {
        messages.push((id.clone(), String::new(), None));
        messages.len() - 1
    });
    &mut messages[at]
}
