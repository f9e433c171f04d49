//! Plays one turn.

use std::sync::Arc;

use codex_protocol::{
    ActiveThreadStatus, AgentMessageDeltaNotification, ErrorNotification, Id,
    ItemCompletedNotification, ItemStartedNotification, MessagePhase, RequestId, RpcError,
    ServerRequestResolvedNotification, ThreadItem, ThreadStatus, ThreadStatusChangedNotification,
    ThreadTokenUsage, ThreadTokenUsageUpdatedNotification, TokenUsageBreakdown, Turn,
    TurnCompletedNotification, TurnError, TurnItemsView, TurnStartedNotification, TurnStatus,
    UserInput, UserMessageThreadItem,
};
use serde_json::Value;
use tokio::sync::{oneshot, watch};

use super::connection::Live;
use super::turn::{End, NOW, NOW_MS, Question, Step, message};
use super::{MockTurn, Place};

pub(super) struct Player {
    live: Arc<Live>,
    thread_id: Id,
    turn_id: Id,
    input: Vec<UserInput>,
    /// The message that deltas go on with.
    open: Option<(Id, String)>,
    /// The last whole message.
    answer: Option<ThreadItem>,
}

/// How a turn came to its end.
enum Outcome {
    Completed,
    Interrupted,
    Failed(TurnError),
    HungUp,
}

impl Player {
    pub(super) fn new(live: Arc<Live>, thread_id: Id, turn_id: Id, input: Vec<UserInput>) -> Self {
        Self { live, thread_id, turn_id, input, open: None, answer: None }
    }

    pub(super) async fn play(mut self, turn: MockTurn, mut interrupted: watch::Receiver<bool>) {
        self.begin();
        let steps = self.steps(turn, interrupted.clone());
        let outcome = tokio::select! {
            // The client was told that the turn is interrupted, whatever else could go on by now.
            biased;
            _ = interrupted.wait_for(|interrupted| *interrupted) => Outcome::Interrupted,
            outcome = steps => outcome,
        };
        self.end(outcome);
    }

    fn begin(&mut self) {
        self.status(ThreadStatus::Active(ActiveThreadStatus::new(vec![])));
        let turn = self.turn(TurnStatus::InProgress).started_at(NOW);
        self.live.wire.notify(&TurnStartedNotification::new(self.thread_id.clone(), turn));
        let input = std::mem::take(&mut self.input);
        let said = UserMessageThreadItem::new(input, self.place().item_id);
        self.item(ThreadItem::UserMessage(said.clone()), ThreadItem::UserMessage(said));
    }

    async fn steps(&mut self, turn: MockTurn, interrupted: watch::Receiver<bool>) -> Outcome {
        for step in turn.steps {
            if !matches!(step, Step::Delta(_) | Step::Hold(_) | Step::Delay(_)) {
                self.close_message();
            }
            match step {
                Step::Delta(text) => self.delta(&text),
                Step::Message { text, phase } => self.message(text, phase),
                Step::Item(make) => {
                    let (begun, done) = make(&self.place());
                    self.item(begun, done);
                }
                Step::Notify(send) => send(&self.place(), &self.live.wire),
                Step::Ask(question) => {
                    if self.ask(question, &interrupted).await.is_break() {
                        return Outcome::Interrupted;
                    }
                }
                Step::Usage(usage) => self.usage(usage),
                Step::Retrying(error) => self.error(error, true),
                Step::Hold(gate) => gate.pass().await,
                Step::Delay(delay) => tokio::time::sleep(delay).await,
            }
        }
        match turn.end {
            End::Completed => Outcome::Completed,
            End::Failed(error) => Outcome::Failed(error),
            End::Open => std::future::pending().await,
            End::HungUp => Outcome::HungUp,
        }
    }

