//! Several threads, and closures that take their time, on the real server.

use super::{builder, stage};
use codex_sdk::{AskForApproval, PendingRequest, ThreadItem, Tool, ToolError, TurnStatus};
use codex_testkit::{Gate, Reply};
use serde_json::json;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

#[test]
fn a_turn_is_interrupted_by_one_thread_while_another_waits_in_its_stream() {
    let stage = stage();
    let gate = Gate::new();
    stage.model.reply(Reply::deltas(["said "]).hold(&gate).more(["never"]));
    let codex = builder(&stage).start().unwrap();
    let turn = codex.thread_start().send().unwrap().turn("hi").send().unwrap();
    let (saw, seen) = mpsc::channel();
    let reader = thread::spawn({
        let turn = turn.clone();
        move || {
            let mut stream = turn.stream().unwrap();
            let mut said = String::new();
            for event in &mut stream {
                let event = event.unwrap();
                if let Some(text) = event.text_delta() {
                    said.push_str(text);
                    saw.send(()).unwrap();
                }
            }
            (said, stream.result().unwrap())
        }
    });
    seen.recv().unwrap();
    turn.interrupt().unwrap();
    let (said, result) = reader.join().unwrap();
    assert_eq!((&*said, result.status), ("said ", TurnStatus::Interrupted));
    codex.close().unwrap();
}

#[test]
fn eight_threads_use_one_client_at_once() {
    let stage = stage();
    let codex = builder(&stage).consumer_scope(codex_sdk::ConsumerScope::PerTurn).start().unwrap();
    for n in 0..8 {
        stage.model.on(format!("question {n}.")).reply(Reply::text(format!("answer {n}.")));
    }
    thread::scope(|scope| {
        let asking: Vec<_> = (0..8)
            .map(|n| {
                let codex = codex.clone();
                scope.spawn(move || {
                    let thread = codex.thread_start().send().unwrap();
                    thread.run(format!("question {n}.")).send().unwrap().text
                })
            })
            .collect();
        for (n, asked) in asking.into_iter().enumerate() {
            assert_eq!(asked.join().unwrap(), format!("answer {n}."));
        }
    });
    codex.close().unwrap();
}

#[test]
fn a_closure_that_waits_for_a_person_stops_nothing_else() {
    let stage = stage();
    let (ask, asked) = mpsc::channel();
    let (answer, answers) = mpsc::channel();
    let answers = Mutex::new(answers);
    let codex = builder(&stage)
        .consumer_scope(codex_sdk::ConsumerScope::PerTurn)
        .on_request(move |request| {
            if let PendingRequest::Command(command) = request {
                ask.send(command.command().map(str::to_owned))?;
                let line: String = answers.lock().unwrap().recv()?;
                match line.as_str() {
                    "yes" => command.accept(),
                    _ => command.decline(),
                };
            }
            Ok(())
        })
        .start()
        .unwrap();
    stage.model.on("run it").reply(Reply::shell("echo asked-for")).reply(Reply::text("done"));
    stage.model.reply(Reply::text("another turn"));
    let start = codex.thread_start().approval_policy(AskForApproval::Untrusted);
    let turn = start.send().unwrap().turn("run it").send().unwrap();
    assert!(asked.recv().unwrap().unwrap().contains("echo asked-for"));

    // The person has not answered yet.
    let other = codex.thread_start().send().unwrap();
    assert_eq!(other.run("hi").send().unwrap().text, "another turn");
    assert!(other.read().send().unwrap().turns.is_empty());
    assert_eq!(turn.snapshot().status, TurnStatus::InProgress);

    answer.send("yes".to_owned()).unwrap();
    let result = turn.run().unwrap();
    assert_eq!((result.status, &*result.text), (TurnStatus::Completed, "done"));
    let outputs = result.items.iter().filter_map(|item| match &**item {
        ThreadItem::CommandExecution(command) => command.aggregated_output.as_deref(),
        _ => None,
    });
    assert_eq!(outputs.map(str::trim).collect::<Vec<_>>(), ["asked-for"]);
    codex.close().unwrap();
}

