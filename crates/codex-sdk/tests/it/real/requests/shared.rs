//! Two clients of one server.

use super::super::listening_server::ListeningServer;
use super::super::websocket::{Seen, asking_thread, observed, seen};
use super::{Stage, outcome};
use crate::guard::within;
use codex_sdk::protocol::ThreadLoadedListParams;
use codex_sdk::{Codex, Event, PendingRequest, RequestStream, Thread, TurnStream};

const ASKED: &str = "item/commandExecution/requestApproval";

/// Two clients that connected to one server, of which the first runs a turn that asks for a command.
struct Pair {
    stage: Stage,
    _server: ListeningServer,
    first: Codex,
    thread: Thread,
    second: Codex,
    /// What the second said and heard.
    frames: Seen,
}

impl Pair {
    async fn connect() -> Self {
        let stage = Stage::set().await;
        let server = ListeningServer::tcp(&stage, &[]).await;
        let first = Codex::connect(&*server.url).await.unwrap();
        let thread = asking_thread(&stage, &first).await;
        let (second, frames) = observed(&server.url).await;
        second.thread_resume(thread.id().clone()).await.unwrap();
        Self { stage, _server: server, first, thread, second, frames }
    }

    /// Whatever was written before the answers to these has been read by the server.
    async fn settle(&self) {
        for codex in [&self.first, &self.second] {
            codex.request(ThreadLoadedListParams::default()).await.unwrap();
        }
    }

    async fn close(self) {
        self.first.close().await.unwrap();
        self.second.close().await.unwrap();
    }
}

/// The first request in a turn.
async fn asked_in(stream: &mut TurnStream) -> PendingRequest {
    loop {
        if let Event::Request(request) = stream.next().await.unwrap().unwrap() {
            return request;
        }
    }
}

fn accept(request: PendingRequest) -> bool {
    match request {
        PendingRequest::Command(request) => request.accept(),
        other => panic!("{other:?}"),
    }
}

async fn asked_of(requests: &mut RequestStream) -> PendingRequest {
    requests.next().await.unwrap()
}

#[tokio::test]
async fn the_second_does_not_decline_what_the_first_is_reading() {
    within(async {
        let mut pair = Pair::connect().await;
        let turn = pair.thread.turn("run it").await.unwrap();
        let mut stream = turn.stream_with_requests().unwrap();
        let reading = asked_in(&mut stream).await;
        seen(&mut pair.frames, ASKED).await;
        pair.settle().await;
        assert!(!reading.is_withdrawn());
        assert!(accept(reading));
        let result = stream.result().await.unwrap();
        assert_eq!(outcome(&result), ("completed", "done", vec!["completed"]));
        // The second has answered nothing until the end.
        seen(&mut pair.frames, "turn/completed").await;
        pair.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_request_that_the_second_drops_is_not_answered() {
    within(async {
        let mut pair = Pair::connect().await;
        let mut requests = pair.second.requests();
        let turn = pair.thread.turn("run it").await.unwrap();
        let mut stream = turn.stream_with_requests().unwrap();
        let reading = asked_in(&mut stream).await;
        let dropped = asked_of(&mut requests).await;
        assert_eq!((dropped.method(), dropped.request_id()), (ASKED, reading.request_id()));
        drop(dropped);
        pair.settle().await;
        assert!(!reading.is_withdrawn());
        assert!(accept(reading));
        let result = stream.result().await.unwrap();
        assert_eq!(outcome(&result), ("completed", "done", vec!["completed"]));
        seen(&mut pair.frames, "turn/completed").await;
        pair.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_one_answers_is_withdrawn_from_the_other() {
    within(async {
        let pair = Pair::connect().await;
        let mut requests = pair.second.requests();
        let turn = pair.thread.turn("run it").await.unwrap();
        let mut stream = turn.stream_with_requests().unwrap();
        let reading = asked_in(&mut stream).await;
        assert!(accept(asked_of(&mut requests).await));
        reading.withdrawn().await;
        assert!(!reading.decline(), "too late");
        let result = stream.result().await.unwrap();
        assert_eq!(outcome(&result), ("completed", "done", vec!["completed"]));
        pair.stage.model.check().unwrap();
        pair.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_a_client_drops_that_only_connected_waits_for_another() {
    within(async {
        let pair = Pair::connect().await;
        let mut requests = pair.second.requests();
        let turn = pair.thread.turn("run it").await.unwrap();
        let mut stream = turn.stream_with_requests().unwrap();
        drop(asked_in(&mut stream).await);
        let waiting = asked_of(&mut requests).await;
        pair.settle().await;
        assert!(!waiting.is_withdrawn());
        assert!(accept(waiting));
        let result = stream.result().await.unwrap();
        assert_eq!(outcome(&result), ("completed", "done", vec!["completed"]));
        pair.close().await;
    })
    .await;
}
