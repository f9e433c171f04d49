//! What a thread is to achieve.

use crate::call::{Call, awaitable};
use crate::connection::Outgoing;
use crate::options::{opaque_debug, setters};
use crate::thread::Thread;
use codex_protocol::{
    ThreadGoal, ThreadGoalClearParams, ThreadGoalGetParams, ThreadGoalSetParams, ThreadGoalStatus,
};

impl Thread {
    /// The thread's goal, if it has one (`thread/goal/get`).
    ///
    /// # Errors
    /// Those of every request.
    #[inline]
    pub fn goal(&self) -> Call<Option<ThreadGoal>> {
        let thread = self.clone();
        Call::new(async move {
            let params = ThreadGoalGetParams::new(thread.id().clone());
            let connection = thread.codex().connection();
            Ok(connection.request(&params, Outgoing::default()).await?.goal)
        })
    }

    /// Gives the thread a goal (`thread/goal/set`), which the server pursues over several turns.
    pub fn set_goal(&self, objective: impl Into<String>) -> GoalSet {
        let params = ThreadGoalSetParams::new(self.id().clone()).objective(objective);
        GoalSet { thread: self.clone(), params }
    }

    /// Changes where the thread's goal stands, such as to [`Paused`](ThreadGoalStatus::Paused) (`thread/goal/set`).
    pub fn set_goal_status(&self, status: ThreadGoalStatus) -> GoalSet {
        let params = ThreadGoalSetParams::new(self.id().clone()).status(status);
        GoalSet { thread: self.clone(), params }
    }

    /// Takes the thread's goal away (`thread/goal/clear`); whether there was one.
    ///
    /// # Errors
    /// Those of every request.
    #[inline]
    pub fn clear_goal(&self) -> Call<bool> {
        let thread = self.clone();
        Call::new(async move {
            let params = ThreadGoalClearParams::new(thread.id().clone());
            let connection = thread.codex().connection();
            Ok(connection.request(&params, Outgoing::default()).await?.cleared)
        })
    }
}

/// Sets a thread's goal; made by [`Thread::set_goal`] and [`Thread::set_goal_status`].
#[derive(Clone)]
#[must_use = "nothing is set before this is awaited"]
pub struct GoalSet {
    thread: Thread,
    params: ThreadGoalSetParams,
}

impl GoalSet {
    pub(crate) fn params_mut(&mut self) -> &mut ThreadGoalSetParams {
        &mut self.params
    }

    setters! {
        /// What is to be achieved.
        optional objective: String,
        /// On whose behalf the goal changes.
        optional origin: codex_protocol::ThreadGoalMutationOrigin,
        /// Where the goal stands.
        optional status: ThreadGoalStatus,
        /// How many tokens may be spent on it.
        nullable token_budget: i64,
    }

    /// The call as a named future.
    ///
    /// # Errors
    /// [`Error::Rpc`](crate::Error::Rpc) if the server refuses, as where the feature `goals` is off, and those of
    /// every request.
    #[inline]
    pub fn send(self) -> Call<ThreadGoal> {
        Call::new(async move {
            let connection = self.thread.codex().connection();
            Ok(connection.request(&self.params, Outgoing::default()).await?.goal)
        })
    }
}

opaque_debug!(GoalSet);
awaitable!(GoalSet => ThreadGoal);
