use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use super::Input;
use super::story::Story;
use crate::Error;

/// The server's side of a [`pair`](super::pair) or a [`scripted`](super::scripted) one, played by the test.
///
/// Dropping it hangs up; at the end of a script the connection stays.
///
/// What begins with `expect` panics if something else comes, and tells what was seen.
pub struct MockPeer {
    to_client: mpsc::UnboundedSender<Input>,
    from_client: Option<mpsc::UnboundedReceiver<String>>,
    /// What came while an answer was waited for.
    aside: VecDeque<String>,
    last_id: i64,
    story: Story,
    hung_up: bool,
    /// Where a script leaves what is to be watched after its end.
    back: Option<oneshot::Sender<Rest>>,
}

/// What is left of a peer after its script.
pub(super) struct Rest {
    pub(super) aside: VecDeque<String>,
    pub(super) from_client: mpsc::UnboundedReceiver<String>,
    pub(super) hung_up: bool,
}

/// A request of the client, as [`MockPeer::expect`] gives it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MockRequest {
    /// What its answer must bear.
    pub id: Value,
    /// `null` if there are none.
    pub params: Value,
}

impl fmt::Debug for MockPeer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockPeer")
            .field("aside", &self.aside.len())
            .field("story", &self.story)
            .field("hung_up", &self.hung_up)
            .finish_non_exhaustive()
    }
}

impl MockPeer {
    pub(super) fn new(
        to_client: mpsc::UnboundedSender<Input>,
        from_client: mpsc::UnboundedReceiver<String>,
    ) -> Self {
        Self {
            to_client,
            from_client: Some(from_client),
            aside: VecDeque::new(),
            last_id: 0,
            story: Story::default(),
            hung_up: false,
            back: None,
        }
    }

    /// Puts it into a script.
    pub(super) fn lend(
        &mut self,
    ) -> (oneshot::Receiver<Rest>, mpsc::UnboundedSender<Input>, Story) {
        let (back, rest) = oneshot::channel();
        self.back = Some(back);
        (rest, self.to_client.clone(), self.story.clone())
    }

    /// The next frame from the client; `None` once it closed or dropped its sending half.
    ///
    /// # Cancel safety
    ///
    /// Safe: a frame is either returned or still there.
    pub async fn recv(&mut self) -> Option<String> {
        if let Some(frame) = self.aside.pop_front() {
            return Some(frame);
        }
        self.recv_new().await
    }

    /// The next frame, which must be a request of this method.
    ///
    /// # Panics
    ///
    /// If it is something else, or the client is gone.
    ///
    /// # Cancel safety
    ///
    /// Safe: a frame is either returned or still there.
    pub async fn expect(&mut self, method: &str) -> MockRequest {
        let mut message = self.expect_message(&format!("request `{method}`")).await;
        MockRequest { id: member(&mut message, "id"), params: member(&mut message, "params") }
    }

    /// The params of the next frame, which must be a notification of this method.
    ///
    /// # Panics
    ///
    /// If it is something else, or the client is gone.
    ///
    /// # Cancel safety
    ///
    /// Safe: a frame is either returned or still there.
    pub async fn expect_notification(&mut self, method: &str) -> Value {
        let mut message = self.expect_message(&format!("notification `{method}`")).await;
        member(&mut message, "params")
    }

    /// Waits until the client has closed or dropped its sending half, having sent nothing more.
    ///
    /// # Panics
    ///
    /// If a frame comes.
    pub async fn expect_end(&mut self) {
        self.story.waits_for("the end of the client".to_owned());
        match self.recv().await {
            None => self.story.waited_for().map_or((), drop),
            Some(frame) => self.fail_expected("the end of the client", &name_of(&frame)),
        }
    }

    /// Takes whatever else the client sends, up to its end.
    pub async fn ignore_rest(&mut self) {
        while self.recv().await.is_some() {}
    }

    /// Answers a request.
    pub fn answer(&self, request: &MockRequest, result: Value) {
        self.send(&format!("{{\"id\":{},\"result\":{result}}}", request.id));
    }

    /// Answers a request with an error.
    pub fn refuse(&self, request: &MockRequest, code: i64, message: &str) {
        let error = format!("{{\"code\":{code},\"message\":{}}}", Value::from(message));
        self.send(&format!("{{\"error\":{error},\"id\":{}}}", request.id));
    }

    /// Sends a notification.
    pub fn notify(&self, method: &str, params: Value) {
        // As servers write it: method first.
        self.send(&format!("{{\"method\":{},\"params\":{params}}}", Value::from(method)));
    }

    /// Sends a request under a new id (1, 2, ..) and waits for its answer: the `result`, or the `error`.
    ///
    /// Other frames that come meanwhile are kept for later.
    /// To do something else meanwhile, use [`ask`](Self::ask).
    ///
    /// # Errors
    ///
    /// The `error` that the client answered with.
    ///
    /// # Panics
    ///
    /// If the client goes without an answer.
    pub async fn request(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.ask(method, params);
        self.expect_answer(id).await
    }

