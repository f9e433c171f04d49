//! Taking up a turn that runs already.

use crate::call::{Call, awaitable};
use crate::connection::{Connection, Outgoing};
use crate::error::{Error, Result};
use crate::router::Effects;
use crate::thread::Thread;
use crate::turn::Turn;
use crate::turn_control::{TurnControl, turn_controls};
use codex_protocol::{Id, ThreadTurnsListParams, TurnItemsView};

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
    pub fn send(self) -> Call<Turn> {
        Call::new(async move {
            let Self { thread, turn_id, control } = self;
            // Before the server is asked, so that no event falls between.
            let (turn, missed) = Turn::attach(thread.clone(), turn_id, &control);
            if missed {
                catch_up(thread.codex().connection(), &turn).await?;
            }
            Ok(turn)
        })
    }
}

awaitable!(Attach => Turn);

/// Asks the server, newest turns first, what the turn has done.
async fn catch_up(connection: &Connection, turn: &Turn) -> Result<()> {
    let (thread_id, turn_id) = (turn.thread().id(), turn.id());
    let mut params = ThreadTurnsListParams::new(thread_id.clone()).items_view(TurnItemsView::Full);
    loop {
        let page = match connection.request(&params, Outgoing::default()).await {
            // A thread that is kept in memory alone has no list.
            Err(Error::Rpc { .. }) if connection.router().runs(turn.key()) => return Ok(()),
            page => page?,
        };
        if let Some(found) = page.data.into_iter().find(|found| found.id == *turn_id) {
            let mut effects = Effects::default();
            connection.router().catch_up(thread_id, found, &mut effects);
            return Ok(());
        }
        let Some(cursor) = page.next_cursor else {
            let (thread_id, turn_id) = (thread_id.clone(), turn_id.clone());
            return Err(Error::TurnNotFound { thread_id, turn_id });
        };
        params.cursor = Some(cursor);
    }
}
