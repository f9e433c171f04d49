//! One request of the server, from its arrival to its answer, as client and connection share it.

use crate::connection::Shared;
use crate::event::Undecoded;
use codex_protocol::{
    ApplyPatchApprovalParams, AttestationGenerateParams, ChatgptAuthTokensRefreshParams,
    CommandExecutionRequestApprovalParams, CurrentTimeReadParams, DynamicToolCallParams,
    ExecCommandApprovalParams, FileChangeRequestApprovalParams, Id,
    McpServerElicitationRequestParams, PermissionsRequestApprovalParams, RequestId, ServerRequest,
    ThreadItem, ToolRequestUserInputParams,
};
use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio_util::sync::CancellationToken;

/// A request that the server waits to have answered.
///
/// Its state changes under a lock of its own, which is taken last and held for no call: what is done about a change is
/// done after it.
#[derive(Debug)]
pub(crate) struct Asked {
    id: RequestId,
    question: Question,
    /// Weak, so that a request that is kept keeps no server alive.
    connection: Weak<Shared>,
    inner: Mutex<Inner>,
    withdrawn: CancellationToken,
}

#[derive(Debug)]
struct Inner {
    state: AskState,
    /// The turn that it was counted for as open.
    turn: Option<Id>,
}

/// A request of a method that these models do not know.
#[derive(Debug)]
pub(crate) struct UnknownParams {
    pub(crate) method: String,
    pub(crate) params: Value,
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AskState {
    /// On its way to who takes it.
    Arrived,
    /// In the queue of its turn.
    InTurn,
    /// In the queue of `codex.requests()`.
    Offered,
    /// In the hands of a consumer, a handler or a tool.
    Taken,
    /// Left for the server's other clients.
    Left,
    /// Answered by this client.
    Answered,
    /// Answered by somebody else, or not wanted any more.
    Withdrawn,
}

/// What is asked. Shared, for a request may change hands before it is answered.
#[derive(Debug, Clone)]
pub(crate) enum Question {
    Command(Arc<CommandExecutionRequestApprovalParams>),
    FileChange(Arc<FileChangeRequestApprovalParams>, Option<Arc<ThreadItem>>),
    Permissions(Arc<PermissionsRequestApprovalParams>),
    UserInput(Arc<ToolRequestUserInputParams>),
    Elicitation(Arc<McpServerElicitationRequestParams>),
    ToolCall(Arc<DynamicToolCallParams>),
    TokenRefresh(Arc<ChatgptAuthTokensRefreshParams>),
    Attestation(Arc<AttestationGenerateParams>),
    CurrentTime(Arc<CurrentTimeReadParams>),
    LegacyCommand(Arc<ExecCommandApprovalParams>),
    LegacyPatch(Arc<ApplyPatchApprovalParams>),
    Unknown(Arc<UnknownParams>),
    Undecoded(Arc<Undecoded>),
}

impl Asked {
    pub(crate) fn new(id: RequestId, question: Question, connection: Weak<Shared>) -> Self {
        Self {
            id,
            question,
            connection,
            inner: Mutex::new(Inner { state: AskState::Arrived, turn: None }),
            withdrawn: CancellationToken::new(),
        }
    }

    pub(crate) fn id(&self) -> &RequestId {
        &self.id
    }

    pub(crate) fn question(&self) -> &Question {
        &self.question
    }

    /// Adds the item that a file change is about, which the request itself does not show.
    pub(crate) fn join(&mut self, item: Option<Arc<ThreadItem>>) {
        if let Question::FileChange(_, joined) = &mut self.question {
            *joined = item;
        }
    }

    /// Cancelled once it is withdrawn.
    pub(crate) fn withdrawn(&self) -> &CancellationToken {
        &self.withdrawn
    }

    /// The connection that it came by, unless that is gone.
    pub(crate) fn connection(&self) -> Option<Arc<Shared>> {
        self.connection.upgrade()
    }

    pub(crate) fn state(&self) -> AskState {
        self.inner().state
    }

    /// Moves it from one state of `from` to `to`; whether it was in one.
    pub(crate) fn advance(&self, from: &[AskState], to: AskState) -> bool {
        let mut inner = self.inner();
        let fits = from.contains(&inner.state);
        if fits {
            inner.state = to;
        }
        fits
    }

    /// The turn that counts it as open.
    pub(crate) fn counted_turn(&self) -> Option<Id> {
        self.inner().turn.clone()
    }

