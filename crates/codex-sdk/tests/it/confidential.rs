//! What is printed of builders, results and errors holds nothing that was said, nor a key.

use crate::fake_server::{FakeServer, THREAD, turn_response};
use crate::guard::within;
use codex_sdk::ask::CommandApproval;
use codex_sdk::protocol::{ApiKeyLoginAccountParams, LoginAccountParams};
use codex_sdk::{Codex, Handled, RequestHandler, ReviewTarget, ToolError};
use serde_json::json;

const MARKER: &str = "marker-2718";

#[tokio::test]
async fn builders_results_and_errors_print_without_what_they_hold() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let codex = thread.codex();
        let login = LoginAccountParams::ApiKey(ApiKeyLoginAccountParams::new(MARKER));
        let review = ReviewTarget::Custom(codex_sdk::protocol::CustomReviewTarget::new(MARKER));
        let mut shown = vec![
            format!("{:?}", codex.request(login)),
            format!("{:?}", codex.login_api_key(MARKER)),
            format!("{:?}", codex.thread_start().base_instructions(MARKER).config("key", MARKER)),
            format!("{:?}", codex.thread_resume("t").developer_instructions(MARKER)),
            format!("{:?}", codex.thread_fork("t").developer_instructions(MARKER)),
            format!("{:?}", codex.thread_list().search_term(MARKER)),
            format!("{:?}", codex.thread_search(MARKER)),
            format!("{:?}", thread.turn(MARKER)),
            format!("{:?}", thread.run(MARKER).output_schema(json!({ "title": MARKER }))),
            format!("{:?}", thread.set_goal(MARKER)),
            format!("{:?}", thread.review(review)),
        ];

        let (turn, ()) = tokio::join!(
            thread.turn(MARKER).send(),
            server.answer("turn/start", turn_response("turn-1"))
        );
        let turn = turn.unwrap();
        shown.push(format!("{turn:?} {:?}", turn.steer(MARKER)));
        server.turn_started("turn-1");

        let requests = codex.requests();
        let mut events = turn.stream_with_requests().unwrap();
        for (id, turn) in [(0, "turn-1"), (1, "turn-0")] {
            let params = json!({
                "threadId": THREAD, "turnId": turn, "itemId": "item", "startedAtMs": 1, "command": MARKER,
            });
            let method = "item/commandExecution/requestApproval";
            server.send(json!({ "method": method, "id": id, "params": params }));
        }
        server.round_trip(codex).await;
        assert_eq!(events.next().await.unwrap().unwrap().method(), "turn/started");
        shown.push(format!("{events:?} {requests:?} {codex:?} {thread:?}"));
        drop((events, requests));
        for _ in 0..2 {
            server.recv().await;
        }

        server.message_completed("turn-1", "item-1", MARKER);
        server.turn_completed("turn-1", "interrupted");
        let result = turn.run().await.unwrap();
        assert_eq!(result.text, MARKER);
        shown.push(format!("{result:?}"));
        let error = result.error_for_status().unwrap_err();
        shown.push(format!("{error} {error:?}"));
        for text in &shown {
            assert!(!text.contains(MARKER), "{text}");
        }
    })
    .await;
}

/// Fails with what it was asked in its error.
struct Talkative;

#[async_trait::async_trait]
impl RequestHandler for Talkative {
    async fn command(&self, request: CommandApproval) -> Handled {
        Err(ToolError::new(format!("no idea of {}", request.command().unwrap_or_default())))
    }
}

/// What was told at each level, as text.
#[derive(Clone, Default)]
struct Log(std::sync::Arc<std::sync::Mutex<Vec<(tracing::Level, String)>>>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Log {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        let mut text = String::new();
        event.record(&mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
            text += &format!("{field}={value:?} ");
        });
        self.0.lock().unwrap().push((*event.metadata().level(), text));
    }
}

#[tokio::test]
async fn the_error_of_a_handler_is_told_at_trace_alone() {
    use tracing_subscriber::layer::SubscriberExt;
    within(async {
        let log = Log::default();
        let subscriber = tracing_subscriber::registry().with(log.clone());
        let _guard = tracing::subscriber::set_default(subscriber);
        let builder = Codex::builder().request_handler(Talkative);
        let (codex, mut server) = FakeServer::connect(builder).await;
        let params = json!({
            "threadId": THREAD, "turnId": "turn-1", "itemId": "item", "startedAtMs": 1, "command": MARKER,
        });
        let method = "item/commandExecution/requestApproval";
        server.send(json!({ "method": method, "id": 0, "params": params }));
        assert_eq!(server.recv().await, json!({ "id": 0, "result": { "decision": "decline" } }));
        server.round_trip(&codex).await;
        let told = log.0.lock().unwrap().clone();
        let (traced, others): (Vec<_>, Vec<_>) =
            told.into_iter().partition(|(level, _)| *level == tracing::Level::TRACE);
        assert!(!others.iter().any(|(_, text)| text.contains(MARKER)), "{others:?}");
        let failed: Vec<_> =
            others.iter().filter(|(level, _)| *level == tracing::Level::ERROR).collect();
        let [(_, failed)] = &*failed else { panic!("{failed:?}") };
        for part in ["the request handler failed", method, THREAD, "turn-1"] {
            assert!(failed.contains(part), "{failed}");
        }
        let reason = format!("no idea of {MARKER}");
        assert!(traced.iter().any(|(_, text)| text.contains(&reason)), "{traced:?}");
    })
    .await;
}
