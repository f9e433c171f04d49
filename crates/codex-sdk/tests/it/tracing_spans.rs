//! What is told to `tracing`: spans of requests, turns and items, and nothing of what is said.

use crate::fake_server::{FakeServer, THREAD, turn_response};
use crate::guard::within;
use codex_sdk::ask::CommandApproval;
use codex_sdk::{Codex, Handled, RequestHandler, ToolError, TraceContext};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, LazyLock, Mutex};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, Event, Instrument, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

type Fields = BTreeMap<&'static str, String>;

/// A span or an event, whole.
#[derive(Debug, Clone)]
struct Told {
    level: Level,
    /// The name of a span; empty for an event.
    name: &'static str,
    /// The name of the span around it.
    within: Option<&'static str>,
    fields: Fields,
    closed: bool,
}

/// All that was told, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Witness(Arc<Mutex<Vec<Told>>>);

/// Where a span stands in what was told.
struct Place(usize);

struct Visitor<'a>(&'a mut Fields);

impl Visit for Visitor<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}").trim_matches('"').to_owned());
    }
}

impl Witness {
    fn told(&self) -> Vec<Told> {
        self.0.lock().unwrap().clone()
    }

    fn spans(&self, name: &str) -> Vec<Told> {
        self.told().into_iter().filter(|told| told.name == name).collect()
    }

    /// Is told everything that happens on this thread, until the guard is dropped.
    pub(crate) fn watch(&self) -> DefaultGuard {
        // While there is one subscriber alone, a span that another test's thread comes to first is taken to interest
        // nobody, for nobody is asked but that thread.
        static OTHER: LazyLock<Dispatch> =
            LazyLock::new(|| Dispatch::new(tracing_subscriber::registry()));
        LazyLock::force(&OTHER);
        tracing::subscriber::set_default(tracing_subscriber::registry().with(self.clone()))
    }

    /// All that was told at the levels that are on in production.
    pub(crate) fn below_trace(&self) -> String {
        let told = self.told().into_iter().filter(|told| told.level != Level::TRACE);
        told.map(|told| format!("{told:?}\n")).collect()
    }