    /// Notes the turn that counts it as open, or that none does any more.
    pub(crate) fn count_for(&self, turn: Option<Id>) -> Option<Id> {
        std::mem::replace(&mut self.inner().turn, turn)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AskState {
    /// Those in which an answer is still wanted.
    pub(crate) const OPEN: [Self; 5] =
        [Self::Arrived, Self::InTurn, Self::Offered, Self::Taken, Self::Left];

    pub(crate) fn is_open(self) -> bool {
        Self::OPEN.contains(&self)
    }
}

impl Question {
    pub(crate) fn new(request: ServerRequest) -> Self {
        use ServerRequest as R;
        match request {
            R::ItemCommandExecutionRequestApproval(params) => Self::Command(Arc::from(params)),
            R::ItemFileChangeRequestApproval(params) => Self::FileChange(Arc::from(params), None),
            R::ItemPermissionsRequestApproval(params) => Self::Permissions(Arc::from(params)),
            R::ItemToolRequestUserInput(params) => Self::UserInput(Arc::from(params)),
            R::McpServerElicitationRequest(params) => Self::Elicitation(Arc::from(params)),
            R::ItemToolCall(params) => Self::ToolCall(Arc::from(params)),
            R::AccountChatgptAuthTokensRefresh(params) => Self::TokenRefresh(Arc::from(params)),
            R::AttestationGenerate(params) => Self::Attestation(Arc::from(params)),
            R::CurrentTimeRead(params) => Self::CurrentTime(Arc::from(params)),
            R::ExecCommandApproval(params) => Self::LegacyCommand(Arc::from(params)),
            R::ApplyPatchApproval(params) => Self::LegacyPatch(Arc::from(params)),
            R::Unrecognized { method, params } => {
                Self::Unknown(Arc::new(UnknownParams { method, params }))
            }
            // What a later version of the models knows.
            other => {
                let method = other.method().to_owned();
                let mut value = serde_json::to_value(&other).unwrap_or_default();
                let params = value["params"].take();
                Self::Unknown(Arc::new(UnknownParams { method, params }))
            }
        }
    }

    /// The method on the wire.
    pub(crate) fn method(&self) -> &str {
        use codex_protocol::ServerRequestParams as P;
        match self {
            Self::Command(_) => CommandExecutionRequestApprovalParams::METHOD,
            Self::FileChange(..) => FileChangeRequestApprovalParams::METHOD,
            Self::Permissions(_) => PermissionsRequestApprovalParams::METHOD,
            Self::UserInput(_) => ToolRequestUserInputParams::METHOD,
            Self::Elicitation(_) => McpServerElicitationRequestParams::METHOD,
            Self::ToolCall(_) => DynamicToolCallParams::METHOD,
            Self::TokenRefresh(_) => ChatgptAuthTokensRefreshParams::METHOD,
            Self::Attestation(_) => AttestationGenerateParams::METHOD,
            Self::CurrentTime(_) => CurrentTimeReadParams::METHOD,
            Self::LegacyCommand(_) => ExecCommandApprovalParams::METHOD,
            Self::LegacyPatch(_) => ApplyPatchApprovalParams::METHOD,
            Self::Unknown(other) => &other.method,
            Self::Undecoded(undecoded) => &undecoded.method,
        }
    }

    pub(crate) fn thread_id(&self) -> Option<&str> {
        match self {
            Self::Command(params) => Some(&params.thread_id),
            Self::FileChange(params, _) => Some(&params.thread_id),
            Self::Permissions(params) => Some(&params.thread_id),
            Self::UserInput(params) => Some(&params.thread_id),
            Self::Elicitation(params) => elicitation_address(params).0,
            Self::ToolCall(params) => Some(&params.thread_id),
            Self::CurrentTime(params) => Some(&params.thread_id),
            Self::LegacyCommand(params) => Some(&params.conversation_id),
            Self::LegacyPatch(params) => Some(&params.conversation_id),
            Self::TokenRefresh(_) | Self::Attestation(_) => None,
            Self::Unknown(other) => other.params["threadId"].as_str(),
            Self::Undecoded(undecoded) => undecoded.thread_id.as_deref(),
        }
    }

    pub(crate) fn turn_id(&self) -> Option<&str> {
        match self {
            Self::Command(params) => Some(&params.turn_id),
            Self::FileChange(params, _) => Some(&params.turn_id),
            Self::Permissions(params) => Some(&params.turn_id),
            Self::UserInput(params) => Some(&params.turn_id),
            Self::Elicitation(params) => elicitation_address(params).1,
            Self::ToolCall(params) => Some(&params.turn_id),
            Self::Unknown(other) => other.params["turnId"].as_str(),
            Self::Undecoded(undecoded) => undecoded.turn_id.as_deref(),
            Self::CurrentTime(_)
            | Self::LegacyCommand(_)
            | Self::LegacyPatch(_)
            | Self::TokenRefresh(_)
            | Self::Attestation(_) => None,
        }
    }

    pub(crate) fn item_id(&self) -> Option<&str> {
        match self {
            Self::Command(params) => Some(&params.item_id),
            Self::FileChange(params, _) => Some(&params.item_id),
            Self::Permissions(params) => Some(&params.item_id),
            Self::UserInput(params) => Some(&params.item_id),
            Self::ToolCall(params) => Some(&params.call_id),
            Self::LegacyCommand(params) => Some(&params.call_id),
            Self::LegacyPatch(params) => Some(&params.call_id),
            Self::Unknown(other) => other.params["itemId"].as_str(),
            Self::Elicitation(_)
            | Self::TokenRefresh(_)
            | Self::Attestation(_)
            | Self::CurrentTime(_)
            | Self::Undecoded(_) => None,
        }
    }
}

/// Thread and turn that an elicitation names.
fn elicitation_address(params: &McpServerElicitationRequestParams) -> (Option<&str>, Option<&str>) {
    use McpServerElicitationRequestParams as E;
    let (thread_id, turn_id) = match params {
        E::OpenaiUserVerification(params) => (&params.thread_id, &params.turn_id),
        E::Form(params) => (&params.thread_id, &params.turn_id),
        E::OpenaiSlashForm(params) => (&params.thread_id, &params.turn_id),
        E::OpenaiForm(params) => (&params.thread_id, &params.turn_id),
        E::Url(params) => (&params.thread_id, &params.turn_id),
        E::Unrecognized(params) => return (params["threadId"].as_str(), params["turnId"].as_str()),
        _ => return (None, None),
    };
    (Some(&**thread_id), turn_id.as_deref())
}
