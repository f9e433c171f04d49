//! What belongs to no turn, and what nobody could make anything of.

use crate::fake_server::{FakeServer, THREAD, turn_object, turn_response};
use crate::guard::within;
use codex_sdk::{Codex, Event, Events, Stats};
use serde_json::json;

/// The next events, as method and turn.
async fn next<const N: usize>(events: &mut Events) -> [(String, Option<String>); N] {
    let mut outline = Vec::new();
    for _ in 0..N {
        let event = events.next().await.unwrap().unwrap();
        outline.push((event.method().to_owned(), event.turn_id().map(str::to_owned)));
    }
    outline.try_into().unwrap()
}

fn of(method: &str, turn: Option<&str>) -> (String, Option<String>) {
    (method.to_owned(), turn.map(str::to_owned))
}

fn foreign_turn(server: &FakeServer, method: &str, turn: &str, status: &str) {
    let params = json!({ "threadId": "sub-agent", "turn": turn_object(turn, status) });
    server.send(json!({ "method": method, "params": params }));
}

fn renamed(server: &FakeServer, name: &str) {
    let params = json!({ "threadId": THREAD, "threadName": name });
    server.send(json!({ "method": "thread/name/updated", "params": params }));
}

#[tokio::test]
async fn what_is_of_no_turn_goes_to_every_subscriber_and_a_turn_keeps_what_is_its_own() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let mut events = thread.codex().events();
        let mut others = thread.codex().events();
        renamed(&server, "before");
        let starting = tokio::spawn(thread.turn("hi").send());
        let (id, _) = server.expect("turn/start").await;
        // Held back until the answer has said which turn is ours.
        server.delta("turn-0", "m", "of an old turn");
        server.turn_started("turn-1");
        server.respond(&id, turn_response("turn-1"));
        let turn = starting.await.unwrap().unwrap();
        let mut stream = turn.stream().unwrap();
        renamed(&server, "during");
        foreign_turn(&server, "turn/started", "sub-turn", "inProgress");
        server.send(json!({ "method": "account/updated", "params": {} }));
        server.send(json!({ "method": "brand/new", "params": { "threadId": "x", "turnId": "y" } }));
        server.send(json!({ "method": "configWarning", "params": { "summary": 17 } }));
        foreign_turn(&server, "turn/completed", "sub-turn", "completed");
        server.turn_completed("turn-1", "completed");
        server.message_completed("turn-1", "late", "after the end");
        renamed(&server, "after");

        let expected = [
            of("thread/name/updated", None),
            of("item/agentMessage/delta", Some("turn-0")),
            of("turn/started", Some("sub-turn")),
            of("account/updated", None),
            of("brand/new", Some("y")),
            of("configWarning", None),
            of("turn/completed", Some("sub-turn")),
            of("item/completed", Some("turn-1")),
            of("thread/name/updated", None),
        ];
        assert_eq!(next(&mut events).await, expected);
        drop(events);
        assert_eq!(next(&mut others).await, expected);
        for method in ["turn/started", "thread/name/updated", "turn/completed"] {
            assert_eq!(stream.next().await.unwrap().unwrap().method(), method);
        }
        assert!(stream.next().await.is_none());
    })
    .await;
}

#[tokio::test]
async fn who_does_not_keep_up_is_told_and_goes_on() {
    within(async {
        let (thread, mut server) =
            FakeServer::with_thread(Codex::builder().max_buffered_bytes(16 * 1024)).await;
        let mut slow = thread.codex().events();
        for n in 0..100 {
            renamed(&server, &format!("{n:0>1000}"));
        }
        server.round_trip(thread.codex()).await;
        let mut seen = 0;
        let missed = loop {
            match slow.next().await.unwrap().unwrap() {
                Event::Lagged(missed) => break missed,
                _ => seen += 1,
            }
        };
        assert!((1..100).contains(&seen), "{seen}");
        assert_eq!(seen + missed, 100);
        let waiting = tokio::spawn(async move { (next(&mut slow).await, slow) });
        server.round_trip(thread.codex()).await;
        renamed(&server, "again");
        let (event, mut slow) = waiting.await.unwrap();
        assert_eq!(event, [of("thread/name/updated", None)]);

        // It does not keep the client alive.
        drop(thread);
        assert!(slow.next().await.unwrap().unwrap_err().is_disconnected());
        assert!(slow.next().await.is_none());
        assert_eq!(server.peer.recv().await, None);
    })
    .await;
}

#[tokio::test]
async fn what_nobody_can_make_anything_of_is_counted() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let codex = thread.codex();
        assert_eq!(codex.stats(), Stats::default());
        let counted = |undecoded, unrecognized, malformed, stray_answers, unexpected| {
            let mut stats = Stats::default();
            (stats.undecoded, stats.unrecognized) = (undecoded, unrecognized);
            (stats.malformed, stats.stray_answers) = (malformed, stray_answers);
            stats.unexpected = unexpected;
            stats
        };
        for junk in ["not json", "[]", "{}", "17"] {
            server.peer.send(junk);
        }
        server.peer.send_raw(b"\xff\xfe\n".as_slice());
        server.round_trip(codex).await;
        assert_eq!(codex.stats(), counted(0, 0, 5, 0, 0));

        server.send(json!({ "method": "turn/completed", "params": {} }));
        server.send(json!({ "id": 7, "method": "item/tool/call", "params": { "tool": 17 } }));
        server.recv().await;
        server.send(json!({ "method": "no/such", "params": {} }));
        server.send(json!({ "id": 8, "method": "no/such", "params": {} }));
        server.recv().await;
        server.send(json!({ "id": 9999, "result": {} }));
        server.send(json!({ "id": "text", "error": { "code": 1, "message": "m" } }));
        server.round_trip(codex).await;
        assert_eq!(codex.stats(), counted(2, 2, 5, 2, 0));

        // The end of a turn that nobody saw begin.
        server.turn_completed("turn-0", "completed");
        server.round_trip(codex).await;
        assert_eq!(codex.stats(), counted(2, 2, 5, 2, 1));
    })
    .await;
}
