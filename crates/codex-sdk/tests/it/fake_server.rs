//! A server played by the test, message by message.

use codex_sdk::transport::mock::{self, MockPeer};
use codex_sdk::{Codex, CodexBuilder, Thread};
use serde_json::{Value, json};

pub(crate) const THREAD: &str = "thread-1";

pub(crate) struct FakeServer {
    pub(crate) peer: MockPeer,
}

impl FakeServer {
    /// A client that has made its handshake with this server.
    pub(crate) async fn connect(builder: CodexBuilder) -> (Codex, Self) {
        let (transport, peer) = mock::pair();
        Self::connect_by(builder.transport(transport), peer).await
    }

    /// The same, by a transport that the builder has already.
    pub(crate) async fn connect_by(builder: CodexBuilder, peer: MockPeer) -> (Codex, Self) {
        let mut server = Self { peer };
        let handshake = async {
            server.answer("initialize", initialized()).await;
            assert_eq!(server.recv().await, json!({ "method": "initialized" }));
        };
        let (codex, ()) = tokio::join!(builder.start(), handshake);
        (codex.unwrap(), server)
    }

    /// The same, with one thread started.
    pub(crate) async fn with_thread(builder: CodexBuilder) -> (Thread, Self) {
        let (codex, mut server) = Self::connect(builder).await;
        let thread = server.start_thread(&codex, THREAD).await;
        (thread, server)
    }

    pub(crate) async fn start_thread(&mut self, codex: &Codex, id: &str) -> Thread {
        let call = codex.thread_start().send();
        let (thread, ()) = tokio::join!(call, self.answer("thread/start", thread_started(id)));
        thread.unwrap()
    }

    /// The next message of the client.
    pub(crate) async fn recv(&mut self) -> Value {
        serde_json::from_str(&self.peer.recv().await.expect("the client is gone")).unwrap()
    }

    /// The next message of the client, which must be a request of this method; its id and params.
    pub(crate) async fn expect(&mut self, method: &str) -> (Value, Value) {
        let mut request = self.recv().await;
        assert_eq!(request["method"], method, "{request}");
        (request["id"].take(), request["params"].take())
    }

    /// Waits until the client has handled all that was sent before.
    pub(crate) async fn round_trip(&mut self, codex: &Codex) {
        let list = codex.request(codex_sdk::protocol::ThreadLoadedListParams::default()).send();
        let (list, ()) =
            tokio::join!(list, self.answer("thread/loaded/list", json!({ "data": [] })));
        list.unwrap();
    }

    /// Expects a request and answers it.
    pub(crate) async fn answer(&mut self, method: &str, result: Value) {
        let (id, _) = self.expect(method).await;
        self.respond(&id, result);
    }

    pub(crate) fn respond(&self, id: &Value, result: Value) {
        self.send(json!({ "id": id, "result": result }));
    }

    pub(crate) fn refuse(&self, id: &Value, code: i64, message: &str) {
        self.send(json!({ "id": id, "error": { "code": code, "message": message } }));
    }

    pub(crate) fn send(&self, message: Value) {
        self.peer.send(&message.to_string());
    }

    /// A notification about a turn of the thread.
    pub(crate) fn notify(&self, method: &str, turn: &str, mut params: Value) {
        params["threadId"] = json!(THREAD);
        params["turnId"] = json!(turn);
        self.send(json!({ "method": method, "params": params, "emittedAtMs": 1 }));
    }

    pub(crate) fn turn_started(&self, turn: &str) {
        self.turn_note("turn/started", turn_object(turn, "inProgress"));
    }

    pub(crate) fn turn_completed(&self, turn: &str, status: &str) {
        self.turn_note("turn/completed", turn_object(turn, status));
    }

    pub(crate) fn turn_note(&self, method: &str, turn: Value) {
        let params = json!({ "threadId": THREAD, "turn": turn });
        self.send(json!({ "method": method, "params": params, "emittedAtMs": 1 }));
    }

    pub(crate) fn message_started(&self, turn: &str, item: &str) {
        self.notify("item/started", turn, json!({ "item": message(item, ""), "startedAtMs": 1 }));
    }

    pub(crate) fn delta(&self, turn: &str, item: &str, text: &str) {
        self.notify("item/agentMessage/delta", turn, json!({ "itemId": item, "delta": text }));
    }

    pub(crate) fn message_completed(&self, turn: &str, item: &str, text: &str) {
        let params = json!({ "item": message(item, text), "completedAtMs": 1 });
        self.notify("item/completed", turn, params);
    }
}

pub(crate) fn message(id: &str, text: &str) -> Value {
    json!({ "type": "agentMessage", "id": id, "text": text })
}

pub(crate) fn turn_object(id: &str, status: &str) -> Value {
    json!({ "id": id, "items": [], "itemsView": "notLoaded", "status": status, "error": null })
}

pub(crate) fn turn_response(id: &str) -> Value {
    json!({ "turn": turn_object(id, "inProgress") })
}

pub(crate) fn initialized() -> Value {
    json!({
        "userAgent": "fake/0.169.0 (test)",
        "codexHome": "/home",
        "platformFamily": "unix",
        "platformOs": "linux",
    })
}

pub(crate) fn thread_started(id: &str) -> Value {
    json!({
        "thread": {
            "id": id,
            "sessionId": id,
            "preview": "",
            "ephemeral": false,
            "historyMode": "paginated",
            "modelProvider": "fake",
            "createdAt": 1,
            "updatedAt": 1,
            "status": { "type": "idle" },
            "cwd": "/project",
            "cliVersion": "0.169.0",
            "source": "appServer",
            "turns": [],
        },
        "model": "fake-model",
        "modelProvider": "fake",
        "cwd": "/project",
        "approvalPolicy": "never",
        "approvalsReviewer": "user",
        "sandbox": { "type": "readOnly" },
    })
}
