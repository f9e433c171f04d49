//! Tools of this program's: what comes of a call.

use super::Call;
use crate::fake_server::{FakeServer, THREAD, thread_started, turn_response};
use crate::guard::within;
use codex_sdk::{Codex, Thread, Tool, ToolNamespace, ToolOutput};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::{Barrier, mpsc};

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Lookup {
    /// The number of the ticket.
    id: u32,
}

fn lookup() -> Tool {
    Tool::new("lookup_ticket", "Looks up a ticket", |args: Lookup, context| async move {
        let at = format!("{}/{}/{}", context.thread_id(), context.turn_id(), context.call_id());
        match args.id {
            404 => Err("there is no such ticket")?,
            500 => panic!("on purpose"),
            id => Ok(format!("ticket {id} at {at}")),
        }
    })
}

/// A thread with these tools, and what the server was told of them.
async fn thread_with(
    tools: Vec<Tool>,
    space: Option<ToolNamespace>,
) -> (Thread, FakeServer, Value) {
    let (codex, mut server) = FakeServer::connect(Codex::builder()).await;
    let start = codex.thread_start().tools(tools);
    let start = match space {
        Some(space) => start.tool_namespace(space),
        None => start,
    };
    let call = start.send();
    let (thread, told) = tokio::join!(call, async {
        let (id, mut params) = server.expect("thread/start").await;
        server.respond(&id, thread_started(THREAD));
        params["dynamicTools"].take()
    });
    (thread.unwrap(), server, told)
}

impl FakeServer {
    fn call_tool(&self, id: u64, namespace: Option<&str>, tool: &str, arguments: Value) {
        let params = json!({
            "callId": format!("call-{id}"), "tool": tool, "namespace": namespace, "arguments": arguments,
        });
        self.ask(id, "item/tool/call", "turn-1", params);
    }

    async fn expect_output(&mut self, id: u64, success: bool, text: &str) {
        let items = json!([{ "type": "inputText", "text": text }]);
        let expected = json!({ "id": id, "result": { "contentItems": items, "success": success } });
        assert_eq!(self.recv().await, expected);
    }
}

#[tokio::test]
async fn the_server_is_told_of_tools_and_their_calls_come_to_their_closures() {
    within(async {
        let echo = Tool::with_schema("echo", "Says it again", json!({ "type": "object" }), |args, _| async move {
            Ok(ToolOutput::text(args.to_string()).and_image("data:image/png;base64,AA=="))
        });
        let space = ToolNamespace::new("crm", "Customers").tools([lookup().defer_loading()]);
        let (_thread, mut server, told) = thread_with(vec![lookup(), echo], Some(space)).await;
        let schema = json!({
            "title": "Lookup",
            "type": "object",
            "properties": {
                "id": { "description": "The number of the ticket.", "type": "integer", "format": "uint32", "minimum": 0 },
            },
            "required": ["id"],
        });
        assert_eq!(told, json!([
            { "type": "function", "name": "lookup_ticket", "description": "Looks up a ticket", "inputSchema": schema },
            { "type": "function", "name": "echo", "description": "Says it again", "inputSchema": { "type": "object" } },
            { "type": "namespace", "name": "crm", "description": "Customers", "tools": [
                { "type": "function", "name": "lookup_ticket", "description": "Looks up a ticket",
                  "inputSchema": schema, "deferLoading": true },
            ] },
        ]));

        server.call_tool(1, None, "lookup_ticket", json!({ "id": 17 }));
        server.expect_output(1, true, "ticket 17 at thread-1/turn-1/call-1").await;
        server.call_tool(2, Some("crm"), "lookup_ticket", json!({ "id": 18 }));
        server.expect_output(2, true, "ticket 18 at thread-1/turn-1/call-2").await;
        server.call_tool(3, None, "echo", json!({ "a": 1 }));
        let items = json!([
            { "type": "inputText", "text": "{\"a\":1}" },
            { "type": "inputImage", "imageUrl": "data:image/png;base64,AA==" },
        ]);
        let expected = json!({ "id": 3, "result": { "contentItems": items, "success": true } });
        assert_eq!(server.recv().await, expected);
    })
    .await;
}

#[tokio::test]
async fn what_goes_wrong_in_a_call_is_told_to_the_model() {
    within(async {
        let (_thread, mut server, _) = thread_with(vec![lookup()], None).await;
        for (id, arguments, text) in [
            (1, json!({ "id": 404 }), "The tool failed: there is no such ticket"),
            (2, json!({ "id": 500 }), "The tool failed: it panicked"),
            (3, json!({ "id": "x" }), "The tool failed: the arguments do not fit: invalid type: string \"x\", expected u32"),
            (4, json!({}), "The tool failed: the arguments do not fit: missing field `id`"),
        ] {
            server.call_tool(id, None, "lookup_ticket", arguments);
            server.expect_output(id, false, text).await;
        }
        server.call_tool(5, None, "no_such_tool", json!({}));
        server.expect_output(5, false, "The client has no tool no_such_tool that it lets be called.").await;
    })
    .await;
}

#[tokio::test]
async fn calls_run_at_once_and_answer_as_they_end() {
    within(async {
        let (pair, both) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        let (a, b) = (Arc::clone(&pair), Arc::clone(&both));
        let slow = Tool::with_schema("slow", "d", json!({}), move |_, _| {
            let (pair, both) = (Arc::clone(&a), Arc::clone(&b));
            async move {
                pair.wait().await;
                both.wait().await;
                Ok("slow".into())
            }
        });
        let quick = Tool::with_schema("quick", "d", json!({}), move |_, _| {
            let pair = Arc::clone(&pair);
            async move {
                pair.wait().await;
                Ok("quick".into())
            }
        });
        let (_thread, mut server, _) = thread_with(vec![slow, quick], None).await;
        server.call_tool(1, None, "slow", json!({}));
        server.call_tool(2, None, "quick", json!({}));
        server.expect_output(2, true, "quick").await;
        both.wait().await;
        server.expect_output(1, true, "slow").await;
    })
    .await;
}

#[tokio::test]
async fn a_call_ends_when_its_turn_is_interrupted() {
    within(async {
        let (told, mut events) = mpsc::unbounded_channel();
        let forever = Tool::with_schema("forever", "d", json!({}), move |_, context| {
            let told = told.clone();
            async move {
                let _call = Call(told.clone());
                let elsewhere = (told.clone(), context.clone());
                tokio::spawn(async move {
                    elsewhere.1.cancelled().await;
                    elsewhere.0.send("cancelled")
                });
                told.send("called")?;
                std::future::pending::<()>().await;
                Ok("never".into())
            }
        });
        let (thread, mut server, _) = thread_with(vec![forever], None).await;
        let call = thread.turn("go").send();
        let (turn, ()) = tokio::join!(call, server.answer("turn/start", turn_response("turn-1")));
        server.turn_started("turn-1");
        server.call_tool(1, None, "forever", json!({}));
        assert_eq!(events.recv().await, Some("called"));
        server.turn_completed("turn-1", "interrupted");
        let mut ends = [events.recv().await.unwrap(), events.recv().await.unwrap()];
        ends.sort_unstable();
        assert_eq!(ends, ["cancelled", "dropped"]);
        turn.unwrap().run().await.unwrap();
        // Nothing was answered: the next message of the client is this one's.
        server.round_trip(thread.codex()).await;
    })
    .await;
}
