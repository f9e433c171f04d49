//! Requests of the server that change hands, or come before their time.

use crate::fake_server::{FakeServer, THREAD, thread_started, turn_response};
use crate::guard::within;
use codex_sdk::{Codex, Event, PendingRequest, Thread, Tool, ToolOutput, Turn};
use serde_json::{Value, json};
use std::sync::mpsc;
use std::time::Duration;

async fn begin(thread: &Thread, server: &mut FakeServer) -> Turn {
    let call = thread.turn("go").send();
    let (turn, ()) = tokio::join!(call, server.answer("turn/start", turn_response("turn-1")));
    server.turn_started("turn-1");
    turn.unwrap()
}

fn ask(server: &FakeServer, id: u64, method: &str, mut params: Value) {
    params["threadId"] = json!(THREAD);
    params["turnId"] = json!("turn-1");
    server.send(json!({ "method": method, "id": id, "params": params }));
}

#[test]
fn a_stream_that_is_left_for_the_result_hands_on_what_waits_in_it() {
    // On a thread of its own: where a lock is waited for, no timer of the runtime would end it.
    let (done, ended) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
            let turn = begin(&thread, &mut server).await;
            let mut events = turn.stream_with_requests().unwrap();
            for id in [0, 1] {
                let params = json!({ "itemId": "item", "startedAtMs": 1 });
                ask(&server, id, "item/commandExecution/requestApproval", params);
            }
            server.round_trip(thread.codex()).await;
            // One in the stream's own hands, and one in its queue.
            while events.next().await.unwrap().unwrap().method() != "turn/started" {}
            ask(
                &server,
                2,
                "item/commandExecution/requestApproval",
                json!({ "itemId": "item", "startedAtMs": 1 }),
            );
            server.round_trip(thread.codex()).await;
            let answers = async {
                let mut declined = Vec::new();
                for _ in 0..3 {
                    let mut answer = server.recv().await;
                    assert_eq!(answer["result"], json!({ "decision": "decline" }));
                    declined.push(answer["id"].take());
                }
                declined.sort_by_key(Value::as_u64);
                assert_eq!(declined, [0, 1, 2]);
                server.turn_completed("turn-1", "completed");
            };
            let (result, ()) = tokio::join!(events.result(), answers);
            result.unwrap();
        });
        done.send(()).unwrap();
    });
    ended.recv_timeout(Duration::from_secs(60)).expect("the test hangs, or has failed");
}

#[tokio::test]
async fn a_change_is_not_shown_with_an_approval_that_may_be_of_another_of_its_name() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let turn = begin(&thread, &mut server).await;
        let mut events = turn.stream_with_requests().unwrap();
        let mut shown = Vec::new();
        for (id, path) in [(0, "a.txt"), (1, "a.txt"), (2, "b.txt")] {
            let changes = json!([{ "path": path, "kind": { "type": "add" }, "diff": "x" }]);
            let item = json!({
                "type": "fileChange", "id": "item", "changes": changes, "status": "inProgress",
            });
            server.notify("item/started", "turn-1", json!({ "item": item, "startedAtMs": 1 }));
            ask(
                &server,
                id,
                "item/fileChange/requestApproval",
                json!({ "itemId": "item", "startedAtMs": 1 }),
            );
            loop {
                if let Event::Request(request) = events.next().await.unwrap().unwrap() {
                    let PendingRequest::FileChange(request) = request else {
                        panic!("{request:?}")
                    };
                    shown.push(request.changes().map(|changes| changes[0].path.clone()));
                    break;
                }
            }
        }
        let a = Some("a.txt".to_owned());
        assert_eq!(shown, [a.clone(), a, None]);
    })
    .await;
}

#[tokio::test]
async fn a_call_that_waits_while_its_thread_is_resumed_comes_to_its_tool() {
    within(async {
        let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
        let tool = Tool::with_schema("look", "Looks", json!({}), |_, _| async {
            Ok(ToolOutput::text("seen"))
        });
        let call = codex.thread_resume(THREAD).tool(tool).send();
        let (thread, answer) = tokio::join!(call, async {
            let (id, _) = server.expect("thread/resume").await;
            let params = json!({ "callId": "call", "tool": "look", "arguments": {} });
            ask(&server, 7, "item/tool/call", params);
            let answer = server.recv().await;
            server.respond(&id, thread_started(THREAD));
            answer
        });
        thread.unwrap();
        let items = json!([{ "type": "inputText", "text": "seen" }]);
        let result = json!({ "contentItems": items, "success": true });
        assert_eq!(answer, json!({ "id": 7, "result": result }));
    })
    .await;
}
