//! Starting threads.

use crate::call::{Call, awaitable};
use crate::codex::Codex;
use crate::connection::Outgoing;
use crate::options::{opaque_debug, thread_methods, thread_options};
use crate::router::Total;
use crate::thread::{Thread, ThreadHandle, ThreadSettings};
use crate::tool::{OfferedTools, Tool, ToolNamespace};
use codex_protocol::ThreadStartParams;
use std::sync::Arc;

/// The options of `thread/start` alone.
macro_rules! thread_start_options {
    ($with:ident) => {
        $crate::options::$with! {
            /// Whether another model may be taken if the provider lacks this one. Experimental.
            optional allow_provider_model_fallback: bool,
            /// Whether the thread takes part in daybreak. Experimental.
            optional daybreak_enabled: bool,
            /// Tools that this client offers to the model, as the protocol has them: their calls come as requests. Those
            /// of `tool` come beside them. Experimental.
            optional dynamic_tools: Vec<codex_protocol::DynamicToolSpec>,
            /// Where commands run. Experimental.
            optional environments: Vec<codex_protocol::TurnEnvironmentParams>,
            /// Whether the thread is kept in memory alone.
            optional ephemeral: bool,
            /// Whether the model's raw items are sent, too (`rawResponseItem/completed`). Experimental.
            optional experimental_raw_events: bool,
            /// How the history is kept. Experimental.
            optional history_mode: codex_protocol::ThreadHistoryMode,
            /// A field for tests of the protocol. Experimental.
            optional mock_experimental_field: String,
            /// How several agents work together. Experimental.
            optional multi_agent_mode: codex_protocol::MultiAgentMode,
            /// The tone of the assistant.
            optional personality: codex_protocol::Personality,
            /// The project that the thread belongs to. Experimental.
            optional project_id: String,
            /// Folders whose capabilities are offered. Experimental.
            optional selected_capability_roots: Vec<codex_protocol::SelectedCapabilityRoot>,
            /// A name for this application, for the server's records.
            optional service_name: String,
            /// What the session was started from.
            optional session_start_source: codex_protocol::ThreadStartSource,
            /// What the thread comes from, for the server's records.
            optional thread_source: String,
        }
    };
}

#[cfg(any(test, feature = "blocking"))]
pub(crate) use thread_start_options;

/// Starts a thread; made by [`Codex::thread_start`]. Options that are not set are the server's configuration.
#[derive(Clone)]
#[must_use = "a thread is not started before this is awaited"]
pub struct ThreadStart {
    codex: Codex,
    params: ThreadStartParams,
    tools: OfferedTools,
}

impl ThreadStart {
    pub(crate) fn new(codex: Codex) -> Self {
        Self { codex, params: ThreadStartParams::default(), tools: OfferedTools::default() }
    }

    pub(crate) fn params_mut(&mut self) -> &mut ThreadStartParams {
        &mut self.params
    }

    thread_options!(setters);
    thread_start_options!(setters);
    thread_methods!();

    /// Offers a tool to the model. Experimental.
    #[inline]
    pub fn tool(self, tool: Tool) -> Self {
        self.tools([tool])
    }

    /// Offers tools to the model. Experimental.
    pub fn tools(mut self, tools: impl IntoIterator<Item = Tool>) -> Self {
        self.tools.add(tools);
        self
    }

    /// Offers the tools of a namespace to the model. Experimental.
    pub fn tool_namespace(mut self, namespace: ToolNamespace) -> Self {
        self.tools.add_namespace(namespace);
        self
    }

    /// Replaces all options by these params of the protocol.
    pub fn params(mut self, params: ThreadStartParams) -> Self {
        self.params = params;
        self
    }

    /// The call as a named future.
    ///
    /// # Errors
    /// [`Error::Tool`](crate::Error::Tool) if a tool cannot be offered, [`Error::Rpc`](crate::Error::Rpc) if the server
    /// refuses, and those of every request.
    pub fn send(self) -> Call<Thread> {
        Call::new(async move {
            let Self { codex, mut params, tools } = self;
            if !tools.is_empty() {
                params.dynamic_tools.get_or_insert_default().extend(tools.specs());
            }
            let tools = tools.into_thread_tools()?;
            let response = codex.connection().request(&params, Outgoing::default()).await?;
            let mut handle = ThreadHandle::open(codex, response.thread.id.clone(), Total::Nothing);
            handle.loaded(&response.thread);
            handle.set_tools(Arc::new(tools));
            Ok(Thread::new(handle, ThreadSettings::started(response)))
        })
    }
}

opaque_debug!(ThreadStart);
awaitable!(ThreadStart => Thread);
