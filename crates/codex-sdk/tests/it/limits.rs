//! Turns that are given up: by a time limit, or because nobody waits for them.

use crate::fake_server::{FakeServer, THREAD, turn_response};
use crate::guard::within;
use codex_sdk::protocol::{CommandExecParams, ThreadLoadedListParams};
use codex_sdk::{Codex, ConsumerScope, Error, Turn, TurnLimit, TurnStatus};
use serde_json::json;
use std::future::Future;
use std::task::{Context, Waker};
use std::time::Duration;
use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

fn polled_once<T>(future: &mut (impl Future<Output = T> + Unpin)) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    std::pin::Pin::new(future).poll(&mut context).is_ready()
}

async fn assert_interrupted(server: &mut FakeServer, turn: &str) {
    let (id, params) = server.expect("turn/interrupt").await;
    assert_eq!(params, json!({ "threadId": THREAD, "turnId": turn }));
    server.respond(&id, json!({}));
}

fn timed_out<T: std::fmt::Debug>(
    outcome: Result<T, Error>,
    limit: TurnLimit,
    seconds: u64,
) -> Error {
    let error = outcome.unwrap_err();
    assert!(error.is_timeout());
    match &error {
        Error::TurnTimeout { limit: passed, after, .. } => {
            assert_eq!((*passed, *after), (limit, SECOND * seconds as u32));
        }
        other => panic!("{other:?}"),
    }
    error
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_says_nothing_is_interrupted_and_its_consumer_gets_what_there_is() {
    let (thread, mut server) =
        FakeServer::with_thread(Codex::builder().turn_idle_timeout(10 * SECOND)).await;
    let begun = Instant::now();
    let run = tokio::spawn(thread.run("hi").send());
    server.answer("turn/start", turn_response("t")).await;
    server.turn_started("t");
    for n in 0..3 {
        tokio::time::sleep(8 * SECOND).await;
        // Others' events do not count.
        server.message_completed("t", &format!("m{n}"), "said ");
        server.send(json!({ "method": "account/updated", "params": {} }));
    }
    let error = timed_out(run.await.unwrap(), TurnLimit::Idle, 10);
    let Error::TurnTimeout { partial, .. } = &error else { unreachable!() };
    assert_eq!((&*partial.text, partial.items.len()), ("said said said ", 3));
    assert_eq!(error.to_string(), "turn t was interrupted: nothing came of it for 10 s");
    let took = begun.elapsed();
    assert!((34 * SECOND..36 * SECOND).contains(&took), "{took:?}");
    assert_interrupted(&mut server, "t").await;
    server.turn_completed("t", "interrupted");
    server.round_trip(thread.codex()).await;

    // A turn with a limit of its own, and one without.
    let run = tokio::spawn(thread.run("hi").idle_timeout(SECOND).send());
    server.answer("turn/start", turn_response("u")).await;
    timed_out(run.await.unwrap(), TurnLimit::Idle, 1);
    // Nothing of it was seen: whatever comes is meant.
    assert_interrupted(&mut server, "").await;
    server.turn_completed("u", "interrupted");
    server.round_trip(thread.codex()).await;
    let run = tokio::spawn(thread.run("hi").idle_timeout(None).send());
    server.answer("turn/start", turn_response("v")).await;
    tokio::time::sleep(600 * SECOND).await;
    server.turn_completed("v", "completed");
    assert_eq!(run.await.unwrap().unwrap().status, TurnStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_passes_whatever_the_turn_says_and_its_error_is_the_stream_s_end() {
    let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
    let starting = tokio::spawn(thread.turn("hi").deadline(5 * SECOND).send());
    server.answer("turn/start", turn_response("t")).await;
    let turn = starting.await.unwrap().unwrap();
    let mut stream = turn.stream().unwrap();
    server.turn_started("t");
    for _ in 0..5 {
        server.delta("t", "m", "x");
        tokio::time::sleep(SECOND).await;
    }
    tokio::time::sleep(SECOND).await;
    let mut seen = 0;
    let error = loop {
        match stream.next().await.unwrap() {
            Ok(_) => seen += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(seen, 6);
    timed_out::<()>(Err(error), TurnLimit::Deadline, 5);
    assert!(stream.next().await.is_none());
    assert_interrupted(&mut server, "t").await;
    server.turn_completed("t", "interrupted");
    let error = timed_out(stream.result().await, TurnLimit::Deadline, 5);
    assert_eq!(error.to_string(), "turn t was interrupted: it did not end within 5 s");
    server.round_trip(thread.codex()).await;

    // One that completes all the same is no error.
    let starting = tokio::spawn(thread.turn("hi").deadline(SECOND).send());
    server.answer("turn/start", turn_response("u")).await;
    let turn = starting.await.unwrap().unwrap();
    server.turn_started("u");
    tokio::time::sleep(2 * SECOND).await;
    assert_interrupted(&mut server, "u").await;
    server.turn_completed("u", "completed");
    server.round_trip(thread.codex()).await;
    assert_eq!(turn.run().await.unwrap().status, TurnStatus::Completed);
}

#[tokio::test(start_paused = true)]
async fn while_the_server_waits_for_an_answer_a_turn_is_not_idle() {
    let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
    let starting = tokio::spawn(thread.turn("hi").idle_timeout(5 * SECOND).send());
    server.answer("turn/start", turn_response("t")).await;
    let turn = starting.await.unwrap().unwrap();
    let mut stream = turn.stream_with_requests().unwrap();
    server.turn_started("t");
    let params = json!({ "threadId": THREAD, "turnId": "t", "itemId": "i", "startedAtMs": 1, "command": "ls" });
    let method = "item/commandExecution/requestApproval";
    server.send(json!({ "id": 0, "method": method, "params": params }));
    let request = loop {
        if let codex_sdk::Event::Request(request) = stream.next().await.unwrap().unwrap() {
            break request;
        }
    };
    tokio::time::sleep(600 * SECOND).await;
    assert_eq!(turn.snapshot().status, TurnStatus::InProgress);
    // Dropped, so that it is declined; from now on the clock runs.
    drop(request);
    assert_eq!(server.recv().await["result"]["decision"], "decline");
    let error = stream.next().await.unwrap();
    timed_out(error, TurnLimit::Idle, 5);
    assert_interrupted(&mut server, "t").await;
}

async fn running_turn(server: &mut FakeServer, turn: &str, start: codex_sdk::TurnStart) -> Turn {
    let (started, ()) =
        tokio::join!(start.send(), server.answer("turn/start", turn_response(turn)));
    server.turn_started(turn);
    started.unwrap()
}

#[tokio::test]
async fn what_is_dropped_interrupts_its_turn_where_that_was_chosen_and_once() {
    within(async {
        let builder = Codex::builder().consumer_scope(ConsumerScope::PerTurn);
        let (thread, mut server) = FakeServer::with_thread(builder).await;
        // The last handle.
        let turn = running_turn(&mut server, "a", thread.turn("x").interrupt_on_drop(true)).await;
        server.round_trip(thread.codex()).await;
        drop(turn.clone());
        drop(turn);
        assert_interrupted(&mut server, "a").await;
        server.turn_completed("a", "interrupted");
        server.round_trip(thread.codex()).await;

        // A stream, and the future of its result.
        let turn = running_turn(&mut server, "b", thread.turn("x").interrupt_on_drop(true)).await;
        server.round_trip(thread.codex()).await;
        drop(turn.stream().unwrap());
        assert_interrupted(&mut server, "b").await;
        drop(turn.stream().unwrap());
        server.turn_completed("b", "interrupted");
        server.round_trip(thread.codex()).await;
        let turn = running_turn(&mut server, "c", thread.turn("x")).await;
        server.round_trip(thread.codex()).await;
        let stream = turn.stream().unwrap().interrupt_on_drop(true);
        let mut result = Box::pin(stream.result());
        assert!(!polled_once(&mut result));
        drop(result);
        assert_interrupted(&mut server, "c").await;
        server.turn_completed("c", "interrupted");
        server.round_trip(thread.codex()).await;

        // A run: while its turn runs, and before it is known.
        let run = tokio::spawn(thread.run("x").interrupt_on_drop(true).send());
        server.answer("turn/start", turn_response("d")).await;
        server.turn_started("d");
        server.round_trip(thread.codex()).await;
        run.abort();
        assert_interrupted(&mut server, "d").await;
        server.turn_completed("d", "interrupted");
        server.round_trip(thread.codex()).await;
        let run = tokio::spawn(thread.run("x").interrupt_on_drop(true).send());
        let (id, _) = server.expect("turn/start").await;
        run.abort();
        assert_interrupted(&mut server, "").await;
        server.respond(&id, turn_response("e"));
        server.turn_completed("e", "interrupted");
        server.round_trip(thread.codex()).await;

        // What ended by itself, or was not meant, is left alone.
        let turn = running_turn(&mut server, "f", thread.turn("x").interrupt_on_drop(true)).await;
        server.turn_completed("f", "completed");
        assert_eq!(turn.run().await.unwrap().status, TurnStatus::Completed);
        drop(turn);
        let turn = running_turn(&mut server, "g", thread.turn("x")).await;
        drop(turn.stream().unwrap());
        drop(turn);
        server.round_trip(thread.codex()).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn requests_that_wait_for_a_process_take_no_place_and_have_no_time_limit() {
    let (codex, mut server) = FakeServer::connect(Codex::builder().max_in_flight(1)).await;
    let exec = || codex.request(CommandExecParams::new(vec!["sleep".to_owned()]));
    let long = tokio::spawn(exec().send());
    let (long_id, _) = server.expect("command/exec").await;
    let list = || codex.request(ThreadLoadedListParams::default()).send();
    let (listed, ()) =
        tokio::join!(list(), server.answer("thread/loaded/list", json!({ "data": [] })));
    listed.unwrap();
    tokio::time::sleep(600 * SECOND).await;
    server.respond(&long_id, json!({ "exitCode": 0, "stdout": "", "stderr": "" }));
    assert_eq!(long.await.unwrap().unwrap().exit_code, 0);

    let limited = tokio::spawn(exec().timeout(SECOND).send());
    server.expect("command/exec").await;
    let error = limited.await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "command/exec was not answered within 1 s");
}
