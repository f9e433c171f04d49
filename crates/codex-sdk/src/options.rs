//! The options of builders, each written down once.
//!
//! A table names the fields of a `*Params` struct; `setters!` makes builder methods of it, named as the fields are. Each
//! builder over the same params, async or blocking, uses the same table: it has a `params_mut()` that gives them.

/// Makes the methods of a table. `optional` fields are omitted from the wire unless set; `nullable` ones can be set to
/// null, which means something else than omitting them.
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

/// The options that `thread/start` and `thread/resume` share.
macro_rules! thread_options {
    () => {
        $crate::options::setters! {
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
            /// Names a permission profile.
            optional permissions: String,
            /// The tone of the assistant.
            optional personality: codex_protocol::Personality,
            /// Directories that count as the workspace.
            optional runtime_workspace_roots: Vec<String>,
            /// What commands may touch.
            optional sandbox: codex_protocol::SandboxMode,
            /// The service tier.
            nullable service_tier: String,
        }

        /// Sets one entry of codex's configuration for this thread, such as `model_reasoning_effort`.
        pub fn config(
            mut self,
            key: impl Into<String>,
            value: impl Into<serde_json::Value>,
        ) -> Self {
            self.params_mut().config.get_or_insert_default().insert(key.into(), value.into());
            self
        }
    };
}

/// The options of `turn/start`.
macro_rules! turn_options {
    () => {
        $crate::options::setters! {
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

pub(crate) use {setter, setters, thread_options, turn_options};
