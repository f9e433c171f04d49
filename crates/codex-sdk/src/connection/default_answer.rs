//! What the server's requests are answered when nobody else does: no.
//!
//! Nothing is ever accepted here. A request that is left without an answer stalls its turn, so each gets one at once;
//! only on a server that others may use as well, it is left to them.

use super::Shared;
use crate::unanswered_requests::UnansweredRequests;
use codex_protocol::{
    CommandExecutionApprovalDecision, CommandExecutionRequestApprovalResponse,
    FileChangeApprovalDecision, FileChangeRequestApprovalResponse, McpServerElicitationAction,
    McpServerElicitationRequestResponse, RequestId, RpcError, ServerRequest, write_error,
    write_response,
};
use serde::Serialize;

/// "Method not found": the client does not do this.
const NOT_SUPPORTED: i64 = -32601;

/// Declines `request`, where that is this client's affair.
pub(super) fn send(shared: &Shared, id: &RequestId, request: &ServerRequest) {
    match request {
        ServerRequest::ItemCommandExecutionRequestApproval(_) => {
            let decision = CommandExecutionApprovalDecision::Decline;
            respond(shared, id, &CommandExecutionRequestApprovalResponse::new(decision));
        }
        ServerRequest::ItemFileChangeRequestApproval(_) => {
            let decision = FileChangeApprovalDecision::Decline;
            respond(shared, id, &FileChangeRequestApprovalResponse::new(decision));
        }
        ServerRequest::McpServerElicitationRequest(_) => {
            let action = McpServerElicitationAction::Decline;
            respond(shared, id, &McpServerElicitationRequestResponse::new(action));
        }
        // The rest has no word for "no"; an error is what the server takes as one.
        other => refuse(shared, id, format!("this client does not answer {}", other.method())),
    }
}

/// Declines a request whose parameters could not be read.
pub(super) fn send_undecoded(shared: &Shared, id: &RequestId, method: &str) {
    refuse(shared, id, format!("this client cannot read the parameters of {method}"));
}

fn respond(shared: &Shared, id: &RequestId, response: &impl Serialize) {
    // The models never fail to serialize.
    push(shared, |buffer| drop(write_response(buffer, id, response)));
}

fn refuse(shared: &Shared, id: &RequestId, message: String) {
    let error = RpcError::new(NOT_SUPPORTED, message);
    push(shared, |buffer| write_error(buffer, id, &error));
}

fn push(shared: &Shared, write: impl FnOnce(&mut Vec<u8>)) {
    if shared.unanswered == UnansweredRequests::Leave {
        return;
    }
    // JSON as serde_json writes it is always a frame.
    let _ = shared.outbox.push(write);
}
