//! Handles of threads and turns: while there are any, the router keeps what they stand for.

use super::effects::Effects;
use super::liveness::TurnLimits;
use super::turn_state::TurnState;
use super::usage::Total;
use super::{Router, TurnKey};
use crate::turn_result::TurnResult;
use codex_protocol::{Id, Turn, TurnStatus};
use tokio_util::sync::CancellationToken;

/// What has to be known of a turn to interrupt it.
#[derive(Debug)]
pub(crate) struct Progress {
    pub(crate) state: TurnState,
    /// What an interrupt has to name.
    pub(crate) interrupt_id: Id,
    /// Cancelled once the turn has ended.
    pub(crate) ended: CancellationToken,
}

impl Router {
    /// Somebody has a handle of the thread from now on. `total` is what it has used, if it is not known already.
    pub(crate) fn open_thread(&mut self, id: &Id, total: Total) {
        self.entry(id).handles += 1;
        self.thread_used(id, total);
    }

    /// The thread has used `total`, if that is not known already.
    pub(crate) fn thread_used(&mut self, id: &Id, total: Total) {
        let entry = self.entry(id);
        if matches!(entry.total, Total::Unknown) {
            entry.total = total;
        }
    }

    /// The server has the thread loaded; `running` is the turn that it says is in progress.
    pub(crate) fn thread_loaded(&mut self, id: &Id, running: Option<Id>) {
        self.entry(id).loaded(running);
    }

    pub(crate) fn close_thread(&mut self, id: &Id) {
        if let Some(entry) = self.threads.get_mut(id) {
            entry.handles = entry.handles.saturating_sub(1);
            if entry.handles == 0 {
                self.asks.forget_tools(id);
            }
            self.prune(id);
        }
    }

    /// The turn that the request with this id has started.
    pub(crate) fn started_by(&mut self, thread_id: &Id, request: i64) -> Option<Id> {
        self.threads.get_mut(thread_id)?.started_by(request)
    }

    /// The caller of the request with this id takes up the turn that it started.
    pub(crate) fn adopt_turn(&mut self, key: TurnKey<'_>, request: i64, limits: TurnLimits) {
        let record = self.record(key);
        record.claims.retain(|claim| *claim != request);
        record.handles += 1;
        record.limit(limits);
    }

    /// Somebody takes up a turn that was not started here, or not by this handle. Whether something of it was missed.
    pub(crate) fn attach_turn(&mut self, key: TurnKey<'_>, limits: TurnLimits) -> bool {
        let is_new = self.turn(key).is_none();
        let record = self.record(key);
        if is_new {
            record.join();
        }
        record.handles += 1;
        record.limit(limits);
        record.lacks_beginning()
    }

    /// The turn's result is to have no items but the assistant's messages.
    pub(crate) fn keep_messages_alone(&mut self, key: TurnKey<'_>) {
        self.record(key).keep_messages_alone();
    }

    /// The server said what an attached turn has done so far.
    #[inline]
    pub(crate) fn catch_up(&mut self, thread_id: &Id, turn: Turn, effects: &mut Effects) {
        let key = TurnKey { thread_id, turn_id: &turn.id.clone() };
        let entry = self.entry(thread_id);
        if turn.status == TurnStatus::InProgress {
            entry.loaded(Some(turn.id.clone()));
        } else if entry.runs(&turn.id) {
            // Its `turn/completed` is still on the way, and who knows that it is over may start the next.
            entry.turn_ended(turn.id.clone());
        }
        let record = self.record(key);
        record.catch_up(turn);
        record.wake(effects);
    }

    /// Whether the thread is known to be at work on this turn.
    pub(crate) fn runs(&self, key: TurnKey<'_>) -> bool {
        self.threads.get(key.thread_id).and_then(|entry| entry.state.turn()) == Some(key.turn_id)
    }

    /// The last handle of the turn was dropped.
    pub(crate) fn release_turn(&mut self, key: TurnKey<'_>, effects: &mut Effects) {
        if let Some(record) = self.turn(key) {
            record.handles = record.handles.saturating_sub(1);
            self.prune(key.thread_id);
        }
        if self.turn(key).is_none() {
            self.pass_unwanted(key, effects);
        }
    }

    pub(crate) fn progress(&mut self, key: TurnKey<'_>) -> Progress {
        let record = self.record(key);
        Progress { state: record.state, interrupt_id: record.interrupt_id(), ended: record.ended() }
    }

    /// The turn's result as it stands.
    pub(crate) fn snapshot(&mut self, key: TurnKey<'_>) -> TurnResult {
        self.record(key).result(key.thread_id)
    }
}
