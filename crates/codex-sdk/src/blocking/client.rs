//! Starting and ending a client, and with it its runtime.

use super::async_context;
use super::closure::ClosureHandler;
use super::engine::Engine;
use super::into_blocking::IntoBlocking;
use super::{Codex, CodexBuilder};
use crate::ask::PendingRequest;
use crate::error::Result;
use crate::request_handler::Handled;
use std::future::Future;

impl Codex {
    /// Starts the server with default settings; returns once it has answered `initialize`.
    ///
    /// # Errors
    /// Those of [`CodexBuilder::start`].
    ///
    /// # Panics
    /// Inside an async context, where [`codex_sdk::Codex`](crate::Codex) is to be used.
    #[track_caller]
    pub fn start() -> Result<Self> {
        Self::builder().start()
    }

    /// Connects to a server that runs already, with default settings: `ws://HOST:PORT`, `wss://HOST:PORT` or
    /// `unix://PATH`; more in [`codex_sdk::Codex::connect`](crate::Codex::connect).
    ///
    /// # Errors
    /// Those of [`codex_sdk::Codex::connect`](crate::Codex::connect), and [`Error::Thread`](crate::Error::Thread) if the
    /// system gives no thread.
    ///
    /// # Panics
    /// Inside an async context, where [`codex_sdk::Codex`](crate::Codex) is to be used.
    #[cfg(feature = "websocket")]
    #[track_caller]
    pub fn connect(
        server: impl Into<codex_transport::websocket::WebSocketBuilder>,
    ) -> Result<Self> {
        Self::builder().connect(server)
    }

    /// Chooses settings first.
    pub fn builder() -> CodexBuilder {
        CodexBuilder::default()
    }

    /// Ends the server in order; returns when its process is gone, and the client's threads with it. Safe to call again.
    ///
    /// Of a server that was connected to, only the connection is ended; what runs there goes on.
    ///
    /// Whoever waits for anything gets [`Error::Disconnected`](crate::Error::Disconnected). A turn that runs is cut off by
    /// the server. A closure that answers a request or serves as a tool cannot be stopped: it is waited for as long as
    /// [`shutdown_grace`](CodexBuilder::shutdown_grace), and then left to itself.
    ///
    /// # Errors
    /// [`Error::Disconnected`](crate::Error::Disconnected) if the process could not be ended, if a recording is not whole,
    /// or if a replay was not followed.
    ///
    /// # Panics
    /// Inside an async context, where [`codex_sdk::Codex`](crate::Codex) is to be used.
    #[track_caller]
    pub fn close(&self) -> Result<()> {
        let closed = self.engine.wait("Codex", self.inner.close());
        self.engine.stop();
        closed
    }
}

impl CodexBuilder {
    /// Starts the server and returns once it has answered `initialize`.
    ///
    /// # Errors
    /// Those of [`codex_sdk::CodexBuilder::start`](crate::CodexBuilder::start), and
    /// [`Error::Thread`](crate::Error::Thread) if the system gives no thread.
    ///
    /// # Panics
    /// Inside an async context, where [`codex_sdk::Codex`](crate::Codex) is to be used.
    #[track_caller]
    pub fn start(self) -> Result<Codex> {
        open(self.inner.grace(), self.inner.start())
    }

    /// Connects to a server that runs already, and returns once it has answered `initialize`; see [`Codex::connect`].
    ///
    /// What was chosen about the server's process is not used, nor is a [`transport`](Self::transport).
    /// [`max_frame_bytes`](Self::max_frame_bytes) and [`shutdown_grace`](Self::shutdown_grace) replace those of a
    /// `WebSocketBuilder`.
    ///
    /// # Errors
    /// Those of [`codex_sdk::CodexBuilder::connect`](crate::CodexBuilder::connect), and
    /// [`Error::Thread`](crate::Error::Thread) if the system gives no thread.
    ///
    /// # Panics
    /// Inside an async context, where [`codex_sdk::Codex`](crate::Codex) is to be used.
    #[cfg(feature = "websocket")]
    #[track_caller]
    pub fn connect(
        self,
        server: impl Into<codex_transport::websocket::WebSocketBuilder>,
    ) -> Result<Codex> {
        open(self.inner.grace(), self.inner.connect(server))
    }

    /// Has a closure answer what the server asks and no stream takes, in place of a
    /// [`request_handler`](Self::request_handler).
    ///
    /// It runs on a thread of its own for every request, several at once, and may take as long as a person does. A request
    /// that it drops is declined, or left to the other clients of a server that was connected to; the same becomes of one
    /// for which it fails or panics. Whether the answer is still wanted,
    /// [`withdrawn_within`](PendingRequest::withdrawn_within) tells.
    ///
    /// ```
    /// use codex_sdk::PendingRequest;
    /// use codex_sdk::blocking::Codex;
    ///
    /// let builder = Codex::builder().on_request(|request| {
    ///     if let PendingRequest::Command(command) = request {
    ///         println!("May it run {:?}?", command.params().command);
    ///         let mut line = String::new();
    ///         std::io::stdin().read_line(&mut line)?;
    ///         match line.trim() {
    ///             "yes" => command.accept(),
    ///             _ => command.decline(),
    ///         };
    ///     }
    ///     Ok(())
    /// });
    /// ```
    pub fn on_request(
        self,
        closure: impl Fn(PendingRequest) -> Handled + Send + Sync + 'static,
    ) -> Self {
        self.request_handler(ClosureHandler::new(closure))
    }
}

/// Starts the runtime, then the client on it. The runtime goes with a client that does not come to be.
#[track_caller]
fn open(
    grace: std::time::Duration,
    start: impl Future<Output = Result<crate::Codex>>,
) -> Result<Codex> {
    async_context::refuse("Codex");
    let engine = Engine::start(grace)?;
    match engine.wait("Codex", start) {
        Ok(codex) => Ok(codex.into_blocking(&engine)),
        Err(error) => {
            engine.stop();
            Err(error)
        }
    }
}
