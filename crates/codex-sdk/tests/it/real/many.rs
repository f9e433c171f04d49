//! Many things at once on the real server: nothing is lost, nothing hangs, nothing is mixed up.

use super::Stage;
use crate::guard::within;
use codex_sdk::protocol::{CommandExecParams, ThreadLoadedListParams};
use codex_sdk::{Codex, ConsumerScope, Stats, Thread, Turn, TurnStatus};
use codex_testkit::{CodexHomeBuilder, Gate, Reply};
use std::time::Duration;

/// What takes longer than this hangs.
const HANG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn a_burst_of_5000_calls_is_answered_whole_while_an_interrupt_passes_it() {
    within(async {
        let stage = Stage::set().await;
        let codex = stage.codex().await;
        let thread = codex.thread_start().await.unwrap();
        let gate = Gate::new();
        stage.model.reply(Reply::deltas(["a"]).hold(&gate).more(["never"]));
        let turn = thread.turn("hi").await.unwrap();
        gate.reached().await.unwrap();
        // 64 requests that wait for a process, and 5,000 that wait for their turn.
        // The server ends a process after ten seconds, which a burst on a busy machine may outlast.
        let sleep = vec!["sleep".to_owned(), "600".to_owned()];
        let sleep = || CommandExecParams::new(sleep.clone()).disable_timeout(true);
        let long: Vec<_> = (0..64).map(|_| tokio::spawn(codex.request(sleep()).send())).collect();
        let list = || codex.request(ThreadLoadedListParams::default()).send();
        let calls: Vec<_> = (0..5000).map(|_| tokio::spawn(list())).collect();
        turn.interrupt().await.unwrap();
        let answered = calls.iter().filter(|call| call.is_finished()).count();
        assert!(answered < 5000, "the interrupt waited for all others");
        assert_eq!(turn.run().await.unwrap().status, TurnStatus::Interrupted);
        for call in calls {
            assert_eq!(call.await.unwrap().unwrap().data, [&**thread.id()]);
        }
        assert!(long.iter().all(|call| !call.is_finished()), "they still run");
        assert_eq!(codex.stats(), Stats::default());
        codex.close().await.unwrap();
        for call in long {
            assert!(call.await.unwrap().unwrap_err().is_disconnected());
        }
    })
    .await;
}

/// The first turn is held until the last has begun, which may take a busy machine longer than a server waits for a model.
fn patient(home: CodexHomeBuilder) -> CodexHomeBuilder {
    home.stream_idle_timeout(HANG)
}

/// Turns on as many threads, all held in their middle before any goes on.
async fn turns_at_once(stage: &Stage, clients: &[Codex], per_client: usize, gate: &Gate) {
    let mut turns: Vec<(Thread, Turn, String)> = Vec::new();
    for (number, codex) in clients.iter().enumerate() {
        for index in 0..per_client {
            let name = format!("[{number}-{index}]");
            let thread = codex.thread_start().await.unwrap();
            let reply = Reply::deltas([format!("{name} a "), "b ".to_owned()]).hold(gate);
            stage.model.on(&name).reply(reply.more(["c ".to_owned(), name.clone()]));
            let turn = thread.turn(&*name).await.unwrap();
            turns.push((thread, turn, name));
        }
    }
    let mut streams: Vec<_> = turns.iter().map(|(_, turn, _)| turn.stream().unwrap()).collect();
    // Every turn has begun to speak before any may end, so that they run side by side.
    for stream in &mut streams {
        while stream.next().await.unwrap().unwrap().text_delta() != Some("b ") {}
    }
    gate.open();
    for (mut stream, (thread, turn, name)) in streams.into_iter().zip(&turns) {
        let mut rest = String::new();
        while let Some(event) = stream.next().await {
            let event = event.unwrap();
            assert_eq!(event.thread_id(), Some(&**thread.id()));
            assert!(event.turn_id().is_none_or(|id| id == &**turn.id()));
            rest.extend(event.text_delta());
        }
        assert_eq!(rest, format!("c {name}"));
        let result = stream.result().await.unwrap();
        assert_eq!(
            (result.status, result.text),
            (TurnStatus::Completed, format!("{name} a b c {name}"))
        );
    }
    for codex in clients {
        assert_eq!(codex.stats(), Stats::default());
        codex.close().await.unwrap();
    }
}

#[tokio::test]
async fn two_hundred_threads_of_one_client_each_have_their_own_whole_stream() {
    let run = async {
        let stage = Stage::set_with(patient).await;
        let codex = stage.builder().consumer_scope(ConsumerScope::PerTurn).start().await.unwrap();
        turns_at_once(&stage, &[codex], 200, &Gate::new()).await;
    };
    tokio::time::timeout(HANG, run).await.expect("it hangs");
}

#[tokio::test]
async fn two_hundred_threads_of_eight_clients_each_have_their_own_whole_stream() {
    let run = async {
        let stage = Stage::set_with(patient).await;
        let mut clients = Vec::new();
        for _ in 0..8 {
            let builder = stage.builder().consumer_scope(ConsumerScope::PerTurn);
            clients.push(builder.start().await.unwrap());
        }
        turns_at_once(&stage, &clients, 25, &Gate::new()).await;
    };
    tokio::time::timeout(HANG, run).await.expect("it hangs");
}
