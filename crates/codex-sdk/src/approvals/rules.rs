//! Yes to what was foreseen.

use super::root::Root;
use super::simple_command;
use crate::ask::{CommandApproval, FileChangeApproval, PendingRequest};
use crate::request_handler::{Handling, RequestHandler, dispatch};
use codex_protocol::{CommandExecutionApprovalKind, PatchChangeKind};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// A handler that accepts the commands and the changes of files that it is told to, and nothing else.
///
/// ```
/// use codex_sdk::{Codex, RequestHandler, approvals};
///
/// # struct AskThePerson;
/// # impl RequestHandler for AskThePerson {}
/// let rules = approvals::rules()
///     .allow_command(["cargo", "test"])
///     .allow_command(["git", "status"])
///     .allow_changes_under("/home/me/project")
///     .otherwise(AskThePerson);
/// let builder = Codex::builder().request_handler(rules);
/// ```
pub fn rules() -> Rules {
    Rules { commands: Vec::new(), roots: Vec::new(), otherwise: None }
}

/// Accepts what its rules allow; made by [`rules`].
///
/// What no rule allows goes to the handler given to [`otherwise`](Self::otherwise). Without one it is dropped, which
/// declines it, or leaves it to the other clients of a server that was connected to.
pub struct Rules {
    commands: Vec<Vec<String>>,
    roots: Vec<Root>,
    otherwise: Option<Arc<dyn RequestHandler>>,
}

impl Rules {
    /// Allows every command whose first arguments are exactly these, such as
    /// [those that the server proposes](CommandApproval::proposed_amendment). Of no arguments, it allows nothing.
    ///
    /// What follows them is free: `["git"]` allows `git push`, and whatever else git can be made to do. Give as many
    /// arguments as you mean.
    ///
    /// A command is matched only if it is certain to be one program with plain arguments, by itself or as
    /// `/bin/bash -lc '..'`. One with `;`, `&&`, a pipe, a redirection, anything that a shell expands, a variable set
    /// for it (by `env` as well), an escape, or characters other than ASCII is not. Neither is one that asks for more than
    /// to run: for permissions, for the network, or to write to a program that runs already. Where there are
    /// [folders](Self::allow_changes_under), it must run in one of them; where there are none, it may run in any folder,
    /// and what `cargo test` does depends on that.
    pub fn allow_command(
        mut self,
        argv_prefix: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.commands.push(argv_prefix.into_iter().map(Into::into).collect());
        self
    }

    /// Allows changes whose files are all below this folder, `..` and symbolic links resolved.
    ///
    /// For a server on this machine, which this client started itself: elsewhere a path says nothing, and this allows
    /// nothing. A relative `folder` is below the current directory of now.
    ///
    /// Folders `.git`, `.codex` and `.agents` are left out, since files in them decide what is run and allowed. So is a
    /// change that is not [known](FileChangeApproval::changes), and one that asks for a whole folder besides.
    ///
    /// Paths are looked at when the server asks. A program that swaps a folder for a link afterwards is not seen,
    /// and neither is a hard link: a file below the folder may be the same as one elsewhere, which is changed with it.
    pub fn allow_changes_under(mut self, folder: impl Into<PathBuf>) -> Self {
        self.roots.push(Root::new(folder.into()));
        self
    }

    /// Gives what no rule allows to this handler, in place of the one before.
    pub fn otherwise(mut self, handler: impl RequestHandler) -> Self {
        self.otherwise = Some(Arc::new(handler));
        self
    }

    #[inline]
    pub(crate) fn answer(&self, request: PendingRequest) -> Handling<'_> {
        Box::pin(async move {
            let request = match request {
                PendingRequest::Command(request) if self.allows_command(&request).await => {
                    request.accept();
                    return Ok(());
                }
                PendingRequest::FileChange(request) if self.allows_change(&request).await => {
                    request.accept();
                    return Ok(());
                }
                request => request,
            };
            match &self.otherwise {
                Some(handler) => dispatch(&**handler, request).await,
                None => {
                    drop(request);
                    Ok(())
                }
            }
        })
    }

    async fn allows_command(&self, request: &CommandApproval) -> bool {
        let params = request.params();
        let only_runs = matches!(params.kind, None | Some(CommandExecutionApprovalKind::Command))
            && matches!(params.environment_id.as_deref(), None | Some("local"))
            && params.approval_id.is_none()
            && params.additional_permissions.is_none()
            && params.network_approval_context.is_none();
        let argv = request.command().and_then(simple_command::argv);
        let named = argv.is_some_and(|argv| {
            self.commands.iter().any(|prefix| !prefix.is_empty() && argv.starts_with(prefix))
        });
        if !only_runs || !named {
            return false;
        }
        if self.roots.is_empty() {
            return true;
        }
        let Some(cwd) = request.cwd().map(PathBuf::from) else { return false };
        let roots = self.roots.clone();
        request.is_local()
            && off_the_runtime(move || roots.iter().any(|root| root.holds(&cwd))).await
    }

    async fn allows_change(&self, request: &FileChangeApproval) -> bool {
        let Some(changes) = request.changes() else { return false };
        if !request.is_local() || request.params().grant_root.is_some() || changes.is_empty() {
            return false;
        }
        let mut files = Vec::new();
        for change in changes {
            files.push(PathBuf::from(&change.path));
            match &change.kind {
                PatchChangeKind::Add | PatchChangeKind::Delete => {}
                PatchChangeKind::Update(update) => {
                    files.extend(update.move_path.as_deref().map(PathBuf::from));
                }
                // What else may happen to a file is for a person to judge.
                _ => return false,
            }
        }
        let roots = self.roots.clone();
        off_the_runtime(move || {
            files.iter().all(|file| roots.iter().any(|root| root.holds_file(file)))
        })
        .await
    }
}

/// Looks at the file system where nobody waits. What cannot be found out is a no.
async fn off_the_runtime(look: impl FnOnce() -> bool + Send + 'static) -> bool {
    tokio::task::spawn_blocking(look).await.unwrap_or(false)
}

/// How many rules there are: what they name may be confidential.
impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules")
            .field("commands", &self.commands.len())
            .field("roots", &self.roots.len())
            .field("otherwise", &self.otherwise.is_some())
            .finish()
    }
}
