//! Requests that their callers send themselves, and those that are left to the writer.

use crate::fake_server::FakeServer;
use crate::guard::within;
use async_trait::async_trait;
use bytes::Buf;
use codex_sdk::Codex;
use codex_sdk::protocol::ThreadLoadedListParams;
use codex_sdk::transport::mock::{self, MockTransport};
use codex_sdk::transport::{Closed, Error, FrameBatch, FrameReceiver, FrameSender, Transport};
use serde_json::json;
use std::sync::{Arc, Mutex};
use tokio::task::JoinSet;

/// A transport that notes which way frames take.
#[derive(Debug)]
struct Ways {
    inner: MockTransport,
    noted: Noted,
}

/// Which way each frame took.
#[derive(Debug, Clone, Default)]
struct Noted(Arc<Mutex<Vec<&'static str>>>);

#[derive(Debug)]
struct WaysSender {
    inner: Box<dyn FrameSender>,
    noted: Noted,
}

impl Transport for Ways {
    fn split(self: Box<Self>) -> (Box<dyn FrameSender>, Box<dyn FrameReceiver>) {
        let (inner, receiver) = Box::new(self.inner).split();
        (Box::new(WaysSender { inner, noted: self.noted }), receiver)
    }
}

#[async_trait]
impl FrameSender for WaysSender {
    async fn send(&mut self, batch: &mut FrameBatch) -> Result<(), Error> {
        self.noted.note(batch.frames().map(|_| "writer"));
        self.inner.send(batch).await
    }

    fn send_now(&mut self, batch: &mut FrameBatch) {
        self.noted.note(batch.frames().map(|_| "caller"));
        self.inner.send_now(batch);
    }

    async fn close(&mut self) -> Result<Closed, Error> {
        self.inner.close().await
    }
}

impl Noted {
    fn note(&self, ways: impl Iterator<Item = &'static str>) {
        self.0.lock().unwrap().extend(ways);
    }

    /// The ways that frames took since the last time.
    fn ways(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

async fn connect() -> (Codex, FakeServer, Noted) {
    let (inner, peer) = mock::pair();
    let noted = Noted::default();
    let builder = Codex::builder().transport(Ways { inner, noted: noted.clone() });
    let (codex, server) = FakeServer::connect_by(builder, peer).await;
    // The request `initialize` and what follows it.
    assert_eq!(noted.ways(), ["writer", "writer"]);
    (codex, server, noted)
}

async fn at_once(codex: &Codex, server: &mut FakeServer, requests: usize) {
    let mut asking = JoinSet::new();
    for _ in 0..requests {
        asking.spawn(codex.request(ThreadLoadedListParams::default()).send());
    }
    let answering = async {
        let mut ids = Vec::new();
        for _ in 0..requests {
            ids.push(server.expect("thread/loaded/list").await.0);
        }
        // Each was sent once, and in the order of the calls.
        assert!(ids.is_sorted_by_key(|id| id.as_i64()), "{ids:?}");
        ids.iter().for_each(|id| server.respond(id, json!({ "data": [] })));
    };
    let (answers, ()) = tokio::join!(asking.join_all(), answering);
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), requests);
}

#[tokio::test]
async fn one_request_after_the_other_is_sent_by_its_caller() {
    within(async {
        let (codex, mut server, noted) = connect().await;
        for _ in 0..3 {
            at_once(&codex, &mut server, 1).await;
        }
        assert_eq!(noted.ways(), ["caller"; 3]);
        codex.close().await.unwrap();
        assert_eq!(server.peer.recv().await, None);
    })
    .await;
}

#[tokio::test]
async fn many_at_once_are_left_to_the_writer() {
    within(async {
        let (codex, mut server, noted) = connect().await;
        // Nobody can know that more will follow the first.
        at_once(&codex, &mut server, 3).await;
        assert_eq!(noted.ways(), ["caller", "writer", "writer"]);
        at_once(&codex, &mut server, 3).await;
        assert_eq!(noted.ways(), ["writer"; 3]);
        at_once(&codex, &mut server, 1).await;
        assert_eq!(noted.ways(), ["writer"]);
        at_once(&codex, &mut server, 1).await;
        assert_eq!(noted.ways(), ["caller"]);
    })
    .await;
}

/// A sender that sends three bytes at once and no more.
#[derive(Debug)]
struct Nibbling {
    inner: Box<dyn FrameSender>,
    begun: String,
}

#[derive(Debug)]
struct Nibbled(MockTransport);

impl Transport for Nibbled {
    fn split(self: Box<Self>) -> (Box<dyn FrameSender>, Box<dyn FrameReceiver>) {
        let (inner, receiver) = Box::new(self.0).split();
        (Box::new(Nibbling { inner, begun: String::new() }), receiver)
    }
}

#[async_trait]
impl FrameSender for Nibbling {
    async fn send(&mut self, batch: &mut FrameBatch) -> Result<(), Error> {
        let mut whole = FrameBatch::new();
        for frame in batch.frames() {
            whole.push_str(&(std::mem::take(&mut self.begun) + frame))?;
        }
        batch.clear();
        self.inner.send(&mut whole).await
    }

    fn send_now(&mut self, batch: &mut FrameBatch) {
        self.begun.push_str(std::str::from_utf8(&batch.as_bytes()[..3]).unwrap());
        batch.advance(3);
    }

    async fn close(&mut self) -> Result<Closed, Error> {
        self.inner.close().await
    }
}

#[tokio::test]
async fn what_was_begun_is_ended_by_the_writer_before_what_follows() {
    within(async {
        let (inner, peer) = mock::pair();
        let builder = Codex::builder().transport(Nibbled(inner));
        let (codex, mut server) = FakeServer::connect_by(builder, peer).await;
        for requests in [1, 3, 1, 1] {
            at_once(&codex, &mut server, requests).await;
        }
    })
    .await;
}
