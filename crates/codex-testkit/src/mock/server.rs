//! The server, as the test holds it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use codex_protocol::{ClientRequest, RpcError, ServerRequestParams};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::watch;

use super::story::Story;
use super::{MockRequest, MockServerTransport, MockThread, MockTurn};
use crate::Error;
use crate::gate::PATIENCE;

/// A server for an application's tests that does what the test has written down.
///
/// It answers the handshake, `thread/start` and `thread/resume` by itself; each `turn/start` plays
/// the next turn of the script, on any thread; steering and interrupting work as on the real one.
/// Any other request needs an [`answer`](Self::answer).
/// All that it sends is made of the protocol's models.
///
/// When it is dropped, a script that was not met fails the test: a turn that was not asked for, a
/// request without an answer, a question that the client left open. Drop the client first.
/// A closure of the script that panics ends the connection and fails the test too.
///
/// # Panics
///
/// Dropping it panics if the script was not met, unless [`check`](Self::check) was called or the
/// thread panics already. It also panics where a test is about to return an `Err`, as with `?`
/// before the last turn: what the test then shows is the panic and not the error. Call `check`
/// before such a return to see the error.
///
/// ```
/// use codex_sdk::Codex;
/// use codex_testkit::MockServer;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let server = MockServer::new().turn(|t| t.delta("Hel").delta("lo.").complete());
///
/// let codex = Codex::builder().transport(server.transport()).start().await?;
/// let thread = codex.thread_start().model("gpt-5").await?;
/// let result = thread.run("Say hello.").await?;
///
/// assert_eq!(result.text, "Hello.");
/// assert_eq!(server.user_texts(), ["Say hello."]);
/// # Ok::<(), codex_sdk::Error>(()) }).unwrap();
/// ```
pub struct MockServer {
    shared: Arc<Shared>,
    checked: std::sync::atomic::AtomicBool,
}

/// What the test and the connections both see.
pub(super) struct Shared {
    story: Mutex<Story>,
    /// How many requests the client has sent; tells those who wait for more.
    count: watch::Sender<usize>,
}

impl Shared {
    pub(super) fn story(&self) -> MutexGuard<'_, Story> {
        // Nothing of the story is half done between two statements that can panic.
        self.story.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what the client sent.
    pub(super) fn sent(&self, request: MockRequest) {
        let count = {
            let mut story = self.story();
            story.sent.push(request);
            story.sent.len()
        };
        self.count.send_replace(count);
    }
}

impl MockServer {
    /// A server that answers the handshake and threads, and has no turn yet.
    pub fn new() -> Self {
        let shared = Shared { story: Mutex::default(), count: watch::Sender::new(0) };
        Self { shared: Arc::new(shared), checked: false.into() }
    }

    /// Adds what the server does in the next turn, of whichever thread.
    #[must_use]
    pub fn turn(self, turn: impl FnOnce(MockTurn) -> MockTurn) -> Self {
        self.shared.story().turns.push_back(turn(MockTurn::default()));
        self
    }

    /// Gives the next thread that is started turns of its own.
    ///
    /// ```
    /// # use codex_testkit::MockServer;
    /// let server = MockServer::new()
    ///     .thread(|thread| thread.turn(|t| t.message("one")).turn(|t| t.message("two")))
    ///     .thread(|thread| thread.turn(|t| t.message("another thread")));
    /// # let _ = server.check();
    /// ```
    #[must_use]
    pub fn thread(self, thread: impl FnOnce(MockThread) -> MockThread) -> Self {
        self.shared.story().threads.push_back(thread(MockThread::default()));
        self
    }

