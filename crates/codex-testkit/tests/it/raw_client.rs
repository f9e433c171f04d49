//! The least client that can hold a turn: these tests must not lean on the SDK that they serve.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use codex_testkit::CodexHome;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;

/// Only against a hang: nothing here takes a tenth of it.
const GUARD: Duration = Duration::from_secs(60);

pub(crate) struct RawClient {
    // First, so that the process is killed before anything else goes.
    child: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: JoinHandle<String>,
    last_id: i64,
    seen: Vec<Value>,
}

/// A turn that has ended: its `turn` object, and every notification since `turn/start`.
pub(crate) struct Ended {
    pub(crate) turn: Value,
    pub(crate) events: Vec<Value>,
}

impl RawClient {
    /// Starts the real app-server and shakes hands.
    pub(crate) async fn start(home: &CodexHome) -> Self {
        let runtime = match codex_runtime::locate(None) {
            Ok(runtime) => runtime,
            Err(missing) => panic!("{missing}"),
        };
        let mut command = Command::new(runtime.path);
        command.arg("app-server").current_dir(home.work_dir()).envs(home.env());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let stderr = tokio::spawn(read_all(child.stderr.take().unwrap()));
        let mut client = Self { child, stdin, stdout, stderr, last_id: 0, seen: Vec::new() };
        let info = json!({ "name": "testkit", "version": "0" });
        let capabilities = json!({ "experimentalApi": true });
        client.ask("initialize", json!({ "clientInfo": info, "capabilities": capabilities })).await;
        client.send(json!({ "method": "initialized" })).await;
        client
    }

    /// A new thread that may do anything in the home's working folder.
    pub(crate) async fn thread(&mut self, home: &CodexHome) -> String {
        let params = json!({ "cwd": home.work_dir(), "approvalPolicy": "never",
                             "sandbox": "danger-full-access" });
        let started = self.ask("thread/start", params).await;
        started["thread"]["id"].as_str().unwrap().to_owned()
    }

    /// Starts a turn and returns its id.
    pub(crate) async fn say(&mut self, thread: &str, text: &str) -> String {
        let input = json!([{ "type": "text", "text": text }]);
        let params = json!({ "threadId": thread, "input": input });
        let started = self.ask("turn/start", params).await;
        started["turn"]["id"].as_str().unwrap().to_owned()
    }

    /// One turn from its start to its end.
    pub(crate) async fn turn(&mut self, thread: &str, text: &str) -> Ended {
        self.seen.clear();
        self.say(thread, text).await;
        self.ended(thread).await
    }

    /// Waits for the end of the thread's turn.
    pub(crate) async fn ended(&mut self, thread: &str) -> Ended {
        let is_end = |event: &Value| {
            event["method"] == "turn/completed" && event["params"]["threadId"] == thread
        };
        let end = self.until(is_end).await;
        Ended { turn: end["params"]["turn"].clone(), events: self.seen.clone() }
    }

    /// Reads notifications until one fits, which may have been read already.
    pub(crate) async fn until(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(event) = self.seen.iter().find(|event| fits(event)) {
            return event.clone();
        }
        loop {
            let event = self.next().await;
            self.seen.push(event.clone());
            if fits(&event) {
                return event;
            }
        }
    }

    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        self.send(json!({ "id": id, "method": method, "params": params })).await;
        loop {
            let message = self.next().await;
            if message["id"] != id {
                self.seen.push(message);
            } else if message["error"].is_null() {
                return message["result"].clone();
            } else {
                panic!("{method} was refused: {message}");
            }
        }
    }

    /// Answers a request of the server.
    pub(crate) async fn answer(&mut self, id: &Value, result: Value) {
        self.send(json!({ "id": id, "result": result })).await;
    }

    pub(crate) async fn kill(&mut self) -> ExitStatus {
        self.child.kill().await.unwrap();
        self.child.wait().await.unwrap()
    }

    /// Closes its input, so that it ends, and returns what it wrote to stderr.
    pub(crate) async fn close(self) -> String {
        let Self { mut child, stdin, stderr, .. } = self;
        drop(stdin);
        guarded(child.wait()).await.unwrap();
        stderr.await.unwrap()
    }

    async fn send(&mut self, message: Value) {
        self.stdin.write_all(format!("{message}\n").as_bytes()).await.unwrap();
    }

    async fn next(&mut self) -> Value {
        let line = guarded(self.stdout.next_line()).await.unwrap().expect("the server has ended");
        serde_json::from_str(&line).unwrap()
    }
}

impl Ended {
    /// The params of the notifications with this method.
    pub(crate) fn params(&self, method: &str) -> Vec<&Value> {
        let of_method = self.events.iter().filter(|event| event["method"] == method);
        of_method.map(|event| &event["params"]).collect()
    }

    /// The text deltas, as they came.
    pub(crate) fn deltas(&self) -> Vec<&str> {
        let params = self.params("item/agentMessage/delta");
        params.into_iter().map(|params| params["delta"].as_str().unwrap()).collect()
    }

    /// The completed items of one type.
    pub(crate) fn items(&self, kind: &str) -> Vec<&Value> {
        let items = self.params("item/completed").into_iter().map(|params| &params["item"]);
        items.filter(|item| item["type"] == kind).collect()
    }

    /// The texts of the completed messages of the model.
    pub(crate) fn texts(&self) -> Vec<&str> {
        self.items("agentMessage").into_iter().map(|item| item["text"].as_str().unwrap()).collect()
    }
}

async fn guarded<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(GUARD, future).await.expect("the server does not answer")
}

async fn read_all(mut stderr: ChildStderr) -> String {
    let mut text = String::new();
    stderr.read_to_string(&mut text).await.unwrap();
    text
}
