//! The four ways to take a request, and their order.

use super::{begin, command, next_request};
use crate::fake_server::{FakeServer, THREAD};
use crate::guard::within;
use codex_sdk::ask::CommandApproval;
use codex_sdk::{Codex, CodexBuilder, Handled, RequestHandler, UnansweredRequests};
use serde_json::json;

/// Lets every command run for the whole session, which no other way of these tests does.
struct ForSession;

#[async_trait::async_trait]
impl RequestHandler for ForSession {
    async fn command(&self, request: CommandApproval) -> Handled {
        request.accept_for_session();
        Ok(())
    }
}

fn with_handler() -> CodexBuilder {
    Codex::builder().request_handler(ForSession)
}

#[tokio::test]
async fn a_turn_s_stream_has_requests_in_the_server_s_order_and_before_every_other_way() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(with_handler()).await;
        let mut all = thread.codex().requests();
        let turn = begin(&thread, &mut server, "turn-1").await;
        let mut events = turn.stream_with_requests().unwrap();
        server.delta("turn-1", "item", "a");
        server.ask_command(7, "turn-1", "ls");
        server.delta("turn-1", "item", "b");

        let (before, request) = next_request(&mut events).await;
        assert_eq!(before, ["turn/started", "item/agentMessage/delta"]);
        let request = command(request);
        assert_eq!(request.command(), Some("ls"));
        assert_eq!((request.turn_id(), request.item_id()), (Some("turn-1"), Some("item-7")));
        assert_eq!(events.next().await.unwrap().unwrap().text_delta(), Some("b"));
        assert!(request.accept());
        server.expect_decision(7, "accept").await;

        // The other stream saw none of it.
        server.send(json!({ "method": "no/such/request", "id": 8, "params": {} }));
        assert_eq!(all.next().await.unwrap().method(), "no/such/request");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_no_turn_takes_goes_to_the_stream_of_all_then_to_the_handler_then_is_declined() {
    let (thread, mut server) = FakeServer::with_thread(with_handler()).await;
    let codex = thread.codex().clone();
    let mut all = codex.requests();
    let turn = begin(&thread, &mut server, "turn-1").await;
    // A consumer that did not ask for requests.
    let _events = turn.stream().unwrap();
    server.ask_command(1, "turn-1", "ls");
    let request = command(all.next().await.unwrap());
    assert!(request.accept());
    server.expect_decision(1, "accept").await;

    // No turn of this client's, such as a sub-agent's.
    let other = json!({ "threadId": "other", "turnId": "t", "itemId": "i", "startedAtMs": 1 });
    server.send(
        json!({ "method": "item/commandExecution/requestApproval", "id": 2, "params": other }),
    );
    assert!(command(all.next().await.unwrap()).cancel());
    server.expect_decision(2, "cancel").await;

    // What waits in the stream when it is dropped is not lost.
    server.ask_command(3, "turn-1", "ls");
    server.round_trip(&codex).await;
    drop(all);
    server.expect_decision(3, "acceptForSession").await;
    server.ask_command(4, "turn-1", "ls");
    server.expect_decision(4, "acceptForSession").await;
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_nobody_consumes_leaves_its_requests_to_the_others_after_a_moment() {
    let (thread, mut server) = FakeServer::with_thread(with_handler()).await;
    let turn = begin(&thread, &mut server, "turn-1").await;
    server.ask_command(1, "turn-1", "ls");
    server.expect_decision(1, "acceptForSession").await;

    // A first consumer who comes at once finds what was asked before.
    server.ask_command(2, "turn-1", "ls");
    server.round_trip(thread.codex()).await;
    let mut events = turn.stream_with_requests().unwrap();
    let (_, request) = next_request(&mut events).await;
    assert!(command(request).accept());
    server.expect_decision(2, "accept").await;
}

#[tokio::test]
async fn what_a_dropped_stream_leaves_goes_to_the_next_way() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(with_handler()).await;
        let turn = begin(&thread, &mut server, "turn-1").await;
        let mut events = turn.stream_with_requests().unwrap();
        server.ask_command(1, "turn-1", "one");
        server.ask_command(2, "turn-1", "two");
        server.round_trip(thread.codex()).await;
        let (_, request) = next_request(&mut events).await;
        // The second is in the batch that the stream has taken, the third still in the queue.
        server.ask_command(3, "turn-1", "three");
        server.round_trip(thread.codex()).await;
        drop(events);
        let answers = [server.recv().await, server.recv().await];
        let for_session = |id| json!({ "id": id, "result": { "decision": "acceptForSession" } });
        assert_eq!(answers, [for_session(2), for_session(3)]);
        // The first was handed out, and is still in good hands.
        assert!(command(request).accept());
        server.expect_decision(1, "accept").await;
    })
    .await;
}

