//! Requests and their answers.

use crate::fake_server::{FakeServer, THREAD};
use crate::guard::within;
use codex_sdk::protocol::ThreadLoadedListParams;
use codex_sdk::transport::mock;
use codex_sdk::{Codex, Error, UnansweredRequests};
use serde_json::json;
use std::time::Duration;

fn list(codex: &Codex) -> codex_sdk::Request<ThreadLoadedListParams> {
    codex.request(ThreadLoadedListParams::default())
}

#[tokio::test]
async fn answers_find_their_callers_in_any_order() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let first = tokio::spawn(list(&codex).send());
        let (first_id, _) = server.expect("thread/loaded/list").await;
        let second = tokio::spawn(list(&codex).send());
        let (second_id, _) = server.expect("thread/loaded/list").await;
        server.respond(&second_id, json!({ "data": ["two"] }));
        server.respond(&first_id, json!({ "data": ["one"] }));
        assert_eq!(first.await.unwrap().unwrap().data, ["one"]);
        assert_eq!(second.await.unwrap().unwrap().data, ["two"]);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_read_or_belongs_to_nobody_harms_no_one() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let call = tokio::spawn(list(&codex).send());
        let (id, _) = server.expect("thread/loaded/list").await;
        for junk in [
            "not json",
            "[]",
            "{}",
            "17",
            r#"{"id":null,"result":{}}"#,
            r#"{"id":9999,"result":{"data":[]}}"#,
            r#"{"id":"text","result":{}}"#,
            r#"{"id":9999,"error":{"code":1,"message":"m"}}"#,
            r#"{"method":"no/such/method","params":{"threadId":"t"}}"#,
            r#"{"method":"turn/completed","params":{}}"#,
        ] {
            server.peer.send(junk);
        }
        server.peer.send_raw(b"\xff\xfe\n\n\r\n".as_slice());
        server.respond(&id, json!({ "data": [] }));
        assert_eq!(call.await.unwrap().unwrap().data, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn a_refusal_and_an_unreadable_answer_say_which_request_it_was() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let call = tokio::spawn(list(&codex).send());
        let (id, _) = server.expect("thread/loaded/list").await;
        server.refuse(&id, -32001, "Server overloaded; retry later.");
        let error = call.await.unwrap().unwrap_err();
        assert_eq!(
            error.to_string(),
            "thread/loaded/list was refused: Server overloaded; retry later. (code -32001)"
        );
        assert_eq!((error.rpc_code(), error.is_retryable()), (Some(-32001), true));

        let call = tokio::spawn(list(&codex).send());
        let (id, _) = server.expect("thread/loaded/list").await;
        server.respond(&id, json!({ "data": 1 }));
        let error = call.await.unwrap().unwrap_err();
        assert_eq!(error.method(), Some("thread/loaded/list"));
        assert!(matches!(error, Error::Decode { .. }), "{error:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_not_answered_times_out_and_a_late_answer_is_dropped() {
    let builder = Codex::builder().request_timeout(Duration::from_secs(5));
    let (codex, mut server) = FakeServer::connect(builder).await;
    let call = tokio::spawn(list(&codex).send());
    let (id, _) = server.expect("thread/loaded/list").await;
    let error = call.await.unwrap().unwrap_err();
    assert!(error.is_timeout());
    assert_eq!(error.to_string(), "thread/loaded/list was not answered within 5 s");

    server.respond(&id, json!({ "data": ["late"] }));
    let call = tokio::spawn(list(&codex).timeout(Duration::from_secs(1)).send());
    let (id, _) = server.expect("thread/loaded/list").await;
    server.respond(&id, json!({ "data": ["in time"] }));
    assert_eq!(call.await.unwrap().unwrap().data, ["in time"]);
}

#[tokio::test(start_paused = true)]
async fn a_turn_start_that_is_not_answered_frees_thread_and_slot() {
    let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
    let run = tokio::spawn(thread.run("one").send());
    server.expect("turn/start").await;
    let error = run.await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "turn/start was not answered within 60 s");

    let run = tokio::spawn(thread.run("two").send());
    let (_, params) = server.expect("turn/start").await;
    assert_eq!(params["threadId"], THREAD);
    run.abort();
}

#[tokio::test]
async fn a_request_that_was_given_up_keeps_its_place_until_the_server_has_answered() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder().max_in_flight(1)).await;
        let first = tokio::spawn(list(&codex).send());
        let (id, _) = server.expect("thread/loaded/list").await;
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        let mut second = Box::pin(list(&codex).send());
        for _ in 0..100 {
            assert!(futures_poll(&mut second).await.is_none());
            tokio::task::yield_now().await;
        }
        tokio::select! {
            biased;
            frame = server.recv() => panic!("sent without a place: {frame}"),
            () = std::future::ready(()) => {}
        }
        server.respond(&id, json!({ "data": [] }));
        let answered = server.answer("thread/loaded/list", json!({ "data": ["x"] }));
        let (second, ()) = tokio::join!(second, answered);
        assert_eq!(second.unwrap().data, ["x"]);
    })
    .await;
}

