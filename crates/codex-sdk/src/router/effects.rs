//! What the router wants done once its lock is released.

use super::waiters::Answer;
use std::task::Waker;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

/// Wake-ups and answers, collected under the lock and let loose after it.
///
/// Wakers come first: a caller whose answer arrives must find the events that came before it in their queues, and it
/// does, because those were queued under the lock.
#[derive(Debug, Default)]
#[must_use]
pub(crate) struct Effects {
    wakers: Vec<Waker>,
    ended: Vec<CancellationToken>,
    answers: Vec<(oneshot::Sender<Answer>, Answer)>,
}

impl Effects {
    pub(super) fn wake(&mut self, waker: Option<Waker>) {
        self.wakers.extend(waker);
    }

    /// Tells those who wait for the end of a turn; once is enough, more does no harm.
    pub(super) fn cancel(&mut self, ended: &CancellationToken) {
        self.ended.push(ended.clone());
    }

    pub(super) fn answer(&mut self, caller: oneshot::Sender<Answer>, answer: Answer) {
        self.answers.push((caller, answer));
    }

    /// Does it.
    pub(crate) fn fire(&mut self) {
        for waker in self.wakers.drain(..) {
            waker.wake();
        }
        for ended in self.ended.drain(..) {
            ended.cancel();
        }
        for (caller, answer) in self.answers.drain(..) {
            // A caller that stopped waiting has no use for the answer; the router has taken what it says of the state.
            let _ = caller.send(answer);
        }
    }
}