#[tokio::test]
async fn what_a_dropped_stream_leaves_keeps_the_server_s_order() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let turn = begin(&thread, &mut server, "turn-1").await;
        let events = turn.stream_with_requests().unwrap();
        for id in 0..20 {
            server.ask_command(id, "turn-1", &format!("command {id}"));
        }
        server.round_trip(thread.codex()).await;
        let mut all = thread.codex().requests();
        drop(events);
        for id in 0..20 {
            let request = command(all.next().await.unwrap());
            assert_eq!(request.command(), Some(&*format!("command {id}")));
            assert!(request.accept());
        }
    })
    .await;
}

#[tokio::test]
async fn a_dropped_request_is_declined_or_left_to_others() {
    within(async {
        for (unanswered, declines) in
            [(UnansweredRequests::Decline, true), (UnansweredRequests::Leave, false)]
        {
            let builder = Codex::builder().unanswered_requests(unanswered);
            let (thread, mut server) = FakeServer::with_thread(builder).await;
            let mut all = thread.codex().requests();
            let request =
                json!({ "threadId": THREAD, "turnId": "u", "itemId": "i", "startedAtMs": 1 });
            server.send(
                json!({ "method": "item/fileChange/requestApproval", "id": 5, "params": request }),
            );
            drop(all.next().await.unwrap());
            if declines {
                server.expect_decision(5, "decline").await;
            }
            // The client's next message is this one, so nothing else was sent before.
            server.round_trip(thread.codex()).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_request_that_is_sent_again_is_the_same() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let mut all = codex.requests();
        server.ask_command(1, "turn-1", "ls");
        server.ask_command(1, "turn-1", "ls");
        server.ask_command(2, "turn-1", "pwd");
        let first = command(all.next().await.unwrap());
        let second = command(all.next().await.unwrap());
        assert_eq!((first.command(), second.command()), (Some("ls"), Some("pwd")));
        assert!(second.accept() && first.accept());
        server.expect_decision(2, "accept").await;
        server.expect_decision(1, "accept").await;
        // Sent again while the answer was on its way.
        server.ask_command(1, "turn-1", "ls");
        server.round_trip(&codex).await;
        // Once it is resolved, the id is free.
        server.resolve(1);
        server.ask_command(1, "turn-1", "id");
        assert_eq!(command(all.next().await.unwrap()).command(), Some("id"));
    })
    .await;
}

#[tokio::test]
async fn an_answer_may_come_from_any_task_much_later() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let mut all = codex.requests();
        for id in 0..3 {
            server.ask_command(id, "turn-1", "ls");
        }
        let mut kept = Vec::new();
        for _ in 0..3 {
            kept.push(command(all.next().await.unwrap()));
        }
        server.round_trip(&codex).await;
        for request in kept.into_iter().rev() {
            let id = request.request_id().to_string().parse().unwrap();
            assert!(tokio::spawn(async move { request.accept() }).await.unwrap());
            server.expect_decision(id, "accept").await;
        }
    })
    .await;
}