    fn push(&self, told: Told) -> usize {
        let mut all = self.0.lock().unwrap();
        all.push(told);
        all.len() - 1
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Witness {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let span = context.span(id).unwrap();
        let mut fields = Fields::new();
        attributes.record(&mut Visitor(&mut fields));
        let (level, name) = (*attributes.metadata().level(), span.name());
        let within = span.parent().map(|parent| parent.name());
        let place = self.push(Told { level, name, within, fields, closed: false });
        span.extensions_mut().insert(Place(place));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let place = context.span(id).unwrap().extensions().get::<Place>().unwrap().0;
        values.record(&mut Visitor(&mut self.0.lock().unwrap()[place].fields));
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::new();
        event.record(&mut Visitor(&mut fields));
        let within = context.event_span(event).map(|span| span.name());
        let level = *event.metadata().level();
        self.push(Told { level, name: "", within, fields, closed: true });
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let place = context.span(&id).unwrap().extensions().get::<Place>().unwrap().0;
        self.0.lock().unwrap()[place].closed = true;
    }
}

fn fields<const N: usize>(fields: [(&'static str, &str); N]) -> Fields {
    fields.map(|(name, value)| (name, value.to_owned())).into()
}

/// One turn in which everything that may be confidential holds the marker, and a refused request.
async fn a_turn_full_of(marker: &str, witness: &Witness) {
    let _guard = witness.watch();
    let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
    let login = tokio::spawn(thread.codex().login_api_key(marker));
    let (id, _) = server.expect("account/login/start").await;
    server.refuse(&id, -32600, marker);
    login.await.unwrap().unwrap_err();

    let caller = tracing::info_span!("caller");
    let start = thread.turn(marker).output_schema(json!({ "description": marker })).cwd(marker);
    let start = start.send().instrument(caller);
    let (turn, ()) = tokio::join!(start, server.answer("turn/start", turn_response("turn-1")));
    let turn = turn.unwrap();
    server.turn_started("turn-1");
    server.message_started("turn-1", "item-1");
    server.delta("turn-1", "item-1", marker);
    server.message_completed("turn-1", "item-1", marker);
    server.message_started("turn-1", "item-2");
    let error = json!({ "error": { "message": marker }, "willRetry": true });
    server.notify("error", "turn-1", error);
    server.send(json!({ "method": "later/version", "params": { "text": marker } }));
    server.notify("item/completed", "turn-1", json!({ "item": marker }));
    server.turn_completed("turn-1", "completed");
    assert_eq!(turn.run().await.unwrap().text, marker);
}

#[tokio::test]
async fn requests_turns_and_items_have_spans() {
    within(async {
        let witness = Witness::default();
        a_turn_full_of("marker-4711", &witness).await;

        let requests: Vec<_> = witness
            .spans("codex.request")
            .into_iter()
            .map(|span| (span.fields, span.within, span.closed))
            .collect();
        let request = |id, method, outcome| {
            fields([("method", method), ("rpc.id", id), ("outcome", outcome)])
        };
        let mut start = request("3", "turn/start", "answered");
        start.insert("thread.id", THREAD.to_owned());
        assert_eq!(
            requests,
            [
                (request("0", "initialize", "answered"), None, true),
                (request("1", "thread/start", "answered"), None, true),
                (request("2", "account/login/start", "refused"), None, true),
                (start, Some("caller"), true),
            ]
        );

        let turns = witness.spans("codex.turn");
        let [turn] = &*turns else { panic!("{turns:?}") };
        let expected =
            fields([("thread.id", THREAD), ("turn.id", "turn-1"), ("status", "completed")]);
        assert_eq!((turn.level, turn.within, turn.closed), (Level::INFO, Some("caller"), true));
        assert_eq!(turn.fields, expected);

        let items = witness.spans("codex.item");
        let [done, given_up] = &*items else { panic!("{items:?}") };
        let kind = ("item.kind", "agentMessage");
        assert_eq!(done.fields, fields([("item.id", "item-1"), kind, ("done", "true")]));
        assert_eq!(given_up.fields, fields([("item.id", "item-2"), kind]));
        for item in &items {
            assert_eq!((item.within, item.closed), (Some("codex.turn"), true));
        }

        let events: Vec<_> = witness
            .told()
            .into_iter()
            .filter(|told| told.name.is_empty() && told.level != Level::TRACE)
            .map(|mut told| (told.level, told.within, told.fields.remove("message").unwrap()))
            .collect();
        let text = str::to_owned;
        assert_eq!(
            events,
            [
                (Level::DEBUG, Some("codex.request"), text("the server refused a request")),
                (Level::DEBUG, Some("codex.turn"), text("the model's answer broke off")),
                (Level::DEBUG, None, text("a notification is of a later version")),
                (Level::WARN, None, text("a notification could not be decoded")),
                (Level::DEBUG, Some("codex.turn"), text("a turn has ended")),
            ]
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_said_is_told_at_trace_alone() {
    within(async {
        let marker = "marker-0815";
        let witness = Witness::default();
        a_turn_full_of(marker, &witness).await;
        let holds = |told: &Told| format!("{told:?}").contains(marker);
        let (traced, others): (Vec<_>, Vec<_>) =
            witness.told().into_iter().partition(|told| told.level == Level::TRACE);
        assert!(!others.is_empty() && !others.iter().any(holds), "{others:#?}");
        for direction in ["sent", "received"] {
            let frames = traced.iter().filter(|told| told.fields["message"] == direction);
            assert!(frames.clone().any(holds), "at TRACE there are whole frames");
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

#[tokio::test]
async fn the_error_of_a_handler_is_told_at_trace_alone() {
    within(async {
        let marker = "marker-2718";
        let witness = Witness::default();
        let _guard = witness.watch();
        let builder = Codex::builder().request_handler(Talkative);
        let (codex, mut server) = FakeServer::connect(builder).await;
        let params = json!({
            "threadId": THREAD, "turnId": "turn-1", "itemId": "item", "startedAtMs": 1, "command": marker,
        });
        let method = "item/commandExecution/requestApproval";
        server.send(json!({ "method": method, "id": 0, "params": params }));
        assert_eq!(server.recv().await, json!({ "id": 0, "result": { "decision": "decline" } }));
        server.round_trip(&codex).await;
        let (traced, others): (Vec<_>, Vec<_>) =
            witness.told().into_iter().partition(|told| told.level == Level::TRACE);
        let holds = |told: &Told| format!("{told:?}").contains(marker);
        assert!(!others.iter().any(holds), "{others:?}");
        let failed: Vec<_> = others.iter().filter(|told| told.level == Level::ERROR).collect();
        let [failed] = &*failed else { panic!("{failed:?}") };
        let message = "the request handler failed; what it had not answered was given up";
        let address = [("method", method), ("thread.id", THREAD), ("turn.id", "turn-1")];
        let mut expected = fields(address);
        expected.insert("message", message.to_owned());
        assert_eq!(failed.fields, expected);
        let reason = format!("no idea of {marker}");
        assert!(traced.iter().any(|told| told.fields.get("error") == Some(&reason)), "{traced:?}");
    })
    .await;
}

#[tokio::test]
async fn a_version_that_was_not_tested_with_is_warned_of_once() {
    within(async {
        let witness = Witness::default();
        let _guard = witness.watch();
        let (transport, peer) = codex_sdk::transport::mock::pair();
        let mut server = FakeServer { peer };
        let starting = tokio::spawn(Codex::builder().transport(transport).start());
        let (id, _) = server.expect("initialize").await;
        let mut answer = crate::fake_server::initialized();
        answer["userAgent"] = json!("fake/7.0.0 (test)");
        server.respond(&id, answer);
        let codex = starting.await.unwrap().unwrap();
        server.recv().await;
        server.round_trip(&codex).await;
        let warnings: Vec<_> =
            witness.told().into_iter().filter(|told| told.level == Level::WARN).collect();
        let [warning] = &*warnings else { panic!("{warnings:?}") };
        assert_eq!(warning.fields["version"], "7.0.0");
        assert!(warning.fields["message"].contains("newer than the newest tested"), "{warning:?}");
    })
    .await;
}

#[tokio::test]
async fn a_trace_context_is_passed_on() {
    within(async {
        let (thread, mut server) = FakeServer::with_thread(Codex::builder()).await;
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let trace = TraceContext::new().traceparent(parent).tracestate("a=b");
        let expected = json!({ "traceparent": parent, "tracestate": "a=b" });

        let list = codex_sdk::protocol::ModelListParams::default();
        let list = tokio::spawn(thread.codex().request(list).trace_context(trace.clone()).send());
        let request = server.recv().await;
        assert_eq!((&request["method"], &request["trace"]), (&json!("model/list"), &expected));
        server.respond(&request["id"], json!({ "data": [] }));
        list.await.unwrap().unwrap();

        let turn = tokio::spawn(thread.turn("hi").trace_context(trace).send());
        let request = server.recv().await;
        assert_eq!((&request["method"], &request["trace"]), (&json!("turn/start"), &expected));
        server.respond(&request["id"], turn_response("turn-1"));
        let turn = turn.await.unwrap().unwrap();

        let steer = tokio::spawn(turn.steer("more").send());
        let request = server.recv().await;
        assert_eq!(request.get("trace"), None);
        server.respond(&request["id"], json!({ "turnId": "turn-1" }));
        steer.await.unwrap().unwrap();
    })
    .await;
}
