//! May files be changed?

use super::Responder;
use codex_protocol::{
    FileChangeApprovalDecision, FileChangeRequestApprovalParams, FileChangeRequestApprovalResponse,
    FileUpdateChange, ThreadItem,
};
use std::sync::Arc;

/// The server asks whether files may be changed (`item/fileChange/requestApproval`).
///
/// The request itself does not show the changes; they are joined from the item that it names.
///
/// Dropping it declines it, or leaves it to the other clients of a server that was connected to.
#[must_use = "a request that is dropped is declined"]
pub struct FileChangeApproval {
    params: Arc<FileChangeRequestApprovalParams>,
    item: Option<Arc<ThreadItem>>,
    pub(super) responder: Responder,
}

/// What becomes of a change of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileChangeDecision {
    /// The files are changed.
    Accept,
    /// The files are changed, and changes of the same files are not asked for again in this session.
    AcceptForSession,
    /// Nothing is changed; the turn goes on, and the model is told.
    Decline,
    /// Nothing is changed, and the turn is interrupted.
    Cancel,
}

impl FileChangeApproval {
    pub(super) fn new(
        params: Arc<FileChangeRequestApprovalParams>,
        item: Option<Arc<ThreadItem>>,
        responder: Responder,
    ) -> Self {
        Self { params, item, responder }
    }

    /// What is asked, as it came.
    pub fn params(&self) -> &FileChangeRequestApprovalParams {
        &self.params
    }

    /// The changes, each with its path and its diff.
    ///
    /// `None` where this client did not see the item begin, as after it took up a turn of another client's, and where
    /// two changes under one id wait, so that it is not known which is meant.
    pub fn changes(&self) -> Option<&[FileUpdateChange]> {
        match self.item.as_deref()? {
            ThreadItem::FileChange(item) => Some(&item.changes),
            _ => None,
        }
    }

    /// Why it is asked for.
    pub fn reason(&self) -> Option<&str> {
        self.params.reason.as_deref()
    }

    /// Lets the files be changed. Gives whether the answer was still wanted.
    pub fn accept(self) -> bool {
        self.decide(FileChangeDecision::Accept)
    }

    /// Lets the files be changed, and has changes of the same files not asked for again in this session. Gives whether
    /// the answer was still wanted.
    pub fn accept_for_session(self) -> bool {
        self.decide(FileChangeDecision::AcceptForSession)
    }

    /// Leaves the files as they are, and interrupts the turn. Gives whether the answer was still wanted.
    pub fn cancel(self) -> bool {
        self.decide(FileChangeDecision::Cancel)
    }

    /// Answers with a decision. Gives whether the answer was still wanted.
    pub fn decide(self, decision: FileChangeDecision) -> bool {
        let decision = match decision {
            FileChangeDecision::Accept => FileChangeApprovalDecision::Accept,
            FileChangeDecision::AcceptForSession => FileChangeApprovalDecision::AcceptForSession,
            FileChangeDecision::Decline => FileChangeApprovalDecision::Decline,
            FileChangeDecision::Cancel => FileChangeApprovalDecision::Cancel,
        };
        self.responder.respond(&FileChangeRequestApprovalResponse::new(decision))
    }

    /// Whether the server runs on this machine, as a process that this client started itself, so that the paths of the
    /// changes are paths here.
    pub fn is_local(&self) -> bool {
        self.responder.is_local()
    }

    super::common!();
}

super::debug!(FileChangeApproval);
