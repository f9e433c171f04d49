//! Requests that are not wanted any more.

use super::{Call, begin, command, next_request};
use crate::fake_server::{FakeServer, THREAD};
use crate::guard::within;
use codex_sdk::ask::{CommandApproval, PendingRequest};
use codex_sdk::transport::{
    Closed, Error, FrameBatch, FrameReceiver, FrameSender, Transport, mock,
};
use codex_sdk::{Codex, Handled, RequestHandler, RequestStream};
use serde_json::json;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::mpsc;

async fn asked(server: &FakeServer, all: &mut RequestStream, id: u64) -> CommandApproval {
    server.ask_command(id, "turn-1", "ls");
    let request = command(all.next().await.unwrap());
    assert!(!request.is_withdrawn());
    request
}

#[tokio::test]
async fn a_request_is_withdrawn_when_it_is_resolved_and_when_its_turn_or_thread_is_over() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let codex = thread.codex().clone();
        let mut all = codex.requests();
        for (id, end) in [
            (1, json!({ "method": "serverRequest/resolved", "params": { "threadId": THREAD, "requestId": 1 } })),
            (2, json!({
                "method": "turn/completed",
                "params": { "threadId": THREAD, "turn": crate::fake_server::turn_object("turn-1", "interrupted") },
            })),
            (3, json!({ "method": "thread/closed", "params": { "threadId": THREAD } })),
            // An end that cannot be read is an end all the same.
            (4, json!({
                "method": "turn/completed", "params": { "threadId": THREAD, "turn": { "id": "turn-1" } },
            })),
        ] {
            let request = asked(&server, &mut all, id).await;
            server.send(end.clone());
            request.withdrawn().await;
            assert!(request.is_withdrawn(), "{end}");
            assert!(!request.accept(), "{end}");
            // Of the late answer, nothing was written.
            server.round_trip(&codex).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_is_withdrawn_when_the_connection_is_over() {
    within(async {
        let (codex, server) = FakeServer::connect(Codex::builder()).await;
        let mut all = codex.requests();
        let lost = asked(&server, &mut all, 1).await;
        let waiting = tokio::spawn(async move {
            lost.withdrawn().await;
            lost.accept()
        });
        drop(server);
        assert!(!waiting.await.unwrap());
        assert!(all.next().await.is_none());

        let (codex, server) = FakeServer::connect(Codex::builder()).await;
        let mut all = codex.requests();
        let lost = asked(&server, &mut all, 1).await;
        // A request that is kept keeps no client alive.
        drop(codex);
        lost.withdrawn().await;
        assert!(!lost.accept());
        drop(server);
    })
    .await;
}

#[tokio::test]
async fn what_was_withdrawn_before_it_was_taken_is_not_given_out() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let codex = thread.codex().clone();
        let mut all = codex.requests();
        server.ask_command(1, "elsewhere", "one");
        server.resolve(1);
        server.ask_command(2, "elsewhere", "two");
        server.round_trip(&codex).await;
        assert_eq!(command(all.next().await.unwrap()).command(), Some("two"));
        server.expect_decision(2, "decline").await;

        let turn = begin(&thread, &mut server, "turn-1").await;
        let mut events = turn.stream_with_requests().unwrap();
        server.ask_command(3, "turn-1", "three");
        server.resolve(3);
        server.ask_command(4, "turn-1", "four");
        server.round_trip(&codex).await;
        let (_, request) = next_request(&mut events).await;
        assert_eq!(command(request).command(), Some("four"));
        server.expect_decision(4, "decline").await;
    })
    .await;
}

/// Tells when a call of it begins, and when it is dropped.
struct Patient {
    told: mpsc::UnboundedSender<&'static str>,
}

#[async_trait::async_trait]
impl RequestHandler for Patient {
    async fn command(&self, request: CommandApproval) -> Handled {
        let _call = Call(self.told.clone());
        self.told.send("called")?;
        std::future::pending::<()>().await;
        request.accept();
        Ok(())
    }
}

