//! Deadlines: of requests, and of turns. The reader looks at them a few times a second.

use super::effects::Effects;
use super::{Router, TurnKey};
use crate::error::Error;
use codex_protocol::Id;
use tokio::time::Instant;

/// A turn that is to be interrupted, and what the interrupt has to name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Interrupt {
    pub(crate) thread_id: Id,
    pub(crate) turn_id: Id,
}

impl Router {
    /// Gives up the requests and turns whose time is up at `now`; the turns that are to be interrupted for that.
    pub(crate) fn sweep(&mut self, now: Instant, effects: &mut Effects) -> Vec<Interrupt> {
        for (id, waiter) in self.waiters.expired(now) {
            effects.release(waiter.permit);
            self.refuse_claim(waiter.claim.as_ref(), id, effects);
            let error = Error::Timeout { method: waiter.method, after: waiter.timeout };
            effects.answer(waiter.sender, Err(error));
        }
        self.pass_overdue(now, effects);
        let mut interrupts = Vec::new();
        if self.end.is_some() {
            return interrupts;
        }
        for (thread_id, entry) in self.threads.iter_mut() {
            for turn in entry.turns() {
                if !turn.expire(now) {
                    continue;
                }
                turn.wake_consumer(effects);
                if let Some(turn_id) = turn.stop() {
                    interrupts.push(Interrupt { thread_id: thread_id.clone(), turn_id });
                }
            }
        }
        interrupts
    }

    /// A turn is to be interrupted because nobody wants it any more; none that is over, and none twice.
    pub(crate) fn stop(&mut self, key: TurnKey<'_>) -> Option<Interrupt> {
        let turn_id = self.turn(key)?.stop()?;
        Some(Interrupt { thread_id: key.thread_id.clone(), turn_id })
    }
}
