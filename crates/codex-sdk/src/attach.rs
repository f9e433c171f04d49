//! Taking up a turn that runs already.

use crate::call::{Call, awaitable};
use crate::error::{Error, Result};
use crate::router::Effects;
use crate::thread::Thread;
use crate::turn::Turn;
use crate::turn_control::{TurnControl, turn_controls};
use codex_protocol::{Id, TurnItemsView};

/// Takes up a turn; made by [`Thread::attach`].
#[derive(Debug, Clone)]
#[must_use = "nothing is taken up before this is awaited"]
pub struct Attach {
    thread: Thread,
    turn_id: Id,
    control: TurnControl,
}

impl Attach {
    pub(crate) fn new(thread: Thread, turn_id: Id) -> Self {
        Self { thread, turn_id, control: TurnControl::default() }
    }

    pub(crate) fn control_mut(&mut self) -> &mut TurnControl {
        &mut self.control
    }

    turn_controls!();

    /// The call as a named future.
    ///
    /// The server is asked what the turn has done so far (`thread/turns/list`), so that its result is whole: the items
    /// that finished before are in it, and a turn that is over already has its end. Its usage is not known, and of a
    /// message that was being streamed the beginning is missing until it is finished.
    ///
    /// # Errors
    /// [`Error::TurnNotFound`] if the thread has no such turn,
    /// [`Error::Rpc`] if the server does not have the thread loaded, and those of every request.
    #[inline]
    pub fn send(self) -> Call<Turn> {
        Call::new(async move {
            let Self { thread, turn_id, control } = self;
            // Before the server is asked, so that no event falls between.
            let (turn, missed) = Turn::attach(thread, turn_id, &control);
            if missed {
                catch_up(&turn).await?;
            }
            Ok(turn)
        })
    }
}

awaitable!(Attach => Turn);

/// Asks the server, newest turns first, what the turn has done.
async fn catch_up(turn: &Turn) -> Result<()> {
    let (thread, turn_id) = (turn.thread(), turn.id());
    let connection = thread.codex().connection();
    let mut turns = thread.turns().items_view(TurnItemsView::Full).stream();
    while let Some(listed) = turns.next().await {
        match listed {
            Ok(found) if found.id == *turn_id => {
                let mut effects = Effects::default();
                connection.router().catch_up(thread.id(), found, &mut effects);
                return Ok(());
            }
            Ok(_) => {}
            // A thread that is kept in memory alone has no list.
            Err(Error::Rpc { .. }) if connection.router().runs(turn.key()) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Err(Error::TurnNotFound { thread_id: thread.id().clone(), turn_id: turn_id.clone() })
}