#[tokio::test]
async fn the_call_of_a_handler_is_dropped_with_its_request_and_nothing_is_answered() {
    within(async {
        let (told, mut calls) = mpsc::unbounded_channel();
        let builder = Codex::builder().request_handler(Patient { told });
        let (codex, mut server) = FakeServer::connect(builder).await;
        server.ask_command(1, "turn-1", "ls");
        assert_eq!(calls.recv().await, Some("called"));
        server.resolve(1);
        assert_eq!(calls.recv().await, Some("dropped"));
        server.round_trip(&codex).await;
    })
    .await;
}

#[tokio::test]
async fn a_waiting_request_tells_that_it_is_withdrawn_whatever_its_kind() {
    within(async {
        let (codex, server) = FakeServer::connect(Codex::builder()).await;
        let mut all = codex.requests();
        server.send(json!({ "method": "no/such/request", "id": "text", "params": {} }));
        let request = all.next().await.unwrap();
        assert!(matches!(request, PendingRequest::Unknown(_)));
        let params = json!({ "threadId": THREAD, "requestId": "text" });
        server.send(json!({ "method": "serverRequest/resolved", "params": params }));
        request.withdrawn().await;
        assert!(!request.decline());
    })
    .await;
}

/// A way to the server that can break while the way back goes on.
#[derive(Debug)]
struct OneWay<T> {
    inner: T,
    broken: Arc<AtomicBool>,
}

impl<T: Transport + 'static> Transport for OneWay<T> {
    fn split(self: Box<Self>) -> (Box<dyn FrameSender>, Box<dyn FrameReceiver>) {
        let (inner, receiver) = Box::new(self.inner).split();
        (Box::new(OneWay { inner, broken: self.broken }), receiver)
    }
}

#[async_trait::async_trait]
impl FrameSender for OneWay<Box<dyn FrameSender>> {
    async fn send(&mut self, batch: &mut FrameBatch) -> Result<(), Error> {
        match self.broken.load(Ordering::Relaxed) {
            true => Err(Error::Write(Arc::new(io::Error::other("the pipe is broken")))),
            false => self.inner.send(batch).await,
        }
    }

    async fn close(&mut self) -> Result<Closed, Error> {
        self.inner.close().await
    }
}

#[tokio::test]
async fn requests_are_withdrawn_when_no_answer_can_be_sent_any_more_and_nobody_gets_new_ones() {
    within(async {
        let (told, mut calls) = mpsc::unbounded_channel();
        let (inner, peer) = mock::pair();
        let broken = Arc::new(AtomicBool::new(false));
        let transport = OneWay { inner, broken: Arc::clone(&broken) };
        let builder = Codex::builder().request_handler(Patient { told }).transport(transport);
        let (codex, mut server) = FakeServer::connect_by(builder, peer).await;
        let thread = server.start_thread(&codex, THREAD).await;
        let turn = begin(&thread, &mut server, "turn-1").await;
        let mut all = codex.requests();
        server.ask_command(1, "turn-2", "ls");
        let taken = all.next().await.unwrap();
        drop(all);
        server.ask_command(2, "turn-2", "ls");
        assert_eq!(calls.recv().await, Some("called"));

        broken.store(true, Ordering::Relaxed);
        let error = thread.read().await.unwrap_err();
        assert!(error.to_string().contains("could not write"), "{error}");
        assert!(taken.is_withdrawn() && !taken.decline());
        assert_eq!(calls.recv().await, Some("dropped"));

        // The server goes on, and so does what the turn is known to have done; asking is in vain.
        server.ask_command(3, "turn-2", "ls");
        server.ask_command(4, "turn-1", "ls");
        server.message_completed("turn-1", "m", "said after it");
        while turn.snapshot().text.is_empty() {
            tokio::task::yield_now().await;
        }
        assert_eq!(turn.snapshot().text, "said after it");
        assert!(codex.requests().next().await.is_none());
        drop((turn, thread, codex));
        assert_eq!(calls.recv().await, None, "the handler was called once more");
    })
    .await;
}
