//! Requests whose future is dropped, and what is on the wire then.

use crate::fake_server::{FakeServer, THREAD, thread_started};
use crate::guard::within;
use codex_sdk::Codex;
use codex_sdk::protocol::ThreadReadParams;
use std::future::Future;
use std::task::{Context, Poll, Waker};

#[tokio::test]
async fn a_request_dropped_before_its_first_poll_leaves_nothing_on_the_wire() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        for _ in 0..100 {
            drop(codex.thread_start().send());
            drop(codex.request(ThreadReadParams::new("a")).send());
        }
        // The next frame is that of the request that is awaited.
        server.start_thread(&codex, THREAD).await;
        codex.close().await.unwrap();
        assert_eq!(server.peer.recv().await, None);
    })
    .await;
}

#[tokio::test]
async fn a_request_dropped_after_its_first_poll_is_carried_out_unless_it_waited_for_its_turn() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder().max_in_flight(60)).await;
        // The last 40 find 60 before them.
        for _ in 0..100 {
            let mut call = codex.thread_start().send();
            let mut context = Context::from_waker(Waker::noop());
            assert!(matches!(std::pin::Pin::new(&mut call).poll(&mut context), Poll::Pending));
            drop(call);
        }
        for _ in 0..60 {
            // Whole, and once; the answer is for nobody and does no harm.
            server.answer("thread/start", thread_started("nobody's")).await;
        }
        server.start_thread(&codex, THREAD).await;
        codex.close().await.unwrap();
        assert_eq!(server.peer.recv().await, None);
    })
    .await;
}
