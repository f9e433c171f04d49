//! The server in memory, with the SDK as its client.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use codex_sdk::protocol::{
    CodexErrorInfo, CommandExecutionApprovalDecision, CommandExecutionRequestApprovalParams,
    CommandExecutionRequestApprovalResponse, FileChangeApprovalDecision,
    FileChangeRequestApprovalParams, FileChangeRequestApprovalResponse, InitializeParams,
    ModelListParams, ModelListResponse, ServerRequestParams, ThreadItem, ThreadStartParams,
    ToolRequestUserInputParams, TurnDiffUpdatedNotification, TurnInterruptParams,
    TurnInterruptResponse, TurnStartParams, TurnSteerParams, WebSearchThreadItem,
};
use codex_sdk::{Codex, Error, Event, Thread, TurnStatus};
use codex_testkit::{Gate, MockServer, MockTurn};
use serde_json::json;

/// Only against a hang.
const GUARD: Duration = Duration::from_secs(60);

async fn connect(server: &MockServer) -> Codex {
    Codex::builder().transport(server.transport()).start().await.unwrap()
}

async fn thread(server: &MockServer) -> Thread {
    connect(server).await.thread_start().await.unwrap()
}

/// What the server says of a script that was not met.
fn unmet(server: &MockServer) -> String {
    server.check().unwrap_err().to_string()
}

fn kinds<'a>(items: impl IntoIterator<Item = &'a std::sync::Arc<ThreadItem>>) -> Vec<String> {
    items.into_iter().map(|item| item.kind().to_owned()).collect()
}

#[tokio::test]
async fn a_turn_is_a_whole_conversation() {
    let server = MockServer::new().turn(|t| t.delta("Hel").delta("lo.").usage(100, 20).complete());
    let codex = connect(&server).await;
    let thread = codex.thread_start().model("gpt-5").cwd("/there").await.unwrap();
    let turn = thread.turn("Say hello.").await.unwrap();
    let mut events = turn.stream().unwrap();
    let mut seen = Vec::new();
    while let Some(event) = events.next().await {
        let Event::Notification(notification) = event.unwrap() else { panic!("not decoded") };
        // It belongs to the thread, and may come before the turn or in it.
        if notification.method() != "thread/started" {
            seen.push(notification.method().to_owned());
        }
    }
    let result = events.result().await.unwrap();

    assert_eq!((&result.status, &*result.text), (&TurnStatus::Completed, "Hello."));
    assert_eq!(kinds(&result.items), ["userMessage", "agentMessage"]);
    let usage = result.usage.unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens, usage.total_tokens), (100, 20, 120));
    let status = "thread/status/changed";
    let message = ["item/started", "item/agentMessage/delta", "item/agentMessage/delta"];
    let begin = [status, "turn/started", "item/started", "item/completed"];
    let end = ["item/completed", "thread/tokenUsage/updated", status, "turn/completed"];
    assert_eq!(seen, [&begin[..], &message, &end].concat());

    let methods: Vec<_> = server.requests().into_iter().map(|request| request.method).collect();
    assert_eq!(methods, ["initialize", "initialized", "thread/start", "turn/start"]);
    assert_eq!(server.received::<ThreadStartParams>()[0].cwd.as_deref(), Some("/there"));
    assert_eq!(server.received::<InitializeParams>().len(), 1);
    assert_eq!(server.user_texts(), ["Say hello."]);
    server.check().unwrap();
}

#[tokio::test]
async fn every_kind_of_step_is_seen() {
    let server = MockServer::new().turn(|t| {
        t.reasoning("Let me see.")
            .commentary("On it.")
            .command("ls", "a.txt\n", 0)
            .command("false", "", 1)
            .item(|place| {
                ThreadItem::WebSearch(WebSearchThreadItem::new(place.item_id.clone(), "rust"))
            })
            .notify(|place| {
                let (thread, turn) = (place.thread_id.clone(), place.turn_id.clone());
                TurnDiffUpdatedNotification::new("a diff", thread, turn)
            })
            .retrying("once more")
            .delta("One ")
            .delay(Duration::from_millis(1))
            .delta("file.")
            .message("Done.")
    });
    let result = thread(&server).await.run("Look around.").await.unwrap();
    assert_eq!(result.status, TurnStatus::Completed);
    assert_eq!(result.text, "On it.One file.Done.");
    let kind = "agentMessage";
    let run = "commandExecution";
    let expected = ["userMessage", "reasoning", kind, run, run, "webSearch", kind, kind];
    assert_eq!(kinds(&result.items), expected);
    let ThreadItem::CommandExecution(command) = &*result.items[3] else { panic!("a command") };
    assert_eq!(command.aggregated_output.as_deref(), Some("a.txt\n"));
    assert_eq!(command.exit_code, Some(0));
}

