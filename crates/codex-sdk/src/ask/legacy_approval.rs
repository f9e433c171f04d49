//! The approvals of servers before the second version of the protocol.

use super::ask;
use codex_protocol::{
    ApplyPatchApprovalParams, ApplyPatchApprovalResponse,
    ApprovedExecpolicyAmendmentReviewDecision, ExecCommandApprovalParams,
    ExecCommandApprovalResponse, ReviewDecision,
};

ask! {
    /// An old server asks whether a command may run (`execCommandApproval`).
    pub struct LegacyCommandApproval(ExecCommandApprovalParams);
}

ask! {
    /// An old server asks whether files may be changed (`applyPatchApproval`).
    pub struct LegacyPatchApproval(ApplyPatchApprovalParams);
}

impl LegacyCommandApproval {
    /// Lets it run. Gives whether the answer was still wanted.
    pub fn accept(self) -> bool {
        self.decide(ReviewDecision::Approved)
    }

    /// Lets it run, and has the same command not asked for again in this session. Gives whether the answer was still
    /// wanted.
    pub fn accept_for_session(self) -> bool {
        self.decide(ReviewDecision::ApprovedForSession)
    }

    /// Lets it run, with every later command that begins with this argv. Gives whether the answer was still wanted.
    pub fn accept_with_amendment(
        self,
        argv_prefix: impl IntoIterator<Item = impl Into<String>>,
    ) -> bool {
        let prefix: Vec<String> = argv_prefix.into_iter().map(Into::into).collect();
        let amendment = ApprovedExecpolicyAmendmentReviewDecision::new(prefix);
        self.decide(ReviewDecision::ApprovedExecpolicyAmendment(amendment))
    }

    /// Does not let it run, and interrupts the turn. Gives whether the answer was still wanted.
    pub fn cancel(self) -> bool {
        self.decide(ReviewDecision::Abort)
    }

    /// Answers with a decision. Gives whether the answer was still wanted.
    pub fn decide(self, decision: ReviewDecision) -> bool {
        self.responder.respond(&ExecCommandApprovalResponse::new(decision))
    }
}

impl LegacyPatchApproval {
    /// Lets the files be changed. Gives whether the answer was still wanted.
    pub fn accept(self) -> bool {
        self.decide(ReviewDecision::Approved)
    }

    /// Lets the files be changed, and has such changes not asked for again in this session. Gives whether the answer was
    /// still wanted.
    pub fn accept_for_session(self) -> bool {
        self.decide(ReviewDecision::ApprovedForSession)
    }

    /// Leaves the files as they are, and interrupts the turn. Gives whether the answer was still wanted.
    pub fn cancel(self) -> bool {
        self.decide(ReviewDecision::Abort)
    }

    /// Answers with a decision. Gives whether the answer was still wanted.
    pub fn decide(self, decision: ReviewDecision) -> bool {
        self.responder.respond(&ApplyPatchApprovalResponse::new(decision))
    }
}
