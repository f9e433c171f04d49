//! The scripted model, as the test holds it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::server::{Server, Shared};
use super::{ModelRequest, Reply};
use crate::Error;
use crate::gate::PATIENCE;

/// A model that says what the test has written down: a Responses API server on loopback.
///
/// Replies are taken from one queue, in order, by whichever request comes next.
/// Where several threads talk at once, [`on`](Self::on) gives each its own queue, chosen by a word
/// of what the user says.
/// A request for which nothing is left gets HTTP 400 with a text that begins with
/// `script exhausted`; codex does not try again then, and its turn fails with that text.
///
/// It serves `POST /v1/responses` as a stream of server-sent events, `GET /v1/models` as an empty
/// list, and 404 for anything else.
/// It runs on a thread of its own; dropping it cuts every connection and waits for that thread,
/// which ends at once.
///
/// Nothing is checked on drop: a test that wants every reply to have been asked for calls
/// [`check`](Self::check) at its end.
#[derive(Debug)]
pub struct ScriptedModel {
    // Declared first: the server ends before what it serves from.
    server: Server,
    shared: Arc<Shared>,
}

/// The replies to what the user says with a certain word in it, from [`ScriptedModel::on`].
#[derive(Debug)]
pub struct Rule<'a> {
    model: &'a ScriptedModel,
    needle: String,
}

static SERIAL: AtomicUsize = AtomicUsize::new(1);

impl ScriptedModel {
    /// Starts a model with an empty script, on a free port.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] if the machine gives no port or no thread.
    pub async fn start() -> Result<Self, Error> {
        Self::start_blocking()
    }

    /// The same, for tests without async.
    ///
    /// # Errors
    ///
    /// As for [`start`](Self::start).
    pub fn start_blocking() -> Result<Self, Error> {
        let shared = Arc::new(Shared::new(SERIAL.fetch_add(1, Ordering::Relaxed)));
        Ok(Self { server: Server::start(shared.clone())?, shared })
    }

    /// Adds to the queue what the model says next.
    pub fn reply(&self, reply: Reply) -> &Self {
        self.shared.script().push(reply);
        self
    }

    /// A queue of its own for requests in which the user's last text contains `text`.
    ///
    /// Such requests never take from the common queue.
    /// Where several fit, the one that got a reply first is taken.
    pub fn on(&self, text: impl Into<String>) -> Rule<'_> {
        Rule { model: self, needle: text.into() }
    }

    /// Where codex finds it: the `base_url` of a model provider.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.server.address())
    }

    /// What it was asked so far, in order of arrival, with the requests that found no reply.
    pub fn requests(&self) -> Vec<ModelRequest> {
        self.shared.requests().borrow().clone()
    }

    /// The same, and forgets them: for what runs so long that they would fill the memory.
    ///
    /// [`wait_for_requests`](Self::wait_for_requests) counts anew from here.
    pub fn take_requests(&self) -> Vec<ModelRequest> {
        self.shared.requests().send_replace(Vec::new())
    }

    /// Waits until it was asked this often, and gives all that it was asked.
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`] if the requests have not come within 30 seconds.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future changes nothing.
    pub async fn wait_for_requests(&self, count: usize) -> Result<Vec<ModelRequest>, Error> {
        let mut requests = self.shared.requests().subscribe();
        let enough = requests.wait_for(|requests| requests.len() >= count);
        if let Ok(Ok(requests)) = tokio::time::timeout(PATIENCE, enough).await {
            return Ok(requests.clone());
        }
        let what = format!("the model was asked {} times, not {count}", self.requests().len());
        Err(Error::Timeout { what, waited: PATIENCE })
    }

    /// Checks at the end of a test that the script was played: each reply asked for, and a reply
    /// for each request.
    ///
    /// # Errors
    ///
    /// [`Error::Script`] that names what is left of either.
    pub fn check(&self) -> Result<(), Error> {
        self.shared.script().check().map_err(Error::Script)
    }
}

impl Rule<'_> {
    /// Adds to its queue what the model says next.
    pub fn reply(&self, reply: Reply) -> &Self {
        self.model.shared.script().push_on(&self.needle, reply);
        self
    }
}
