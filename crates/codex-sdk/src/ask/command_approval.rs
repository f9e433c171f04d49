//! May a command run?

use super::ask;
use codex_protocol::{
    AcceptWithExecpolicyAmendmentCommandExecutionApprovalDecision,
    ApplyNetworkPolicyAmendmentCommandExecutionApprovalDecision, CommandExecutionApprovalDecision,
    CommandExecutionRequestApprovalParams, CommandExecutionRequestApprovalResponse,
    NetworkPolicyAmendment,
};

ask! {
    /// The server asks whether a command may run (`item/commandExecution/requestApproval`).
    pub struct CommandApproval(CommandExecutionRequestApprovalParams);
}

/// What becomes of a command.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum CommandDecision {
    /// It runs.
    Accept,
    /// It runs, and the same command is not asked for again in this session.
    AcceptForSession,
    /// It runs, and so does from now on every command that begins with this argv.
    ///
    /// [`CommandApproval::proposed_amendment`] is what the server proposes.
    AcceptWithAmendment(Vec<String>),
    /// A host is allowed or denied from now on; for a command that is asked for because it reaches for the network.
    ApplyNetworkPolicy(NetworkPolicyAmendment),
    /// It does not run; the turn goes on, and the model is told.
    Decline,
    /// It does not run, and the turn is interrupted.
    Cancel,
}

impl CommandApproval {
    /// The command, as a line for a shell; most often a shell's own call, such as `/bin/bash -lc 'cargo test'`.
    pub fn command(&self) -> Option<&str> {
        self.params.command.as_deref()
    }

    /// Where it is to run.
    pub fn cwd(&self) -> Option<&str> {
        self.params.cwd.as_deref()
    }

    /// Why it is asked for, in the model's or the server's words.
    pub fn reason(&self) -> Option<&str> {
        self.params.reason.as_deref()
    }

    /// The beginning of commands that the server proposes not to ask for again.
    pub fn proposed_amendment(&self) -> Option<&[String]> {
        self.params.proposed_execpolicy_amendment.as_deref()
    }

    /// Lets it run. Gives whether the answer was still wanted.
    ///
    /// Do not rely on the sandbox for what you accept: under the policy `untrusted`, a command that the sandbox of its
    /// thread forbids was seen to fail in some runs and to complete in others, without being asked for again.
    pub fn accept(self) -> bool {
        self.decide(CommandDecision::Accept)
    }

    /// Lets it run, and has the same command not asked for again in this session. Gives whether the answer was still
    /// wanted.
    pub fn accept_for_session(self) -> bool {
        self.decide(CommandDecision::AcceptForSession)
    }

    /// Lets it run, with every later command that begins with this argv. Gives whether the answer was still wanted.
    pub fn accept_with_amendment(
        self,
        argv_prefix: impl IntoIterator<Item = impl Into<String>>,
    ) -> bool {
        let prefix = argv_prefix.into_iter().map(Into::into).collect();
        self.decide(CommandDecision::AcceptWithAmendment(prefix))
    }

    /// Does not let it run, and interrupts the turn. Gives whether the answer was still wanted.
    pub fn cancel(self) -> bool {
        self.decide(CommandDecision::Cancel)
    }

    /// Whether the server runs on this machine, as a process that this client started itself, so that
    /// [`cwd`](Self::cwd) is a path here.
    pub fn is_local(&self) -> bool {
        self.responder.is_local()
    }

    /// Answers with a decision. Gives whether the answer was still wanted.
    ///
    /// The server's `availableDecisions` are no limit: it takes decisions that are not among them.
    pub fn decide(self, decision: CommandDecision) -> bool {
        self.responder.respond(&CommandExecutionRequestApprovalResponse::new(wire(decision)))
    }
}

fn wire(decision: CommandDecision) -> CommandExecutionApprovalDecision {
    use CommandExecutionApprovalDecision as Wire;
    match decision {
        CommandDecision::Accept => Wire::Accept,
        CommandDecision::AcceptForSession => Wire::AcceptForSession,
        CommandDecision::AcceptWithAmendment(argv) => Wire::AcceptWithExecpolicyAmendment(
            AcceptWithExecpolicyAmendmentCommandExecutionApprovalDecision::new(argv),
        ),
        CommandDecision::ApplyNetworkPolicy(amendment) => Wire::ApplyNetworkPolicyAmendment(
            ApplyNetworkPolicyAmendmentCommandExecutionApprovalDecision::new(amendment),
        ),
        CommandDecision::Decline => Wire::Decline,
        CommandDecision::Cancel => Wire::Cancel,
    }
}
