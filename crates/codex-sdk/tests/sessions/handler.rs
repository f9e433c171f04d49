//! A handler and tools that answer what the recorded client answered, and tell what became of each call of theirs.

use crate::driver::request_name;
use crate::seen::Fate;
use crate::stage::Stage;
use codex_sdk::ask::{
    AttestationRequest, CommandApproval, CurrentTimeRequest, Elicitation, FileChangeApproval,
    LegacyCommandApproval, LegacyPatchApproval, McpToolApproval, PendingRequest,
    PermissionsApproval, TokenRefresh, ToolCall, UndecodedRequest, UnknownRequest,
    UserInputRequest,
};
use codex_sdk::protocol::RequestId;
use codex_sdk::{Handled, RequestHandler, Tool};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What became of the requests that the handler and the tools were called for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fates(Arc<Mutex<BTreeMap<String, Option<Fate>>>>);

/// A call that runs.
struct Running {
    fates: Fates,
    request: String,
    fate: Fate,
}

impl Fates {
    fn begin(&self, request: &RequestId) -> Running {
        let request = request_name(request);
        self.0.lock().unwrap().insert(request.clone(), None);
        Running { fates: self.clone(), request, fate: Fate::Withdrawn }
    }

    /// All of them.
    ///
    /// # Panics
    /// If a call runs on.
    pub(crate) fn take(&self) -> BTreeMap<String, Fate> {
        let fates = std::mem::take(&mut *self.0.lock().unwrap());
        let ended = |(request, fate): (String, Option<Fate>)| match fate {
            Some(fate) => (request, fate),
            None => panic!("the call for request {request} runs on"),
        };
        fates.into_iter().map(ended).collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.fates.0.lock().unwrap().insert(self.request.clone(), Some(self.fate));
    }
}

/// Declines when the recorded client answered.
pub(crate) struct Handler {
    pub(crate) stage: Arc<Stage>,
    pub(crate) fates: Fates,
}

impl Handler {
    async fn handle(&self, request: PendingRequest) -> Handled {
        let mut running = self.fates.begin(request.request_id());
        self.stage.answer_due(request.request_id()).await;
        // A panic would be caught; a server that waits for the answer is noticed.
        if request.decline() {
            running.fate = Fate::Answered;
        }
        Ok(())
    }
}

macro_rules! each_kind {
    ($($method:ident: $kind:ident),+ $(,)?) => {
        #[async_trait::async_trait]
        impl RequestHandler for Handler {
            $(
                async fn $method(&self, request: $kind) -> Handled {
                    self.handle(request.into()).await
                }
            )+
        }
    };
}

each_kind! {
    command: CommandApproval,
    file_change: FileChangeApproval,
    permissions: PermissionsApproval,
    mcp_tool: McpToolApproval,
    user_input: UserInputRequest,
    elicitation: Elicitation,
    tool_call: ToolCall,
    token_refresh: TokenRefresh,
    attestation: AttestationRequest,
    current_time: CurrentTimeRequest,
    legacy_command: LegacyCommandApproval,
    legacy_patch: LegacyPatchApproval,
    unknown: UnknownRequest,
    undecoded: UndecodedRequest,
}

/// The tools that the recorded client had given a thread, by the params of its `thread/start`.
pub(crate) fn tools(params: &Value, stage: &Arc<Stage>, fates: &Fates) -> Vec<Tool> {
    let tools = params["dynamicTools"].as_array().into_iter().flatten();
    tools.map(|tool| named(tool["name"].as_str().unwrap(), stage, fates)).collect()
}

fn named(name: &str, stage: &Arc<Stage>, fates: &Fates) -> Tool {
    let (stage, fates) = (Arc::clone(stage), fates.clone());
    Tool::with_schema(name, "Does what was recorded", json!({}), move |_, context| {
        let (stage, fates) = (Arc::clone(&stage), fates.clone());
        async move {
            let request = stage.request_of(context.call_id());
            let mut running = fates.begin(&request);
            stage.answer_due(&request).await;
            running.fate = Fate::Answered;
            Ok("done".into())
        }
    })
}
