//! Closing, on transports that take their time.

use crate::fake_server::FakeServer;
use crate::guard::within;
use async_trait::async_trait;
use codex_sdk::Codex;
use codex_sdk::protocol::ThreadLoadedListParams;
use codex_sdk::transport::mock::{self, MockTransport};
use codex_sdk::transport::{Closed, Error, FrameBatch, FrameReceiver, FrameSender, Transport};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// A transport that stalls where it is told to.
#[derive(Debug)]
struct Slow {
    inner: MockTransport,
    pace: Arc<Pace>,
}

#[derive(Debug, Default)]
struct Pace {
    sends_stall: AtomicBool,
    stalled: Notify,
    may_close: Notify,
    closed: Notify,
}

#[derive(Debug)]
struct SlowSender {
    inner: Box<dyn FrameSender>,
    pace: Arc<Pace>,
}

impl Transport for Slow {
    fn split(self: Box<Self>) -> (Box<dyn FrameSender>, Box<dyn FrameReceiver>) {
        let (inner, receiver) = Box::new(self.inner).split();
        (Box::new(SlowSender { inner, pace: self.pace }), receiver)
    }
}

#[async_trait]
impl FrameSender for SlowSender {
    async fn send(&mut self, batch: &mut FrameBatch) -> Result<(), Error> {
        if self.pace.sends_stall.load(Ordering::SeqCst) {
            self.pace.stalled.notify_one();
            std::future::pending::<()>().await;
        }
        self.inner.send(batch).await
    }

    async fn close(&mut self) -> Result<Closed, Error> {
        self.pace.may_close.notified().await;
        let closed = self.inner.close().await;
        self.pace.closed.notify_one();
        closed
    }
}

async fn connect() -> (Codex, FakeServer, Arc<Pace>) {
    let (inner, peer) = mock::pair();
    let pace = Arc::new(Pace::default());
    let transport = Slow { inner, pace: Arc::clone(&pace) };
    let mut server = FakeServer { peer };
    let starting =
        Codex::builder().shutdown_grace(Duration::from_millis(10)).transport(transport).start();
    let handshake = async {
        server.answer("initialize", crate::fake_server::initialized()).await;
        server.recv().await;
    };
    let (codex, ()) = tokio::join!(starting, handshake);
    (codex.unwrap(), server, pace)
}

#[tokio::test]
async fn a_shutdown_that_takes_its_time_is_finished_though_nobody_waits() {
    within(async {
        let (codex, mut server, pace) = connect().await;
        let mut close = Box::pin(async move { codex.close().await });
        tokio::select! {
            biased;
            _ = &mut close => panic!("it may not close yet"),
            () = std::future::ready(()) => {}
        }
        // With it goes the last handle.
        drop(close);
        pace.may_close.notify_one();
        pace.closed.notified().await;
        assert_eq!(server.peer.recv().await, None);
    })
    .await;
}

#[tokio::test]
async fn a_server_that_takes_nothing_does_not_keep_the_client_from_closing() {
    within(async {
        let (codex, _server, pace) = connect().await;
        pace.sends_stall.store(true, Ordering::SeqCst);
        let stuck = tokio::spawn(codex.request(ThreadLoadedListParams::default()).send());
        pace.stalled.notified().await;
        pace.may_close.notify_one();
        codex.close().await.unwrap();
        assert!(stuck.await.unwrap().unwrap_err().is_disconnected());
    })
    .await;
}

#[tokio::test]
async fn what_was_queued_before_a_close_is_written() {
    within(async {
        let (codex, mut server, pace) = connect().await;
        let mut request = Box::pin(codex.request(ThreadLoadedListParams::default()).send());
        // Polled once: the request is queued, and nobody has run the writer.
        tokio::select! {
            biased;
            _ = &mut request => panic!("not answered yet"),
            () = std::future::ready(()) => {}
        }
        pace.may_close.notify_one();
        let (closed, (_, params)) =
            tokio::join!(codex.close(), server.expect("thread/loaded/list"));
        closed.unwrap();
        assert_eq!(params, serde_json::json!({}));
        assert!(request.await.unwrap_err().is_disconnected());
    })
    .await;
}
