//! A thread as the server keeps it: reading, naming, putting away.

use crate::call::{Call, awaitable};
use crate::codex::Codex;
use crate::connection::Outgoing;
use crate::options::{opaque_debug, setters};
use crate::thread::Thread;
use crate::thread_fork::ThreadFork;
use codex_protocol::{
    ClientRequest, Id, ThreadArchiveParams, ThreadDeleteParams, ThreadReadParams,
    ThreadRevertParams, ThreadSetNameParams, ThreadUnarchiveParams,
};

impl Codex {
    /// Starts a thread with the history of another (`thread/fork`).
    pub fn thread_fork(&self, thread_id: impl Into<Id>) -> ThreadFork {
        ThreadFork::new(self.clone(), thread_id.into())
    }

    /// Reads a thread without loading it (`thread/read`).
    pub fn thread_read(&self, thread_id: impl Into<Id>) -> ThreadRead {
        ThreadRead::new(self.clone(), thread_id.into())
    }

    /// Puts a thread into the archive (`thread/archive`); the server unloads it.
    ///
    /// # Errors
    /// [`Error::Rpc`](crate::Error::Rpc) if the server does not keep the thread, as before its first turn, and those of
    /// every request.
    pub fn thread_archive(&self, thread_id: impl Into<Id>) -> Call<()> {
        self.tell(ThreadArchiveParams::new(thread_id))
    }

    /// Takes a thread out of the archive again (`thread/unarchive`). To go on with it,
    /// [resume](Codex::thread_resume) it.
    ///
    /// # Errors
    /// [`Error::Rpc`](crate::Error::Rpc) if the thread is not in the archive, and those of every request.
    pub fn thread_unarchive(&self, thread_id: impl Into<Id>) -> Call<codex_protocol::Thread> {
        let (codex, params) = (self.clone(), ThreadUnarchiveParams::new(thread_id));
        Call::new(async move {
            let response = codex.connection().request(&params, Outgoing::default()).await?;
            Ok(response.thread)
        })
    }

    /// Deletes a thread for good (`thread/delete`).
    ///
    /// # Errors
    /// [`Error::Rpc`](crate::Error::Rpc) if the server does not keep the thread, and those of every request.
    pub fn thread_delete(&self, thread_id: impl Into<Id>) -> Call<()> {
        self.tell(ThreadDeleteParams::new(thread_id))
    }

    /// Makes a request of whose answer only that it came matters.
    pub(crate) fn tell<P>(&self, params: P) -> Call<()>
    where
        P: ClientRequest + Send + Sync + 'static,
    {
        let codex = self.clone();
        Call::new(async move {
            codex.connection().request(&params, Outgoing::default()).await.map(drop)
        })
    }
}

impl Thread {
    /// Reads the thread as the server keeps it (`thread/read`).
    pub fn read(&self) -> ThreadRead {
        self.codex().thread_read(self.id().clone())
    }

    /// Gives the thread a name (`thread/name/set`).
    ///
    /// # Errors
    /// Those of every request.
    pub fn set_name(&self, name: impl Into<String>) -> Call<()> {
        self.codex().tell(ThreadSetNameParams::new(name, self.id().clone()))
    }

    /// Starts a thread with the history of this one (`thread/fork`).
    pub fn fork(&self) -> ThreadFork {
        self.codex().thread_fork(self.id().clone())
    }

    /// Forgets a turn and all that came after it (`thread/revert`); gives the thread as it is then. Files that were
    /// changed stay as they are.
    ///
    /// # Errors
    /// [`Error::Rpc`](crate::Error::Rpc) if the thread has no such turn, and those of every request.
    pub fn revert(&self, before_turn_id: impl Into<Id>) -> Call<codex_protocol::Thread> {
        let thread = self.clone();
        let params = ThreadRevertParams::new(before_turn_id, self.id().clone());
        Call::new(async move {
            let connection = thread.codex().connection();
            Ok(connection.request(&params, Outgoing::default()).await?.thread)
        })
    }

    /// Puts the thread into the archive (`thread/archive`); the server unloads it.
    ///
    /// # Errors
    /// Those of [`Codex::thread_archive`].
    #[inline]
    pub fn archive(&self) -> Call<()> {
        self.codex().thread_archive(self.id().clone())
    }

    /// Deletes the thread for good (`thread/delete`).
    ///
    /// # Errors
    /// Those of [`Codex::thread_delete`].
    #[inline]
    pub fn delete(&self) -> Call<()> {
        self.codex().thread_delete(self.id().clone())
    }
}

/// Reads a thread as the server keeps it; made by [`Thread::read`] and [`Codex::thread_read`].
#[derive(Clone)]
#[must_use = "nothing is read before this is awaited"]
pub struct ThreadRead {
    codex: Codex,
    params: ThreadReadParams,
}

impl ThreadRead {
    fn new(codex: Codex, thread_id: Id) -> Self {
        Self { codex, params: ThreadReadParams::new(thread_id) }
    }

    pub(crate) fn params_mut(&mut self) -> &mut ThreadReadParams {
        &mut self.params
    }

    setters! {
        /// Whether the turns are read, too. Default: no. Of a thread with a long history,
        /// [`Thread::turns`](crate::Thread::turns) reads them page by page.
        optional include_turns: bool,
    }

    /// The call as a named future.
    ///
    /// # Errors
    /// [`Error::Rpc`](crate::Error::Rpc) if the server does not know the thread, or if turns are asked for before the
    /// first, and those of every request.
    #[inline]
    pub fn send(self) -> Call<codex_protocol::Thread> {
        Call::new(async move {
            let connection = self.codex.connection();
            Ok(connection.request(&self.params, Outgoing::default()).await?.thread)
        })
    }
}

opaque_debug!(ThreadRead);
awaitable!(ThreadRead => codex_protocol::Thread);
