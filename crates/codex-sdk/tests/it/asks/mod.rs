//! Requests of a server played by the test: who gets them, how long they are wanted, what becomes of them.

mod handlers;
mod kinds;
mod rules;
#[cfg(feature = "schemars")]
mod tools;
mod ways;
mod withdrawn;

use crate::fake_server::{FakeServer, THREAD, turn_response};
use codex_sdk::ask::{CommandApproval, PendingRequest};
use codex_sdk::{Event, Thread, Turn, TurnStream};
use serde_json::{Value, json};
use tokio::sync::mpsc;

impl FakeServer {
    /// Asks something about a turn of the thread.
    fn ask(&self, id: u64, method: &str, turn: &str, mut params: Value) {
        params["threadId"] = json!(THREAD);
        params["turnId"] = json!(turn);
        self.send(json!({ "method": method, "id": id, "params": params }));
    }

    /// Asks whether a command may run.
    fn ask_command(&self, id: u64, turn: &str, command: &str) {
        let params =
            json!({ "itemId": format!("item-{id}"), "startedAtMs": 1, "command": command });
        self.ask(id, "item/commandExecution/requestApproval", turn, params);
    }

    /// Says that a request needs no answer any more.
    fn resolve(&self, id: u64) {
        let params = json!({ "threadId": THREAD, "requestId": id });
        self.send(json!({ "method": "serverRequest/resolved", "params": params }));
    }

    /// The client's next message, which must be its decision.
    async fn expect_decision(&mut self, id: u64, decision: &str) {
        let expected = json!({ "id": id, "result": { "decision": decision } });
        assert_eq!(self.recv().await, expected);
    }
}

/// A call of the user's code, which tells when it is dropped.
struct Call(mpsc::UnboundedSender<&'static str>);

impl Drop for Call {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

/// A turn that has begun.
async fn begin(thread: &Thread, server: &mut FakeServer, id: &str) -> Turn {
    let call = thread.turn("go").send();
    let (turn, ()) = tokio::join!(call, server.answer("turn/start", turn_response(id)));
    server.turn_started(id);
    turn.unwrap()
}

fn command(request: PendingRequest) -> CommandApproval {
    match request {
        PendingRequest::Command(request) => request,
        other => panic!("{other:?}"),
    }
}

/// The next request among the events of a turn, and the methods of the events before it.
async fn next_request(events: &mut TurnStream) -> (Vec<String>, PendingRequest) {
    let mut before = Vec::new();
    loop {
        match events.next().await.unwrap().unwrap() {
            Event::Request(request) => return (before, request),
            other => before.push(other.method().to_owned()),
        }
    }
}