    fn end(mut self, outcome: Outcome) {
        let turn = match outcome {
            Outcome::HungUp => return self.live.wire.hang_up(),
            Outcome::Completed => {
                self.close_message();
                let mut turn = self.turn(TurnStatus::Completed);
                turn.items = self.answer.take().into_iter().collect();
                turn.items_view(TurnItemsView::Summary)
            }
            Outcome::Interrupted => self.turn(TurnStatus::Interrupted),
            Outcome::Failed(error) => {
                self.status(ThreadStatus::SystemError);
                self.error(error.clone(), false);
                self.turn(TurnStatus::Failed).error(error)
            }
        };
        // Before the client can know: it may start the next turn at once.
        self.live.state().running.remove(&self.thread_id);
        if turn.status != TurnStatus::Failed {
            self.status(ThreadStatus::Idle);
        }
        let turn = turn.started_at(NOW).completed_at(NOW).duration_ms(1);
        self.live.wire.notify(&TurnCompletedNotification::new(self.thread_id.clone(), turn));
    }

    fn turn(&self, status: TurnStatus) -> Turn {
        Turn::new(self.turn_id.clone(), vec![], status).items_view(TurnItemsView::NotLoaded)
    }

    fn status(&self, status: ThreadStatus) {
        let changed = ThreadStatusChangedNotification::new(status, self.thread_id.clone());
        self.live.wire.notify(&changed);
    }

    fn place(&self) -> Place {
        let item_id = self.live.shared.story().item_id();
        Place { thread_id: self.thread_id.clone(), turn_id: self.turn_id.clone(), item_id }
    }

    fn delta(&mut self, text: &str) {
        if self.open.is_none() {
            let id = self.place().item_id;
            self.started(ThreadItem::AgentMessage(message(id.clone(), "")));
            self.open = Some((id, String::new()));
        }
        if let Some((id, whole)) = &mut self.open {
            whole.push_str(text);
            let (thread_id, turn_id) = (self.thread_id.clone(), self.turn_id.clone());
            let delta = AgentMessageDeltaNotification::new(text, id.clone(), thread_id, turn_id);
            self.live.wire.notify(&delta);
        }
    }

    fn message(&mut self, text: String, phase: Option<MessagePhase>) {
        let id = self.place().item_id;
        let mut begun = message(id.clone(), "");
        begun.phase.clone_from(&phase);
        self.started(ThreadItem::AgentMessage(begun));
        let (thread_id, turn_id) = (self.thread_id.clone(), self.turn_id.clone());
        let delta = AgentMessageDeltaNotification::new(&*text, id.clone(), thread_id, turn_id);
        self.live.wire.notify(&delta);
        let mut done = message(id, &text);
        done.phase = phase;
        let done = ThreadItem::AgentMessage(done);
        self.answer = Some(done.clone());
        self.completed(done);
    }

    fn close_message(&mut self) {
        if let Some((id, text)) = self.open.take() {
            let done = ThreadItem::AgentMessage(message(id, &text));
            self.answer = Some(done.clone());
            self.completed(done);
        }
    }

    /// Asks and waits; breaks off if the client cancels.
    async fn ask(
        &mut self,
        question: Question,
        interrupted: &watch::Receiver<bool>,
    ) -> std::ops::ControlFlow<()> {
        let place = self.place();
        let decided = question.item.map(|make| make(&place));
        if let Some(decided) = &decided {
            self.started(decided.asked.clone());
        }
        let id = self.live.shared.story().request_id();
        let (answered, answer) = oneshot::channel();
        self.live.state().waiting.insert(id, answered);
        let (live, thread_id) = (self.live.clone(), self.thread_id.clone());
        let mut open = OpenQuestion::new(live, thread_id, id, interrupted.clone());
        open.open(format!("{}, asked in {}", question.method, self.turn_id));
        (question.send)(&place, &self.live.wire, id);
        let answer = match answer.await {
            Ok(answer) => answer,
            // The connection has ended, and this task with it.
            Err(_) => std::future::pending().await,
        };
        open.answered = true;
        drop(open);
        if let Err(error) = answer.as_ref().map_or(Ok(()), |result| (question.reads)(result)) {
            let complaint = format!("the answer to {} is not one: {error}", question.method);
            self.live.shared.story().complaints.push(complaint);
        }
        let decision = decision(&answer);
        self.live.shared.story().answered.push((question.method, answer));
        match (decided, decision) {
            (None, _) => {}
            (Some(_), Decision::Cancel) => return std::ops::ControlFlow::Break(()),
            (Some(decided), Decision::Accept) => self.completed(decided.accepted),
            (Some(decided), Decision::Decline) => self.completed(decided.declined),
        }
        std::ops::ControlFlow::Continue(())
    }