    /// Sends a request under a new id (1, 2, ..), which it gives.
    pub fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.last_id += 1;
        let (id, method) = (self.last_id, Value::from(method));
        self.send(&format!("{{\"method\":{method},\"id\":{id},\"params\":{params}}}"));
        id
    }

    /// Waits for the answer to a request of the server: the `result`, or the `error`.
    ///
    /// Other frames that come meanwhile are kept for later.
    ///
    /// # Errors
    ///
    /// The `error` that the client answered with.
    ///
    /// # Panics
    ///
    /// If the client goes without an answer.
    pub async fn expect_answer(&mut self, id: i64) -> Result<Value, Value> {
        let expected = format!("the answer to request {id}");
        if let Some(at) = self.aside.iter().position(|frame| answer(frame, id).is_some()) {
            let answered = self.aside.remove(at).and_then(|frame| answer(&frame, id));
            return answered.unwrap_or(Ok(Value::Null));
        }
        self.story.waits_for(expected.clone());
        loop {
            match self.recv_new().await {
                Some(frame) => match answer(&frame, id) {
                    Some(answer) => return answer,
                    None => self.aside.push_back(frame),
                },
                None => self.fail_expected(&expected, "the end of the client"),
            }
            self.story.waits_for(expected.clone());
        }
    }

    /// Waits, by tokio's clock, which may be paused.
    pub async fn delay(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    /// Sends one frame; a client that is gone does not get it.
    pub fn send(&self, frame: &str) {
        self.send_raw(format!("{frame}\n"));
    }

    /// Sends any bytes, which the client gets by one read.
    ///
    /// Line ends are the caller's affair, so a frame can come in pieces, or broken.
    pub fn send_raw(&self, bytes: impl Into<Vec<u8>>) {
        let bytes = bytes.into();
        self.story.server(&String::from_utf8_lossy(&bytes));
        self.input(Input::Bytes(bytes));
    }

    /// Ends the connection as a server does that exits: the client still gets what was sent before, then [`Error::Disconnected`].
    ///
    /// What the client sent before can still be received.
    pub fn hang_up(&mut self) {
        self.fail(Error::Disconnected);
    }

    /// As [`hang_up`](Self::hang_up), with an error of the test's choice for the client's receiver.
    pub fn fail(&mut self, error: Error) {
        self.hung_up = true;
        if let Some(from_client) = &mut self.from_client {
            from_client.close();
        }
        self.input(Input::End(error));
    }

    async fn recv_new(&mut self) -> Option<String> {
        let frame = self.from_client.as_mut()?.recv().await?;
        self.story.client(&frame);
        self.story.waited_for();
        Some(frame)
    }

    /// The next frame, which must be what it is called.
    fn expect_message(&mut self, expected: &str) -> impl Future<Output = Value> {
        let expected = expected.to_owned();
        async move {
            self.story.waits_for(expected.clone());
            match self.recv().await {
                Some(frame) if name_of(&frame) == expected => frame.parse().unwrap_or_default(),
                Some(frame) => self.fail_expected(&expected, &name_of(&frame)),
                None => self.fail_expected(&expected, "the end of the client"),
            }
        }
    }

    fn fail_expected(&self, expected: &str, came: &str) -> ! {
        self.story.waited_for();
        panic!("{}", self.story.tell(&format!("expected {expected}, and there came {came}")));
    }

    fn input(&self, input: Input) {
        // Without a receiver there is nobody to tell: a process writing into a closed pipe is no error of ours either.
        let _ = self.to_client.send(input);
    }
}

impl Drop for MockPeer {
    fn drop(&mut self) {
        let Some(back) = self.back.take() else { return self.hang_up() };
        if let Some(from_client) = self.from_client.take() {
            let aside = std::mem::take(&mut self.aside);
            // Nobody takes it once the script has failed.
            let _ = back.send(Rest { aside, from_client, hung_up: self.hung_up });
        }
    }
}

/// What a frame of the client is.
pub(super) fn name_of(frame: &str) -> String {
    let message: Value = frame.parse().unwrap_or_default();
    if !message.is_object() {
        return "what is no JSON object".to_owned();
    }
    match (message.get("method").and_then(Value::as_str), message.get("id")) {
        (Some(method), Some(_)) => format!("request `{method}`"),
        (Some(method), None) => format!("notification `{method}`"),
        (None, Some(id)) => format!("the answer to request {id}"),
        (None, None) => "what is no message".to_owned(),
    }
}

fn answer(frame: &str, id: i64) -> Option<Result<Value, Value>> {
    let mut message: Value = frame.parse().ok()?;
    if message.get("method").is_some() || message.get("id").and_then(Value::as_i64) != Some(id) {
        return None;
    }
    Some(match message.get_mut("error") {
        Some(error) => Err(error.take()),
        None => Ok(member(&mut message, "result")),
    })
}

/// Takes out a member; one that is not there is null.
fn member(message: &mut Value, name: &str) -> Value {
    message.get_mut(name).map(Value::take).unwrap_or_default()
}