#[test]
fn a_closure_that_fails_or_panics_declines() {
    let stage = stage();
    let calls = Arc::new(Mutex::new(0));
    let codex = builder(&stage)
        .on_request({
            let calls = Arc::clone(&calls);
            move |_request| {
                let mut calls = calls.lock().unwrap_or_else(|error| error.into_inner());
                *calls += 1;
                match *calls {
                    1 => Err(ToolError::new("it cannot")),
                    _ => panic!("the test's panic"),
                }
            }
        })
        .start()
        .unwrap();
    let thread = codex.thread_start().approval_policy(AskForApproval::Untrusted).send().unwrap();
    for _ in 0..2 {
        stage.model.reply(Reply::shell("echo never"));
        stage.model.reply(Reply::text("done"));
        let result = thread.run("run it").send().unwrap();
        let status = result.items.iter().find_map(|item| match &**item {
            ThreadItem::CommandExecution(command) => Some(command.status.as_str().to_owned()),
            _ => None,
        });
        assert_eq!(status.as_deref(), Some("declined"));
    }
    codex.close().unwrap();
    assert_eq!(*calls.lock().unwrap_or_else(|error| error.into_inner()), 2);
}

#[test]
fn a_closure_and_a_tool_are_told_when_nobody_wants_their_answer_any_more() {
    let stage = stage();
    let (tell, told) = mpsc::channel();
    let builder = builder(&stage).on_request({
        let tell = tell.clone();
        move |request| {
            tell.send(request.withdrawn_within(Duration::ZERO))?;
            tell.send(request.withdrawn_within(Duration::MAX))?;
            Ok(())
        }
    });
    let schema = json!({ "type": "object" });
    let tool = Tool::blocking_with_schema("wait", "Waits", schema, move |_, context| {
        tell.send(context.cancelled_within(Duration::ZERO))?;
        tell.send(context.cancelled_within(Duration::MAX))?;
        Ok("late".into())
    });
    let codex = builder.start().unwrap();
    let start = codex.thread_start().approval_policy(AskForApproval::Untrusted).tool(tool);
    let thread = start.send().unwrap();
    for reply in [Reply::shell("echo never"), Reply::tool("wait", json!({}))] {
        stage.model.reply(reply);
        let turn = thread.turn("go").send().unwrap();
        assert!(!told.recv().unwrap());
        turn.interrupt().unwrap();
        assert!(told.recv().unwrap());
        assert_eq!(turn.run().unwrap().status, TurnStatus::Interrupted);
    }
    codex.close().unwrap();
}

#[test]
fn a_tool_may_block_and_use_the_client() {
    let stage = stage();
    let codex = builder(&stage).start().unwrap();
    let schema = json!({ "type": "object", "properties": { "id": { "type": "integer" } } });
    let lookup = Tool::blocking_with_schema("lookup", "Looks up", schema, {
        let codex = codex.clone();
        move |arguments, context| {
            let thread = codex.thread_read(context.thread_id().clone()).send()?;
            Ok(format!("{} of {}", arguments["id"], thread.id == *context.thread_id()).into())
        }
    });
    stage.model.reply(Reply::tool("lookup", json!({ "id": 17 })));
    stage.model.reply(Reply::text("done"));
    let thread = codex.thread_start().tool(lookup).send().unwrap();
    assert_eq!(thread.run("What is 17?").send().unwrap().text, "done");
    let heard = stage.model.requests().last().unwrap().body().to_string();
    assert!(heard.contains("17 of true"), "{heard}");
    drop(thread);
    codex.close().unwrap();
}

#[test]
fn a_call_is_made_again_while_the_server_is_too_busy() {
    let busy = || codex_sdk::protocol::RpcError::new(-32001, "overloaded");
    let mut calls = 0;
    let policy = codex_sdk::RetryPolicy::default()
        .attempts(3)
        .initial_delay(std::time::Duration::from_millis(1));
    let server = codex_testkit::MockServer::new()
        .refuse::<codex_sdk::protocol::ModelListParams>(busy().code, busy().message)
        .refuse::<codex_sdk::protocol::ModelListParams>(busy().code, busy().message);
    let codex =
        codex_sdk::blocking::Codex::builder().transport(server.transport()).start().unwrap();
    let outcome = codex_sdk::blocking::retry(&policy, || {
        calls += 1;
        match calls {
            3 => Ok(codex_sdk::protocol::ModelListResponse::new(
                Vec::<codex_sdk::protocol::Model>::new(),
            )),
            _ => codex.models().send(),
        }
    });
    assert!(outcome.unwrap().data.is_empty());
    assert_eq!(calls, 3);
}