    fn usage(&self, last: TokenUsageBreakdown) {
        let total = {
            let mut state = self.live.state();
            let zero = || TokenUsageBreakdown::new(0, 0, 0, 0, 0);
            let total = state.usage.entry(self.thread_id.clone()).or_insert_with(zero);
            total.input_tokens = total.input_tokens.saturating_add(last.input_tokens);
            total.output_tokens = total.output_tokens.saturating_add(last.output_tokens);
            total.total_tokens = total.total_tokens.saturating_add(last.total_tokens);
            total.clone()
        };
        self.live.wire.notify(&ThreadTokenUsageUpdatedNotification::new(
            self.thread_id.clone(),
            ThreadTokenUsage::new(last, total),
            self.turn_id.clone(),
        ));
    }

    fn error(&self, error: TurnError, will_retry: bool) {
        let (thread_id, turn_id) = (self.thread_id.clone(), self.turn_id.clone());
        self.live.wire.notify(&ErrorNotification::new(error, thread_id, turn_id, will_retry));
    }

    fn item(&self, begun: ThreadItem, done: ThreadItem) {
        self.started(begun);
        self.completed(done);
    }

    fn started(&self, item: ThreadItem) {
        let (thread_id, turn_id) = (self.thread_id.clone(), self.turn_id.clone());
        self.live.wire.notify(&ItemStartedNotification::new(item, NOW_MS, thread_id, turn_id));
    }

    fn completed(&self, item: ThreadItem) {
        let (thread_id, turn_id) = (self.thread_id.clone(), self.turn_id.clone());
        self.live.wire.notify(&ItemCompletedNotification::new(NOW_MS, item, thread_id, turn_id));
    }
}

/// A request that waits for its answer; withdrawn when its turn goes on or is interrupted.
struct OpenQuestion {
    live: Arc<Live>,
    thread_id: Id,
    id: i64,
    answered: bool,
    interrupted: watch::Receiver<bool>,
}

impl OpenQuestion {
    fn new(live: Arc<Live>, thread_id: Id, id: i64, interrupted: watch::Receiver<bool>) -> Self {
        Self { live, thread_id, id, answered: false, interrupted }
    }

    fn open(&mut self, what: String) {
        self.live.shared.story().open.push((self.id, what));
    }
}

impl Drop for OpenQuestion {
    fn drop(&mut self) {
        // Whoever hung up on a question has left it open, and so has a runtime that ended. One that
        // panicked was never asked.
        let withdrawn = self.answered || *self.interrupted.borrow() || std::thread::panicking();
        if !withdrawn {
            return;
        }
        self.live.state().waiting.remove(&self.id);
        self.live.shared.story().open.retain(|(id, _)| *id != self.id);
        let id = RequestId::Integer(self.id);
        self.live.wire.notify(&ServerRequestResolvedNotification::new(id, self.thread_id.clone()));
    }
}

enum Decision {
    Accept,
    Decline,
    Cancel,
}

fn decision(answer: &Result<Value, RpcError>) -> Decision {
    let Ok(result) = answer else { return Decision::Decline };
    match &result["decision"] {
        Value::String(word) if word == "accept" || word == "acceptForSession" => Decision::Accept,
        Value::String(word) if word == "cancel" => Decision::Cancel,
        // An acceptance with an amendment.
        Value::Object(_) => Decision::Accept,
        _ => Decision::Decline,
    }
}
