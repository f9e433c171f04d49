//! Handles of threads and turns: while there are any, the router keeps what they stand for.

use super::effects::Effects;
use super::turn_state::TurnState;
use super::usage::Total;
use super::{Router, TurnKey};
use crate::turn_result::TurnResult;
use codex_protocol::Id;
use tokio_util::sync::CancellationToken;

impl Router {
    /// Somebody has a handle of the thread from now on. `total` is what it has used, if it is not known already.
    pub(crate) fn open_thread(&mut self, id: &Id, total: Total) {
        let entry = self.entry(id);
        entry.handles += 1;
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

    /// The caller of `turn/start` takes up the turn that its answer named.
    pub(crate) fn adopt_turn(&mut self, key: TurnKey<'_>) {
        let record = self.record(key);
        record.claim = None;
        record.handles += 1;
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

    /// How far the turn is, and what is cancelled once it has ended.
    pub(crate) fn progress(&mut self, key: TurnKey<'_>) -> (TurnState, CancellationToken) {
        let record = self.record(key);
        (record.state, record.ended())
    }

    /// The turn's result as it stands.
    pub(crate) fn snapshot(&mut self, key: TurnKey<'_>) -> TurnResult {
        self.record(key).result(key.thread_id)
    }
}
