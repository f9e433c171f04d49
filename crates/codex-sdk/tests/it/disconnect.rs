//! The end of the connection, however it comes.

use crate::fake_server::{FakeServer, turn_response};
use crate::guard::within;
use codex_sdk::protocol::ThreadLoadedListParams;
use codex_sdk::{Codex, Error, Thread, Turn, TurnStatus};
use futures_core::FusedStream;
use std::future::poll_fn;
use std::pin::Pin;

fn list(codex: &Codex) -> codex_sdk::Request<ThreadLoadedListParams> {
    codex.request(ThreadLoadedListParams::default())
}

async fn begin(thread: &Thread, server: &mut FakeServer) -> Turn {
    let answer = server.answer("turn/start", turn_response("turn-1"));
    let (turn, ()) = tokio::join!(thread.turn("hi").send(), answer);
    turn.unwrap()
}

#[tokio::test]
async fn a_hang_up_fails_everyone_with_the_same_cause_and_keeps_what_was_seen() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let codex = thread.codex().clone();
        let turn = begin(&thread, &mut server).await;
        let mut stream = turn.stream().unwrap();
        let waiting = tokio::spawn(list(&codex).send());
        server.expect("thread/loaded/list").await;
        server.message_completed("turn-1", "m", "seen");
        server.peer.hang_up();

        let cause = "the connection to the app-server is over: the server closed the connection";
        let error = waiting.await.unwrap().unwrap_err();
        assert!(error.is_disconnected());
        assert_eq!(error.to_string(), cause);
        assert_eq!(stream.next().await.unwrap().unwrap().method(), "item/completed");
        assert_eq!(stream.next().await.unwrap().unwrap_err().to_string(), cause);
        assert!(stream.next().await.is_none());
        assert_eq!(stream.result().await.unwrap_err().to_string(), cause);
        assert_eq!(turn.run().await.unwrap_err().to_string(), cause);
        assert_eq!(list(&codex).await.unwrap_err().to_string(), cause);
        assert_eq!(thread.turn("x").await.unwrap_err().to_string(), cause);

        let partial = turn.snapshot();
        assert_eq!((partial.status, &*partial.text), (TurnStatus::InProgress, "seen"));
        codex.close().await.unwrap();
        assert_eq!(list(&codex).await.unwrap_err().to_string(), cause, "the first cause stays");
    })
    .await;
}

/// Reads a stream to its end; whether it said, before and after, that there is nothing more to come.
async fn is_terminated<S: FusedStream + Unpin>(mut stream: S) -> (bool, bool) {
    let before = stream.is_terminated();
    while poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await.is_some() {}
    (before, stream.is_terminated())
}

#[tokio::test]
async fn every_stream_says_when_there_is_nothing_more_to_come() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let codex = thread.codex().clone();
        let turn = begin(&thread, &mut server).await;
        let (events, requests) = (codex.events(), codex.requests());
        let (turn, models) = (turn.stream().unwrap(), codex.models().stream());
        server.peer.hang_up();
        assert_eq!(is_terminated(turn).await, (false, true));
        assert_eq!(is_terminated(events).await, (false, true));
        assert_eq!(is_terminated(requests).await, (false, true));
        assert_eq!(is_terminated(models).await, (false, true));
    })
    .await;
}

#[tokio::test]
async fn closing_ends_the_connection_and_whoever_waits() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let waiting = tokio::spawn(list(&codex).send());
        server.expect("thread/loaded/list").await;
        codex.close().await.unwrap();
        codex.close().await.unwrap();
        assert_eq!(server.peer.recv().await, None);
        for error in [waiting.await.unwrap().unwrap_err(), list(&codex).await.unwrap_err()] {
            match error {
                Error::Disconnected(cause) => assert!(cause.is_closed()),
                other => panic!("{other:?}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_shutdown_goes_on_when_its_caller_and_all_handles_are_dropped() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let mut close = Box::pin(async move { codex.close().await });
        tokio::select! {
            biased;
            _ = &mut close => {}
            () = std::future::ready(()) => {}
        }
        drop(close);
        assert_eq!(server.peer.recv().await, None);
    })
    .await;
}

#[tokio::test]
async fn dropping_the_last_handle_ends_the_connection() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let (turn, ()) = tokio::join!(
            thread.turn("hi").send(),
            server.answer("turn/start", turn_response("turn-1"))
        );
        drop(thread);
        let stream = turn.unwrap().stream().unwrap();
        let (pong, ()) = tokio::join!(
            list(stream.turn().thread().codex()).send(),
            server.answer("thread/loaded/list", serde_json::json!({ "data": [] }))
        );
        pong.unwrap();
        drop(stream);
        assert_eq!(server.peer.recv().await, None);
    })
    .await;
}

#[test]
fn a_client_whose_runtime_ended_before_its_tasks_ran_answers_with_an_error() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = runtime();
    let (transport, _peer) = codex_sdk::transport::mock::pair();
    let mut start = Box::pin(Codex::builder().transport(transport).start());
    {
        let _inside = first.enter();
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(start.as_mut().poll(&mut context).is_pending());
    }
    drop(first);
    let error = runtime().block_on(within(start)).unwrap_err();
    assert!(error.is_disconnected(), "{error}");
}

#[test]
fn a_client_whose_runtime_has_ended_answers_with_an_error() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = runtime();
    let (thread, _server) = first.block_on(FakeServer::with_thread(Codex::builder()));
    let waiting = list(thread.codex()).send();
    drop(first);
    runtime().block_on(within(async {
        for error in [
            waiting.await.unwrap_err(),
            list(thread.codex()).await.unwrap_err(),
            thread.run("x").await.unwrap_err(),
        ] {
            assert!(error.is_disconnected());
            assert!(error.to_string().contains("runtime"), "{error}");
        }
        thread.codex().close().await.unwrap();
    }));
}
