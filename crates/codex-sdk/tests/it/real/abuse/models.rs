//! A model that stalls, cuts, floods, or answers garbage.

use super::{Stage, ends, start, turn};
use crate::processes::server_of;
use codex_sdk::{Error, TurnResult, TurnStatus};
use codex_testkit::{Gate, Reply};
use std::time::Duration;

/// How long codex listens to a silent model, where the model is silent; a busy machine is silent for a second, too.
const SILENCE: Duration = Duration::from_secs(5);

/// How long a turn may say nothing, where whatever it does passes a limit.
const IDLE: Duration = Duration::from_secs(1);

/// What a stream may have in it that is no event of the API.
fn garbage() -> Vec<(&'static str, Vec<u8>)> {
    let nested = format!("data: {}{}\n\n", "[".repeat(100_000), "]".repeat(100_000));
    let event = |data: &str| format!("data: {data}\n\n").into_bytes();
    vec![
        ("nothing", Vec::new()),
        ("text", b"I am no stream.\n\n".to_vec()),
        ("a page", b"<!doctype html><title>Sign in</title>".to_vec()),
        ("no text", b"\xff\xfe\x00\x80data: \xc3\n\n".to_vec()),
        ("zeros", vec![0; 64 * 1024]),
        ("a line without end", [b"data: ".to_vec(), vec![b'x'; 1 << 20]].concat()),
        ("no JSON", event("{not json}")),
        ("JSON that is cut short", event(r#"{"type":"response.completed","response":{"id":"r"#)),
        ("null", event("null")),
        ("a deep list", nested.into_bytes()),
        ("an unknown event", event(r#"{"type":"response.brand_new"}"#)),
        ("a delta of nothing", event(r#"{"type":"response.output_text.delta","delta":"x"}"#)),
        ("an item of no kind", event(r#"{"type":"response.output_item.done","item":{"a":1}}"#)),
        ("wrong types", event(r#"{"type":7,"response":[],"delta":{}}"#)),
    ]
}

/// A failed turn says why, in words.
#[track_caller]
fn failed(what: &str, result: &TurnResult) {
    assert_eq!(result.status, TurnStatus::Failed, "{what}");
    let error = result.clone().error_for_status().unwrap_err();
    let reason = &result.error.as_ref().unwrap().message;
    assert!(!reason.is_empty() && error.to_string().ends_with(reason.as_str()), "{what}: {error}");
}

#[tokio::test]
async fn garbage_of_the_model_fails_the_turn_and_nothing_else() {
    let stage = Stage::set().await;
    let (codex, thread) = ends("a start", start(stage.builder())).await.unwrap();
    let server = server_of(std::process::id(), &stage.home);
    for (what, bytes) in garbage() {
        stage.model.reply(Reply::garbage(bytes.clone()));
        failed(what, &ends(what, turn(&thread, "go")).await.unwrap());

        // What the model says after it may be heard or not, but the turn ends.
        stage.model.reply(Reply::raw(bytes).and(Reply::text("fine")));
        let result = ends(what, turn(&thread, "go on")).await.unwrap();
        match result.status {
            TurnStatus::Completed => assert_eq!(result.text, "fine", "{what}"),
            _ => failed(what, &result),
        }

        stage.model.reply(Reply::text("well again"));
        let result = ends(what, turn(&thread, "and now")).await.unwrap();
        assert_eq!((result.status, &*result.text), (TurnStatus::Completed, "well again"), "{what}");
    }
    ends("a close", codex.close()).await.unwrap();
    assert!(!server.is_there());
}

#[tokio::test]
async fn a_model_that_stalls_or_cuts_fails_the_turn() {
    let stage = Stage::set_with(|home| home.stream_idle_timeout(SILENCE)).await;
    let (codex, thread) = ends("a start", start(stage.builder())).await.unwrap();
    let server = server_of(std::process::id(), &stage.home);
    for (what, reply, seen) in [
        ("silence", Reply::silence(), ""),
        ("silence in a message", Reply::deltas(["half "]).hold(&Gate::new()), "half "),
        ("a cut at once", Reply::cut_after([""; 0]), ""),
        ("a cut in a message", Reply::cut_after(["half ", "of it"]), "half of it"),
    ] {
        stage.model.reply(reply);
        let result = ends(what, turn(&thread, "go")).await.unwrap();
        failed(what, &result);
        assert_eq!(result.text, seen, "{what}");
    }
    stage.model.reply(Reply::text("well again"));
    assert_eq!(ends("a turn", turn(&thread, "go")).await.unwrap().text, "well again");
    ends("a close", codex.close()).await.unwrap();
    assert!(!server.is_there());
}

#[tokio::test]
async fn a_model_that_stalls_or_floods_for_ever_is_cut_off_by_the_turns_limits() {
    let stage = Stage::set().await;
    let builder = stage.builder().turn_idle_timeout(IDLE).turn_deadline(3 * IDLE);
    let (codex, _) = ends("a start", start(builder)).await.unwrap();
    let server = server_of(std::process::id(), &stage.home);
    let words = || (0..20_000).map(|number| format!("word {number} "));
    let flood = Reply::deltas(words()).delay(Duration::from_millis(1));
    for (what, reply) in [("silence", Reply::silence()), ("a flood", flood)] {
        stage.model.reply(reply);
        // The thread before is busy until the server has obeyed the interrupt.
        let thread = codex.thread_start().await.unwrap();
        let error = ends(what, turn(&thread, "go")).await.unwrap_err();
        let Error::TurnTimeout { partial, .. } = &error else { panic!("{what}: {error:?}") };
        let all: String = words().collect();
        assert!(all.starts_with(&partial.text), "{what}: {:?}", partial.text);
        assert!(error.is_timeout() && error.to_string().contains("was interrupted"), "{error}");
    }
    ends("a close", codex.close()).await.unwrap();
    assert!(!server.is_there());
}

#[tokio::test]
async fn a_flood_that_ends_is_whole_whether_or_not_somebody_reads_along() {
    let stage = Stage::set().await;
    let (codex, thread) = ends("a start", start(stage.builder())).await.unwrap();
    let deltas: Vec<_> = (0..3_000).map(|number| format!("{number:0>100}\n")).collect();
    for read_along in [false, true] {
        stage.model.reply(Reply::deltas(deltas.clone()));
        let result = ends("a flood", async {
            let turn = thread.turn("go").await?;
            let mut events = turn.stream()?;
            while read_along && events.next().await.transpose()?.is_some() {}
            events.result().await
        });
        let result = result.await.unwrap();
        assert_eq!((result.status, result.text), (TurnStatus::Completed, deltas.concat()));
    }
    ends("a close", codex.close()).await.unwrap();
}