    /// Answers the next request of type `P`, also one that the server knows by itself.
    ///
    /// ```
    /// # use codex_testkit::MockServer;
    /// use codex_sdk::protocol::{ModelListParams, ModelListResponse};
    /// let server = MockServer::new().answer(|_: ModelListParams| ModelListResponse::new(vec![]));
    /// # let _ = server.check();
    /// ```
    #[must_use]
    pub fn answer<P>(self, answer: impl FnOnce(P) -> P::Response + Send + 'static) -> Self
    where
        P: ClientRequest + DeserializeOwned,
        P::Response: Serialize,
    {
        let answer = move |params: Value| {
            // From text, as off the wire.
            let params = serde_json::from_str(&params.to_string());
            let params = params.map_err(|error| RpcError::new(REFUSED, error.to_string()))?;
            let written = serde_json::to_value(answer(params));
            written.map_err(|error| RpcError::new(REFUSED, error.to_string()))
        };
        self.shared.story().answers.push((P::METHOD, Box::new(answer)));
        self
    }

    /// Refuses the next request of type `P`.
    ///
    /// ```
    /// # use codex_testkit::MockServer;
    /// use codex_sdk::protocol::ThreadStartParams;
    /// let server = MockServer::new().refuse::<ThreadStartParams>(-32001, "Server overloaded");
    /// # let _ = server.check();
    /// ```
    #[must_use]
    pub fn refuse<P: ClientRequest>(self, code: i64, message: impl Into<String>) -> Self {
        let error = RpcError::new(code, message);
        self.shared.story().answers.push((P::METHOD, Box::new(|_| Err(error))));
        self
    }

    /// A connection to it, for `Codex::builder().transport(..)`. Each call makes another.
    pub fn transport(&self) -> MockServerTransport {
        MockServerTransport::new(self.shared.clone())
    }

    /// All that the client sent so far but its answers, in order.
    pub fn requests(&self) -> Vec<MockRequest> {
        self.shared.story().sent.clone()
    }

    /// The params of the requests of type `P` that the client made so far.
    ///
    /// Those that cannot be read are refused, and fail the test, when they come.
    pub fn received<P: ClientRequest + DeserializeOwned>(&self) -> Vec<P> {
        self.shared.story().sent.iter().filter_map(MockRequest::params).collect()
    }

    /// Waits until the client has made this many requests of type `P`.
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`] if they have not come within 30 seconds.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn wait_for<P>(&self, requests: usize) -> Result<Vec<P>, Error>
    where
        P: ClientRequest + DeserializeOwned,
    {
        let mut count = self.shared.count.subscribe();
        let enough = count.wait_for(|_| self.received::<P>().len() >= requests);
        if tokio::time::timeout(PATIENCE, enough).await.is_ok() {
            return Ok(self.received());
        }
        let came = self.received::<P>().len();
        let what = format!("{} came {came} times, not {requests}", P::METHOD);
        Err(Error::Timeout { what, waited: PATIENCE })
    }

    /// What the user said so far, in all turns: the texts of `turn/start` and `turn/steer`.
    pub fn user_texts(&self) -> Vec<String> {
        let inputs = self
            .requests()
            .into_iter()
            .filter(|request| matches!(&*request.method, "turn/start" | "turn/steer"));
        let parts = inputs.flat_map(|request| match &request.params["input"] {
            Value::Array(parts) => parts.clone(),
            _ => Vec::new(),
        });
        parts.filter_map(|part| part["text"].as_str().map(str::to_owned)).collect()
    }

    /// The client's answers to the requests of type `R` that turns made, in order.
    ///
    /// An answer that is no `R::Response` fails the test when it comes, and is left out here.
    pub fn answers<R>(&self) -> Vec<Result<R::Response, RpcError>>
    where
        R: ServerRequestParams,
        R::Response: DeserializeOwned,
    {
        let story = self.shared.story();
        let of_method = story.answered.iter().filter(|(method, _)| *method == R::METHOD);
        let read = of_method.filter_map(|(_, answer)| match answer {
            Ok(result) => serde_json::from_str(&result.to_string()).ok().map(Ok),
            Err(error) => Some(Err(error.clone())),
        });
        read.collect()
    }

    /// Checks that the script was met; the drop of the server then does not.
    ///
    /// # Errors
    ///
    /// [`Error::Script`] that names what the client did not do, or did instead.
    pub fn check(&self) -> Result<(), Error> {
        self.checked.store(true, std::sync::atomic::Ordering::Relaxed);
        self.shared.story().check().map_err(Error::Script)
    }
}

/// What the real server refuses nearly everything with.
pub(super) const REFUSED: i64 = -32600;

impl Default for MockServer {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for MockServer {
    /// Fails the test if the script was not met, unless the test fails already.
    fn drop(&mut self) {
        if *self.checked.get_mut() || std::thread::panicking() {
            return;
        }
        let met = self.shared.story().check();
        if let Err(complaint) = met {
            panic!("the script of the mock server was not met: {complaint}");
        }
    }
}

impl fmt::Debug for MockServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let story = self.shared.story();
        f.debug_struct("MockServer")
            .field("turns_left", &story.turns.len())
            .field("sent", &story.sent.len())
            .finish_non_exhaustive()
    }
}
