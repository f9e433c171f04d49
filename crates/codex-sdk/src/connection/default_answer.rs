//! What the server's requests are answered when nobody else does: no.
//!
//! Nothing is ever accepted here.

use crate::asked::Question;
use codex_protocol::{
    ApplyPatchApprovalResponse, CommandExecutionApprovalDecision,
    CommandExecutionRequestApprovalResponse, DeniedReviewDecision,
    DynamicToolCallOutputContentItem, DynamicToolCallResponse, ExecCommandApprovalResponse,
    FileChangeApprovalDecision, FileChangeRequestApprovalResponse, GrantedPermissionProfile,
    InputTextDynamicToolCallOutputContentItem, McpServerElicitationAction,
    McpServerElicitationRequestResponse, PermissionsRequestApprovalResponse, RequestId,
    ReviewDecision, RpcError, write_error, write_response,
};
use serde::Serialize;

/// "Method not found": the client does not do this.
const NOT_SUPPORTED: i64 = -32601;

/// Writes the answer that declines `question`.
pub(super) fn write(question: &Question, id: &RequestId, out: &mut Vec<u8>) {
    match question {
        Question::Command(_) => {
            let decision = CommandExecutionApprovalDecision::Decline;
            respond(id, &CommandExecutionRequestApprovalResponse::new(decision), out);
        }
        Question::FileChange(..) => {
            let decision = FileChangeApprovalDecision::Decline;
            respond(id, &FileChangeRequestApprovalResponse::new(decision), out);
        }
        // There is no word for "no", but nothing can be granted.
        Question::Permissions(_) => {
            let nothing = GrantedPermissionProfile::default();
            respond(id, &PermissionsRequestApprovalResponse::new(nothing), out);
        }
        Question::Elicitation(_) => {
            let action = McpServerElicitationAction::Decline;
            respond(id, &McpServerElicitationRequestResponse::new(action), out);
        }
        // An error would reach the model without its message.
        Question::ToolCall(call) => {
            let text = format!("The client has no tool {} that it lets be called.", call.tool);
            let text = InputTextDynamicToolCallOutputContentItem::new(text);
            let items = vec![DynamicToolCallOutputContentItem::InputText(text)];
            respond(id, &DynamicToolCallResponse::new(items, false), out);
        }
        Question::LegacyCommand(_) => respond(id, &ExecCommandApprovalResponse::new(denied()), out),
        Question::LegacyPatch(_) => respond(id, &ApplyPatchApprovalResponse::new(denied()), out),
        Question::Undecoded(undecoded) => {
            let method = &undecoded.method;
            refuse(id, format!("this client cannot read the parameters of {method}"), out);
        }
        // The rest has no word for "no"; an error is what the server takes as one.
        other => refuse(id, format!("this client does not answer {}", other.method()), out),
    }
}

fn denied() -> ReviewDecision {
    ReviewDecision::Denied(DeniedReviewDecision::new("declined by the client"))
}

fn respond(id: &RequestId, response: &impl Serialize, out: &mut Vec<u8>) {
    // The models never fail to serialize.
    drop(write_response(out, id, response));
}

fn refuse(id: &RequestId, message: String, out: &mut Vec<u8>) {
    write_error(out, id, &RpcError::new(NOT_SUPPORTED, message));
}
