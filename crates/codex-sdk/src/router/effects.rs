//! What the router wants done once its lock is released.

use super::waiters::Answer;
use crate::asked::{AskState, Asked};
use crate::tool::ThreadTools;
use std::sync::Arc;
use std::task::Waker;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio_util::sync::CancellationToken;

/// Wake-ups and answers, collected under the lock and let loose after it, at the latest when this is dropped.
///
/// Whatever runs foreign code is here, for that code may come back for the lock: waking, and dropping what wakes.
/// A caller whose answer arrives finds the events that came before it in their queues: those were queued under the lock.
#[derive(Debug, Default)]
#[must_use]
pub(crate) struct Effects {
    wakers: Vec<Waker>,
    ended: Vec<CancellationToken>,
    answers: Vec<(oneshot::Sender<Answer>, Answer)>,
    permits: Vec<OwnedSemaphorePermit>,
    retired: Vec<Waker>,
    passed: Vec<Arc<Asked>>,
    given_up: Vec<Arc<Asked>>,
    calls: Vec<(Arc<Asked>, Arc<ThreadTools>)>,
    tools: Vec<Arc<ThreadTools>>,
}

impl Effects {
    pub(super) fn wake(&mut self, waker: Option<Waker>) {
        self.wakers.extend(waker);
    }

    /// Drops a waker that is not needed any more.
    pub(super) fn retire(&mut self, waker: Option<Waker>) {
        self.retired.extend(waker);
    }

    /// Tells those who wait for the end of a turn; once is enough, more does no harm.
    pub(super) fn cancel(&mut self, ended: &CancellationToken) {
        self.ended.push(ended.clone());
    }

    pub(super) fn answer(&mut self, caller: oneshot::Sender<Answer>, answer: Answer) {
        self.answers.push((caller, answer));
    }

    /// Makes place for another request.
    pub(super) fn release(&mut self, permit: Option<OwnedSemaphorePermit>) {
        self.permits.extend(permit);
    }

    /// Has a request that nobody in its turn takes taken by whoever comes next.
    pub(super) fn pass(&mut self, asked: Arc<Asked>) {
        self.passed.push(asked);
    }

    /// What is to be passed on, for a test that does so itself.
    #[cfg(test)]
    pub(super) fn take_passed(&mut self) -> Vec<Arc<Asked>> {
        std::mem::take(&mut self.passed)
    }

    /// Has a request declined, or left to others.
    pub(super) fn give_up(&mut self, asked: Arc<Asked>) {
        self.given_up.push(asked);
    }

    /// Calls a tool.
    pub(super) fn call(&mut self, asked: Arc<Asked>, tools: Arc<ThreadTools>) {
        self.calls.push((asked, tools));
    }

    /// Drops tools, which are the user's code.
    pub(super) fn drop_tools(&mut self, tools: Arc<ThreadTools>) {
        self.tools.push(tools);
    }

    /// Does it.
    pub(crate) fn fire(&mut self) {
        while let Some(waker) = self.wakers.pop() {
            waker.wake();
        }
        for ended in self.ended.drain(..) {
            ended.cancel();
        }
        // Before the answers: the next request of a caller that has its answer finds the place free.
        self.permits.clear();
        for (caller, answer) in self.answers.drain(..) {
            // A caller that stopped waiting has no use for the answer; the router has taken what it says of the state.
            let _ = caller.send(answer);
        }
        self.retired.clear();
        for asked in self.passed.drain(..) {
            asked.pass_on();
        }
        for asked in self.given_up.drain(..) {
            asked.give_up(AskState::Arrived);
        }
        for (asked, tools) in self.calls.drain(..) {
            asked.call_tool(tools);
        }
        self.tools.clear();
    }
}

/// A panic between lock and `fire` must not cost others their wake-up.
impl Drop for Effects {
    fn drop(&mut self) {
        self.fire();
    }
}
