//! Starting a thread with the history of another.

use crate::call::{Call, awaitable};
use crate::codex::Codex;
use crate::connection::Outgoing;
use crate::event::Event;
use crate::events::Events;
use crate::options::{kept_tools, opaque_debug, thread_methods, thread_options};
use crate::router::Total;
use crate::thread::{Thread, ThreadHandle, ThreadSettings};
use crate::tool::OfferedTools;
use codex_protocol::{Id, ServerNotification, ThreadForkParams};
use std::sync::Arc;

/// The options of `thread/fork` alone.
macro_rules! thread_fork_options {
    ($with:ident) => {
        $crate::options::$with! {
            /// Whether the new thread hangs together with its source. Experimental.
            optional attach_to_source: bool,
            /// The history ends before this turn. Experimental.
            optional before_turn_id: codex_protocol::Id,
            /// Whether the goal of the source is not pursued at once. Experimental.
            optional defer_goal_continuation: bool,
            /// Whether the new thread is kept in memory alone; needs `exclude_turns`.
            optional ephemeral: bool,
            /// Whether the answer leaves out the turns so far.
            optional exclude_turns: bool,
            /// Whether predictions go without MCP servers. Experimental.
            optional experimental_disable_prediction_mcp: bool,
            /// Whether the new thread is for predictions. Experimental.
            optional experimental_prediction_mode: bool,
            /// The history ends with this turn.
            optional last_turn_id: codex_protocol::Id,
            /// The file to fork from, instead of the thread's id. Experimental.
            optional path: String,
            /// What the thread comes from, for the server's records.
            optional thread_source: String,
        }
    };
}

#[cfg(any(test, feature = "blocking"))]
pub(crate) use thread_fork_options;

/// Starts a thread with the history of another; made by [`Codex::thread_fork`] and
/// [`Thread::fork`]. Options that are not set are those of the source.
#[derive(Clone)]
#[must_use = "a thread is not forked before this is awaited"]
pub struct ThreadFork {
    codex: Codex,
    params: ThreadForkParams,
    tools: OfferedTools,
}

impl ThreadFork {
    pub(crate) fn new(codex: Codex, thread_id: Id) -> Self {
        Self { codex, params: ThreadForkParams::new(thread_id), tools: OfferedTools::default() }
    }

    pub(crate) fn params_mut(&mut self) -> &mut ThreadForkParams {
        &mut self.params
    }

    pub(crate) fn tools_mut(&mut self) -> &mut OfferedTools {
        &mut self.tools
    }

    thread_options!(setters);
    thread_fork_options!(setters);
    thread_methods!();
    kept_tools!();

    /// Replaces all options by these params of the protocol, the source's id among them.
    pub fn params(mut self, params: ThreadForkParams) -> Self {
        self.params = params;
        self
    }

    /// The call as a named future.
    ///
    /// # Errors
    /// [`Error::Tool`](crate::Error::Tool) if a tool has a name that cannot be offered,
    /// [`Error::Rpc`](crate::Error::Rpc) if the server does not know the source, or has nothing of it to copy because no
    /// turn was made yet, and those of every request.
    #[inline]
    pub fn send(self) -> Call<Thread> {
        Call::new(async move {
            let Self { codex, params, tools } = self;
            let tools = tools.into_thread_tools()?;
            // Right behind the answer, and perhaps before the new thread is followed, comes what it has used.
            let mut usage = Events::subscribe(&codex, is_usage);
            let response = codex.connection().request(&params, Outgoing::default()).await?;
            let id = response.thread.id.clone();
            let mut handle = ThreadHandle::open(codex, id.clone(), Total::Unknown);
            handle.used(total_of(&id, usage.waiting().iter()));
            handle.loaded(&response.thread);
            handle.set_tools(Arc::new(tools));
            Ok(Thread::new(handle, ThreadSettings::forked(response)))
        })
    }
}

fn is_usage(event: &Event) -> bool {
    matches!(event, Event::Notification(ServerNotification::ThreadTokenUsageUpdated(_)))
}

/// What the thread has used, by the last of these events that says so.
fn total_of<'a>(thread_id: &Id, events: impl Iterator<Item = &'a Event>) -> Total {
    let reported = events.filter_map(|event| match event {
        Event::Notification(ServerNotification::ThreadTokenUsageUpdated(usage))
            if usage.thread_id == *thread_id =>
        {
            Some(&usage.token_usage.total)
        }
        _ => None,
    });
    reported.last().map_or(Total::Unknown, |total| Total::Reported(total.clone()))
}

opaque_debug!(ThreadFork);
awaitable!(ThreadFork => Thread);