#[tokio::test]
async fn no_place_at_all_is_one() {
    within(async {
        for places in [0, usize::MAX] {
            let (codex, mut server) =
                FakeServer::connect(Codex::builder().max_in_flight(places)).await;
            server.round_trip(&codex).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_busy_thread_is_told_of_at_once_though_no_place_is_free() {
    within(async {
        let builder = Codex::builder().max_in_flight(1);
        let (thread, mut server) = FakeServer::with_thread(builder).await;
        let waiting = tokio::spawn(list(thread.codex()).send());
        server.expect("thread/loaded/list").await;
        let mut first = Box::pin(thread.turn("waits for a place").send());
        assert!(futures_poll(&mut first).await.is_none());
        assert!(matches!(thread.turn("x").await, Err(Error::TurnActive { turn_id: None, .. })));
        drop(first);
        let mut next = Box::pin(thread.turn("free again").send());
        assert!(futures_poll(&mut next).await.is_none());
        waiting.abort();
    })
    .await;
}

#[tokio::test]
async fn params_that_panic_harm_their_own_request_alone() {
    struct Panics;
    impl codex_sdk::protocol::ClientRequest for Panics {
        const METHOD: &'static str = "x/panics";
        type Response = ();
        fn write_params(&self, out: &mut Vec<u8>) {
            out.extend_from_slice(b"{\"half\":");
            panic!("on purpose");
        }
        fn decode_response(_: &str) -> Result<(), codex_sdk::protocol::DecodeError> {
            Ok(())
        }
    }
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder().max_in_flight(1)).await;
        let panicked = tokio::spawn(codex.request(Panics).send()).await;
        assert!(panicked.unwrap_err().is_panic());
        server.round_trip(&codex).await;
    })
    .await;
}

/// Polls a call once.
async fn futures_poll<T>(call: &mut (impl std::future::Future<Output = T> + Unpin)) -> Option<T> {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(match std::pin::Pin::new(&mut *call).poll(context) {
            std::task::Poll::Ready(value) => Some(value),
            std::task::Poll::Pending => None,
        })
    })
    .await
}

#[tokio::test]
async fn a_flood_of_events_does_not_stop_the_clock_of_requests() {
    within(async {
        let builder = Codex::builder().request_timeout(std::time::Duration::from_millis(1));
        let (transport, peer) = mock::pair();
        let mut server = FakeServer { peer };
        let starting = builder.transport(transport).start();
        // Never answered, and never quiet.
        let flood = async {
            server.expect("initialize").await;
            loop {
                for _ in 0..100 {
                    server.delta("t", "m", "x");
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            started = starting => assert!(started.unwrap_err().is_timeout()),
            () = flood => {}
        }
    })
    .await;
}

#[tokio::test]
async fn more_requests_than_allowed_wait_here() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder().max_in_flight(2)).await;
        let calls: Vec<_> = (0..5).map(|_| tokio::spawn(list(&codex).send())).collect();
        let (first, _) = server.expect("thread/loaded/list").await;
        let (second, _) = server.expect("thread/loaded/list").await;
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        server.respond(&first, json!({ "data": [] }));
        let (third, _) = server.expect("thread/loaded/list").await;
        // Ids are given as requests leave: a third one before an answer would have had this place.
        assert_eq!([&first, &second, &third], [&json!(1), &json!(2), &json!(3)]);
        for id in [second, third] {
            server.respond(&id, json!({ "data": [] }));
        }
        for _ in 0..2 {
            server.answer("thread/loaded/list", json!({ "data": [] })).await;
        }
        for call in calls {
            call.await.unwrap().unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn the_server_s_requests_are_declined_at_once() {
    within(async {
        let (_codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let address = json!({ "threadId": "t", "turnId": "u", "itemId": "i", "startedAtMs": 1 });
        let ask = |id: u64, method: &str, more: serde_json::Value| {
            let mut params = address.clone();
            params.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            server.send(json!({ "method": method, "id": id, "params": params }));
        };
        ask(0, "item/commandExecution/requestApproval", json!({ "command": "rm -rf /" }));
        ask(1, "item/fileChange/requestApproval", json!({}));
        ask(4, "mcpServer/elicitation/request", json!({
            "serverName": "s", "mode": "form", "message": "m", "requestedSchema": { "type": "object", "properties": {} },
        }));
        ask(2, "no/such/request", json!({}));
        ask(3, "item/tool/call", json!({ "tool": 17 }));
        assert_eq!(server.recv().await, json!({ "id": 0, "result": { "decision": "decline" } }));
        assert_eq!(server.recv().await, json!({ "id": 1, "result": { "decision": "decline" } }));
        assert_eq!(server.recv().await, json!({ "id": 4, "result": { "action": "decline" } }));
        let refused = |message: &str| json!({ "code": -32601, "message": message });
        assert_eq!(
            server.recv().await,
            json!({ "id": 2, "error": refused("this client does not answer no/such/request") })
        );
        assert_eq!(
            server.recv().await,
            json!({ "id": 3, "error": refused("this client cannot read the parameters of item/tool/call") })
        );
    })
    .await;
}

#[tokio::test]
async fn the_server_s_requests_are_left_alone_where_that_was_chosen() {
    within(async {
        let builder = Codex::builder().unanswered_requests(UnansweredRequests::Leave);
        let (codex, mut server) = FakeServer::connect(builder).await;
        let call = tokio::spawn(list(&codex).send());
        let (first, _) = server.expect("thread/loaded/list").await;
        let params = json!({ "threadId": "t", "turnId": "u", "itemId": "i", "startedAtMs": 1 });
        for (id, method) in [
            (0, "item/commandExecution/requestApproval"),
            (1, "no/such/request"),
            (2, "item/tool/call"),
        ] {
            server.send(json!({ "method": method, "id": id, "params": params }));
        }
        // They were read before this answer, and the next request leaves after it.
        server.respond(&first, json!({ "data": [] }));
        call.await.unwrap().unwrap();
        let call = tokio::spawn(list(&codex).send());
        server.answer("thread/loaded/list", json!({ "data": [] })).await;
        call.await.unwrap().unwrap();
    })
    .await;
}