#[tokio::test]
async fn a_question_is_answered_and_the_answer_kept() {
    let server = MockServer::new().turn(|t| {
        t.asks_to_run("rm -rf /").asks_to_add("/project/a.txt", "content").asks(|place| {
            let (item, thread) = (place.item_id.clone(), place.thread_id.clone());
            ToolRequestUserInputParams::new(true, item, vec![], thread, place.turn_id.clone())
        })
    });
    // The SDK declines what nobody answers.
    let result = thread(&server).await.run("Go.").await.unwrap();
    assert_eq!(result.status, TurnStatus::Completed);
    let statuses: Vec<_> = result.items[1..]
        .iter()
        .map(|item| match &**item {
            ThreadItem::CommandExecution(item) => item.status.to_string(),
            ThreadItem::FileChange(item) => item.status.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(statuses, ["declined", "declined"]);
    let run = CommandExecutionApprovalDecision::Decline;
    assert_eq!(
        server.answers::<CommandExecutionRequestApprovalParams>(),
        [Ok(CommandExecutionRequestApprovalResponse::new(run))]
    );
    let change = FileChangeApprovalDecision::Decline;
    assert_eq!(
        server.answers::<FileChangeRequestApprovalParams>(),
        [Ok(FileChangeRequestApprovalResponse::new(change))]
    );
    let input = &server.answers::<ToolRequestUserInputParams>()[0];
    assert_eq!(input.as_ref().unwrap_err().code, -32601);
}

#[tokio::test]
async fn a_turn_fails() {
    let server = MockServer::new()
        .turn(|t| t.delta("So far").fail("out of luck"))
        .turn(|t| t.fail_with("too long", CodexErrorInfo::ContextWindowExceeded))
        .turn(|t| t.message("Better."));
    let thread = thread(&server).await;
    let first = thread.run("One.").await.unwrap();
    assert_eq!((first.status, &*first.text), (TurnStatus::Failed, "So far"));
    assert_eq!(first.error.unwrap().message, "out of luck");
    let second = thread.run("Two.").await.unwrap().error.unwrap();
    assert_eq!(second.codex_error_info, Some(CodexErrorInfo::ContextWindowExceeded));
    assert_eq!(thread.run("Three.").await.unwrap().text, "Better.");
}

#[tokio::test]
async fn a_turn_is_interrupted_steered_and_held() {
    let gate = Gate::new();
    let held = gate.clone();
    let server = MockServer::new()
        .turn(|t| t.delta("on and on").run_on())
        .turn(move |t| t.delta("a").hold(&held).delta("b"));
    let codex = connect(&server).await;
    let thread = codex.thread_start().await.unwrap();
    let turn = thread.turn("Begin.").await.unwrap();
    let interrupt = TurnInterruptParams::new(thread.id().clone(), turn.id().clone());
    codex.request(interrupt).await.unwrap();
    assert_eq!(turn.run().await.unwrap().status, TurnStatus::Interrupted);

    let turn = thread.turn("Again.").await.unwrap();
    gate.reached().await.unwrap();
    let input =
        codex_sdk::protocol::UserInput::Text(codex_sdk::protocol::TextUserInput::new("More."));
    let steer = TurnSteerParams::new(turn.id().clone(), vec![input], thread.id().clone());
    codex.request(steer).await.unwrap();
    gate.open();
    assert_eq!(turn.run().await.unwrap().text, "ab");
    assert_eq!(server.user_texts(), ["Begin.", "Again.", "More."]);
}

#[tokio::test]
async fn a_turn_that_was_interrupted_does_not_go_on_though_it_could() {
    // Which of the two is looked at first would else be a matter of luck.
    for _ in 0..20 {
        let gate = Gate::new();
        let (held, opened) = (gate.clone(), gate.clone());
        let server = MockServer::new().turn(move |t| t.delta("a").hold(&held).delta("b")).answer(
            move |_: ModelListParams| {
                opened.open();
                ModelListResponse::new(vec![])
            },
        );
        let codex = connect(&server).await;
        let turn = codex.thread_start().await.unwrap().turn("Begin.").await.unwrap();
        gate.reached().await.unwrap();
        // In one write, so that the turn finds itself interrupted and its gate open.
        let models = codex.request(ModelListParams::default()).send();
        let (interrupted, listed) = tokio::join!(turn.interrupt(), models);
        interrupted.unwrap();
        listed.unwrap();
        let result = turn.run().await.unwrap();
        assert_eq!((result.status, &*result.text), (TurnStatus::Interrupted, "a"));
    }
}

#[tokio::test]
async fn threads_have_turns_of_their_own() {
    let server = MockServer::new()
        .thread(|thread| thread.turn(|t| t.message("a1")).turn(|t| t.message("a2")))
        .thread(|thread| thread.turn(|t| t.message("b1")))
        .turn(|t| t.message("any"));
    let codex = connect(&server).await;
    let a = codex.thread_start().await.unwrap();
    let b = codex.thread_start().await.unwrap();
    let c = codex.thread_start().await.unwrap();
    let mut texts = Vec::new();
    for thread in [&b, &a, &c, &a] {
        texts.push(thread.run("Go.").await.unwrap().text);
    }
    assert_eq!(texts, ["b1", "a1", "any", "a2"]);
}

#[tokio::test]
async fn requests_are_answered_and_refused_as_written_down() {
    let server = MockServer::new().refuse::<ThreadStartParams>(-32001, "Server overloaded").answer(
        |params: ModelListParams| {
            assert_eq!(params.limit, Some(3));
            ModelListResponse::new(vec![])
        },
    );
    let codex = connect(&server).await;
    let refused = codex.thread_start().await.unwrap_err();
    assert_eq!(refused.rpc_code(), Some(-32001), "{refused}");
    let models = codex.request(ModelListParams::default().limit(3)).await.unwrap();
    assert_eq!(models, ModelListResponse::new(vec![]));
    codex.thread_start().await.unwrap();
}

#[tokio::test]
async fn a_server_hangs_up() {
    let server = MockServer::new().turn(|t| t.delta("half").hang_up());
    let turn = thread(&server).await.turn("Go.").await.unwrap();
    assert!(matches!(turn.run().await, Err(Error::Disconnected(_))));
    // Another connection finds the same server.
    connect(&server).await.thread_start().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn delays_pass_on_the_paused_clock() {
    let long = Duration::from_secs(600);
    let server = MockServer::new().turn(|t| t.delta("a").delay(long).delta("b"));
    assert_eq!(thread(&server).await.run("Wait.").await.unwrap().text, "ab");
}

#[tokio::test]
async fn what_is_waited_for_comes() {
    let server = MockServer::new().turn(|t| t.run_on());
    let thread = thread(&server).await;
    let (turn, received) = tokio::join!(thread.turn("Go."), server.wait_for::<TurnStartParams>(1));
    assert_eq!(received.unwrap()[0].thread_id, *thread.id());
    drop(turn);
}

#[tokio::test]
async fn a_turn_too_many_is_told() {
    let server = MockServer::new();
    let refused = thread(&server).await.run("Go.").await.unwrap_err();
    assert_eq!(refused.rpc_code(), Some(-32600));
    let sent = "(the client sent: initialize, initialized, thread/start, turn/start)";
    let expected =
        format!("the script does not fit what was asked: no turn is left for thread-1 {sent}");
    assert_eq!(unmet(&server), expected);
}

#[tokio::test]
async fn what_was_not_asked_for_is_told() {
    let server = MockServer::new()
        .turn(|t| t)
        .thread(|thread| thread.turn(|t| t))
        .answer(|_: TurnInterruptParams| TurnInterruptResponse::new());
    let expected = "the script does not fit what was asked: 2 turns were not asked for; \
                    the client did not ask turn/interrupt (the client sent: nothing)";
    assert_eq!(unmet(&server), expected);
}

#[tokio::test]
async fn a_request_that_nothing_was_written_down_for_is_told() {
    let server = MockServer::new();
    let codex = connect(&server).await;
    codex.request(ModelListParams::default()).await.unwrap_err();
    let expected = "the script does not fit what was asked: nothing was written down for \
                    model/list (the client sent: initialize, initialized, model/list)";
    assert_eq!(unmet(&server), expected);
}

/// A client that answers badly, or not at all.
#[tokio::test]
async fn a_bad_answer_and_an_open_question_are_told() {
    use codex_transport::{FrameBatch, FrameReceiver, FrameSender, Transport};

    async fn say(sender: &mut Box<dyn FrameSender>, message: serde_json::Value) {
        let mut batch = FrameBatch::new();
        batch.push_str(&message.to_string()).unwrap();
        sender.send(&mut batch).await.unwrap();
    }
    async fn until(receiver: &mut Box<dyn FrameReceiver>, method: &str) {
        loop {
            while let Some(frame) = receiver.next_frame() {
                let codex_transport::Frame::Text(text) = frame else { panic!("{frame:?}") };
                if text.contains(method) {
                    return;
                }
            }
            receiver.fill().await.unwrap();
        }
    }
    let server = MockServer::new().turn(|t| t.asks_to_run("one").asks_to_run("two"));
    let (mut sender, mut receiver) = Box::new(server.transport()).split();
    let input = json!([{ "type": "text", "text": "Go." }]);
    let params = json!({ "threadId": "thread-1", "input": input });
    say(&mut sender, json!({ "id": "a", "method": "turn/start", "params": params })).await;
    let asked = CommandExecutionRequestApprovalParams::METHOD;
    until(&mut receiver, asked).await;
    say(&mut sender, json!({ "id": 1, "result": { "decision": 7 } })).await;
    until(&mut receiver, "serverRequest/resolved").await;
    until(&mut receiver, asked).await;

    let told = unmet(&server);
    let bad = "the answer to item/commandExecution/requestApproval is not one: ";
    assert!(told.contains(bad), "{told}");
    let open = "; the client did not answer item/commandExecution/requestApproval, asked in \
                turn-1 (the client sent: turn/start)";
    assert!(told.ends_with(open), "{told}");
}

#[tokio::test]
async fn a_panic_in_a_turn_ends_the_connection_and_is_told() {
    type Script = fn(MockTurn) -> MockTurn;

    let item = |t: MockTurn| t.item(|_| panic!("no such item"));
    let notify = |t: MockTurn| t.notify(|_| -> TurnDiffUpdatedNotification { panic!("no news") });
    let asks = |t: MockTurn| {
        t.asks(|_| -> CommandExecutionRequestApprovalParams { panic!("{} to ask", "nothing") })
    };
    let cases: [(Script, &str); 3] =
        [(item, "no such item"), (notify, "no news"), (asks, "nothing to ask")];
    for (turn, text) in cases {
        let server = MockServer::new().turn(turn);
        let thread = thread(&server).await;
        let run = tokio::time::timeout(GUARD, thread.run("Go.")).await.expect("the client hangs");
        assert!(matches!(run, Err(Error::Disconnected { .. })), "{run:?}");
        let expected = format!("a turn panicked: {text} (the client sent: ");
        let told = unmet(&server);
        assert!(told.contains(&expected), "{told}");
    }
}

#[tokio::test]
async fn a_panic_in_an_answer_ends_the_connection_and_is_told() {
    let server =
        MockServer::new().answer(|_: ModelListParams| -> ModelListResponse { panic!("no list") });
    let codex = connect(&server).await;
    let asked = tokio::time::timeout(GUARD, codex.request(ModelListParams::default())).await;
    let asked = asked.expect("the client hangs");
    assert!(matches!(asked, Err(Error::Disconnected { .. })), "{asked:?}");
    let told = unmet(&server);
    assert!(told.contains("the answer to model/list panicked: no list ("), "{told}");
}

#[test]
fn an_unmet_script_fails_the_test() {
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(MockServer::new().turn(|t| t))));
    let message = *dropped.unwrap_err().downcast::<String>().unwrap();
    let expected = "the script of the mock server was not met: 1 turn was not asked for \
                    (the client sent: nothing)";
    assert_eq!(message, expected);
}
