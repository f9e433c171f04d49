//! The options of builders, each written down once.
//!
//! A table names the fields of a `*Params` struct; `setters!` makes builder methods of it, named as the fields are. Each
//! builder over the same params, async or blocking, uses the same table: it has a `params_mut()` that gives them. A table
//! is a macro that is told what to make of it: `turn_options!(setters)`.

/// Makes the methods of a table. `optional` fields are omitted from the wire unless set, `number`s likewise; `nullable`
/// ones can be set to null, which means something else than omitting them.
macro_rules! setters {
    ($($(#[$doc:meta])* $kind:ident $field:ident: $type:ty,)*) => {$(
        $crate::options::setter! { $(#[$doc])* $kind $field: $type }
    )*};
}

macro_rules! setter {
    ($(#[$doc:meta])* optional $field:ident: $type:ty) => {
        $(#[$doc])*
        pub fn $field(mut self, value: impl Into<$type>) -> Self {
            self.params_mut().$field = Some(value.into());
            self
        }
    };
    ($(#[$doc:meta])* number $field:ident: $type:ty) => {
        $(#[$doc])*
        pub fn $field(mut self, value: $type) -> Self {
            self.params_mut().$field = Some(value);
            self
        }
    };
    ($(#[$doc:meta])* nullable $field:ident: $type:ty) => {
        $(#[$doc])*
        ///
        /// `None` is sent as null, which resets it; to leave it as it is, do not call this.
        pub fn $field(mut self, value: impl Into<Option<$type>>) -> Self {
            self.params_mut().$field = Some(value.into());
            self
        }
    };
}

/// The options that `thread/start`, `thread/resume` and `thread/fork` share.
macro_rules! thread_options {
    ($with:ident) => {
        $crate::options::$with! {
            /// When the server asks before it runs something.
            optional approval_policy: codex_protocol::AskForApproval,
            /// Who reviews approvals.
            optional approvals_reviewer: codex_protocol::ApprovalsReviewer,
            /// Replaces the model's base instructions.
            optional base_instructions: String,
            /// The thread's working directory. The server does not check that it exists.
            optional cwd: String,
            /// Instructions beside the base ones.
            optional developer_instructions: String,
            /// The model.
            optional model: String,
            /// The provider of the model, by its name in codex's configuration.
            optional model_provider: String,
            /// Names a permission profile. Experimental.
            optional permissions: String,
            /// Directories that count as the workspace. Experimental.
            optional runtime_workspace_roots: Vec<String>,
            /// What commands may touch.
            optional sandbox: codex_protocol::SandboxMode,
            /// The service tier.
            nullable service_tier: String,
        }
    };
}

/// What the builders of threads have beside their tables.
macro_rules! thread_methods {
    () => {
        /// Sets one entry of codex's configuration for this thread, such as `model_reasoning_effort`.
        pub fn config(
            mut self,
            key: impl Into<String>,
            value: impl Into<serde_json::Value>,
        ) -> Self {
            self.params_mut().config.get_or_insert_default().insert(key.into(), value.into());
            self
        }

        /// Commands may read and change nothing; the server asks before it does more.
        ///
        /// Sandbox `read-only`, approval policy `on-request`.
        #[inline]
        pub fn read_only(self) -> Self {
            self.sandbox(codex_protocol::SandboxMode::ReadOnly)
                .approval_policy(codex_protocol::AskForApproval::OnRequest)
        }

        /// Commands may change files of the working directory; the server asks before it does more.
        ///
        /// Sandbox `workspace-write`, approval policy `on-request`.
        #[inline]
        pub fn workspace_write(self) -> Self {
            self.sandbox(codex_protocol::SandboxMode::WorkspaceWrite)
                .approval_policy(codex_protocol::AskForApproval::OnRequest)
        }

        /// Commands may do whatever the server's user may, and nobody is asked. Only for a machine that can be thrown
        /// away.
        ///
        /// Sandbox `danger-full-access`, approval policy `never`.
        #[inline]
        pub fn danger_full_access(self) -> Self {
            self.sandbox(codex_protocol::SandboxMode::DangerFullAccess)
                .approval_policy(codex_protocol::AskForApproval::Never)
        }
    };
}

/// What the builders have that take up a thread with the tools that it has. Their `tools_mut()` gives what answers.
macro_rules! kept_tools {
    () => {
        /// Answers the calls of a tool that the thread, or the one that it is a fork of, was started with.
        ///
        /// The protocol offers tools when a thread is started, and keeps them with it; here is what runs when they are
        /// called from now on.
        #[inline]
        pub fn tool(self, tool: $crate::Tool) -> Self {
            self.tools([tool])
        }

        /// Answers the calls of such tools; see [`tool`](Self::tool).
        pub fn tools(mut self, tools: impl IntoIterator<Item = $crate::Tool>) -> Self {
            self.tools_mut().add(tools);
            self
        }

        /// Answers the calls of such tools of a namespace; see [`tool`](Self::tool).
        #[inline]
        pub fn tool_namespace(mut self, namespace: $crate::ToolNamespace) -> Self {
            self.tools_mut().add_namespace(namespace);
            self
        }
    };
}

/// The options of `turn/start`.
macro_rules! turn_options {
    ($with:ident) => {
        $crate::options::$with! {
            /// Context beside the input. Experimental.
            optional additional_context: std::collections::BTreeMap<String, codex_protocol::AdditionalContextEntry>,
            /// When the server asks before it runs something, from this turn on.
            optional approval_policy: codex_protocol::AskForApproval,
            /// Who reviews approvals, from this turn on.
            optional approvals_reviewer: codex_protocol::ApprovalsReviewer,
            /// Names the user's message, so that it can be told apart from one sent again.
            optional client_user_message_id: String,
            /// The collaboration mode. Experimental.
            optional collaboration_mode: codex_protocol::CollaborationMode,
            /// The working directory, from this turn on.
            optional cwd: String,
            /// The programme under which security work is allowed. Experimental.
            optional cyber_access_program: codex_protocol::CyberAccessProgram,
            /// Plugins that are off.
            optional disabled_plugin_ids: Vec<String>,
            /// How hard the model thinks, from this turn on.
            optional effort: codex_protocol::ReasoningEffort,
            /// Where commands run. Experimental.
            optional environments: Vec<codex_protocol::TurnEnvironmentParams>,
            /// The model, from this turn on.
            optional model: String,
            /// How several agents work together. Experimental.
            optional multi_agent_mode: codex_protocol::MultiAgentMode,
            /// The JSON schema of the final message, for this turn. The server checks neither schema nor message.
            optional output_schema: serde_json::Value,
            /// The turn that this one belongs under.
            optional parent_turn_id: codex_protocol::Id,
            /// Names a permission profile. Experimental.
            optional permissions: String,
            /// The tone of the assistant, from this turn on.
            optional personality: codex_protocol::Personality,
            /// Metadata for the model's API. Experimental.
            optional responsesapi_client_metadata: std::collections::BTreeMap<String, String>,
            /// Changes to the metadata for the model's API. Experimental.
            optional responsesapi_client_metadata_patch: std::collections::BTreeMap<String, String>,
            /// The first turn of those that this one belongs to.
            optional root_turn_id: codex_protocol::Id,
            /// Directories that count as the workspace, from this turn on. Experimental.
            optional runtime_workspace_roots: Vec<String>,
            /// What commands may touch, from this turn on.
            optional sandbox_policy: codex_protocol::SandboxPolicy,
            /// The service tier, from this turn on.
            nullable service_tier: String,
            /// The service tier of this turn alone.
            optional service_tier_for_turn: String,
            /// Which summary of its reasoning the model gives, from this turn on.
            optional summary: codex_protocol::ReasoningSummary,
            /// The output of a tool, to go on with.
            optional tool_output: codex_protocol::TurnToolOutput,
            /// What caused the turn, for the server's records.
            optional turn_trigger: String,
        }
    };
}

/// What the builders of turns have beside their table.
macro_rules! turn_methods {
    () => {
        /// Commands may read and change nothing, from this turn on; the server asks before it does more.
        ///
        /// Sandbox `readOnly`, approval policy `on-request`.
        #[inline]
        pub fn read_only(self) -> Self {
            self.sandbox_policy(codex_protocol::SandboxPolicy::ReadOnly(Default::default()))
                .approval_policy(codex_protocol::AskForApproval::OnRequest)
        }

        /// Commands may change files of the working directory, from this turn on; the server asks before it does more.
        ///
        /// Sandbox `workspaceWrite`, approval policy `on-request`.
        #[inline]
        pub fn workspace_write(self) -> Self {
            self.sandbox_policy(codex_protocol::SandboxPolicy::WorkspaceWrite(Default::default()))
                .approval_policy(codex_protocol::AskForApproval::OnRequest)
        }

        /// Commands may do whatever the server's user may, from this turn on, and nobody is asked. Only for a machine
        /// that can be thrown away.
        ///
        /// Sandbox `dangerFullAccess`, approval policy `never`.
        #[inline]
        pub fn danger_full_access(self) -> Self {
            self.sandbox_policy(codex_protocol::SandboxPolicy::DangerFullAccess)
                .approval_policy(codex_protocol::AskForApproval::Never)
        }
    };
}

/// Makes a builder print as its name: what it was given may be nobody else's business.
macro_rules! opaque_debug {
    ($($builder:ident),*) => {$(
        impl std::fmt::Debug for $builder {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($builder)).finish_non_exhaustive()
            }
        }
    )*};
}

/// Makes the names of a table's fields, to be compared with the schema.
#[cfg(test)]
macro_rules! field_names {
    ($($(#[$doc:meta])* $kind:ident $field:ident: $type:ty,)*) => {
        &[$(stringify!($field)),*] as &[&str]
    };
}

#[cfg(test)]
pub(crate) use field_names;
pub(crate) use {
    kept_tools, opaque_debug, setter, setters, thread_methods, thread_options, turn_methods,
    turn_options,
};

#[cfg(test)]
mod tests {
    use crate::lists::{item_list_options, thread_list_options, turn_list_options};
    use crate::thread_fork::thread_fork_options;
    use crate::thread_resume::thread_resume_options;
    use crate::thread_start::thread_start_options;
    use serde_json::Value;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// The members of a `*Params` in the schema of the newest version, in snake case.
    fn members(params: &str) -> BTreeSet<String> {
        let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema");
        let version = std::fs::read_to_string(schema.join("VERSION")).unwrap();
        let file = schema.join(version.trim()).join("experimental.json");
        let schema: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let members = schema["definitions"][params]["properties"].as_object().unwrap();
        members.keys().map(|wire| snake_case(wire)).collect()
    }

    fn snake_case(wire: &str) -> String {
        let mut snake = String::new();
        for letter in wire.chars() {
            if letter.is_uppercase() {
                snake.push('_');
            }
            snake.extend(letter.to_lowercase());
        }
        snake
    }

    /// Beside its tables, a builder takes what its constructor is `given`, and `config` entry by entry.
    fn check(params: &str, given: &[&str], tables: &[&[&str]]) {
        let options = tables.concat();
        let options = options.iter().chain(given).map(|name| (*name).to_owned());
        assert_eq!(options.collect::<BTreeSet<_>>(), members(params), "{params}");
    }

    #[test]
    fn every_member_of_the_schema_has_an_option_and_every_option_a_member() {
        let (thread, config) = (thread_options!(field_names), &["config", "thread_id"]);
        check("ThreadStartParams", &["config"], &[thread, thread_start_options!(field_names)]);
        check("ThreadResumeParams", config, &[thread, thread_resume_options!(field_names)]);
        check("ThreadForkParams", config, &[thread, thread_fork_options!(field_names)]);
        check("TurnStartParams", &["input", "thread_id"], &[turn_options!(field_names)]);
        check("ThreadListParams", &[], &[thread_list_options!(field_names)]);
        check("ThreadTurnsListParams", &["thread_id"], &[turn_list_options!(field_names)]);
        check("ThreadItemsListParams", &["thread_id"], &[item_list_options!(field_names)]);
    }
}
