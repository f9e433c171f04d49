//! Taking up threads again.

use crate::call::{Call, awaitable};
use crate::codex::Codex;
use crate::connection::Outgoing;
use crate::options::{kept_tools, opaque_debug, thread_methods, thread_options};
use crate::router::Total;
use crate::thread::{Thread, ThreadHandle, ThreadSettings};
use crate::tool::OfferedTools;
use codex_protocol::{Id, ThreadResumeParams};
use std::sync::Arc;

/// The options of `thread/resume` alone.
macro_rules! thread_resume_options {
    ($with:ident) => {
        $crate::options::$with! {
            /// Whether the answer leaves out the turns so far.
            optional exclude_turns: bool,
            /// A history to resume from, instead of the kept one. Experimental.
            optional history: Vec<codex_protocol::ResponseItem>,
            /// The page of turns that the answer has. Experimental.
            optional initial_turns_page: codex_protocol::ThreadResumeInitialTurnsPageParams,
            /// The file to resume from, instead of the thread's id. Experimental.
            optional path: String,
            /// The tone of the assistant.
            optional personality: codex_protocol::Personality,
        }
    };
}

#[cfg(any(test, feature = "blocking"))]
pub(crate) use thread_resume_options;

/// Takes up a thread; made by [`Codex::thread_resume`]. Options that are not set stay as they were.
///
/// The server ignores options for a thread that it has loaded: [`Thread::settings`] has those that hold.
#[derive(Clone)]
#[must_use = "a thread is not resumed before this is awaited"]
pub struct ThreadResume {
    codex: Codex,
    params: ThreadResumeParams,
    tools: OfferedTools,
}

impl ThreadResume {
    pub(crate) fn new(codex: Codex, thread_id: Id) -> Self {
        Self { codex, params: ThreadResumeParams::new(thread_id), tools: OfferedTools::default() }
    }

    pub(crate) fn params_mut(&mut self) -> &mut ThreadResumeParams {
        &mut self.params
    }

    pub(crate) fn tools_mut(&mut self) -> &mut OfferedTools {
        &mut self.tools
    }

    thread_options!(setters);
    thread_resume_options!(setters);
    thread_methods!();
    kept_tools!();

    /// Replaces all options by these params of the protocol, the thread's id among them.
    #[inline]
    pub fn params(mut self, params: ThreadResumeParams) -> Self {
        self.params = params;
        self
    }

    /// The call as a named future.
    ///
    /// # Errors
    /// [`Error::Tool`](crate::Error::Tool) if a tool has a name that cannot be offered,
    /// [`Error::Rpc`](crate::Error::Rpc) if the server does not know the thread or refuses, and those of every request.
    #[inline]
    pub fn send(self) -> Call<Thread> {
        Call::new(async move {
            let Self { codex, params, tools } = self;
            let tools = Arc::new(tools.into_thread_tools()?);
            // Before the request leaves, for right behind the answer comes what the thread has used.
            let mut handle =
                ThreadHandle::open(codex.clone(), params.thread_id.clone(), Total::Unknown);
            // So do calls of tools that nobody has answered yet.
            handle.set_tools(Arc::clone(&tools));
            let response = codex.connection().request(&params, Outgoing::default()).await?;
            if response.thread.id != params.thread_id {
                // Resumed from a file or a history.
                handle = ThreadHandle::open(codex, response.thread.id.clone(), Total::Unknown);
                handle.set_tools(tools);
            }
            handle.loaded(&response.thread);
            Ok(Thread::new(handle, ThreadSettings::resumed(response)))
        })
    }
}

opaque_debug!(ThreadResume);
awaitable!(ThreadResume => Thread);
