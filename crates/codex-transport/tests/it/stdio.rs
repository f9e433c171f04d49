use std::time::Duration;

use codex_transport::stdio::StdioBuilder;
use codex_transport::{Error, FrameReceiver, FrameSender, Stdio, Transport};

use crate::support::{batch, next, rest_of_text, within};
use crate::wrappers::fills_at_once;

/// Longer than a process that goes by itself takes, however busy the machine is.
const GRACE: Duration = Duration::from_secs(60);

fn sh(script: &str) -> StdioBuilder {
    Stdio::builder("sh").args(["-c", script]).grace(GRACE)
}

fn cat() -> StdioBuilder {
    Stdio::builder("cat").grace(GRACE)
}

fn split(builder: StdioBuilder) -> (Box<dyn FrameSender>, Box<dyn FrameReceiver>) {
    Box::new(builder.spawn().unwrap()).split()
}

#[tokio::test]
async fn frames_pass_both_ways_until_closed() {
    let (mut sender, mut receiver) = split(cat());
    let mut frames = batch(&["{\"é\":\"\u{2028}\"}", "2"]);
    within(sender.send(&mut frames)).await.unwrap();
    assert!(frames.is_empty());
    assert_eq!(next(&mut *receiver).await.unwrap(), "{\"é\":\"\u{2028}\"}");
    assert_eq!(next(&mut *receiver).await.unwrap(), "2");
    for _ in 0..2 {
        let closed = within(sender.close()).await.unwrap();
        assert_eq!(closed.exit_status.unwrap().code(), Some(0));
    }
    assert!(matches!(sender.send(&mut batch(&["3"])).await, Err(Error::Closed)));
    let (frames, end) = rest_of_text(&mut *receiver).await;
    assert!(frames.is_empty());
    assert_eq!(
        end.to_string(),
        "the server ended (exit status: 0), having written nothing to stderr"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn what_the_pipe_takes_is_sent_at_once_and_the_rest_later() {
    let (mut sender, mut receiver) = split(Stdio::builder("cat"));
    // Whether a pipe takes anything is not known before it was waited for once.
    within(sender.send(&mut batch(&["0"]))).await.unwrap();
    let mut frames = batch(&["1"]);
    sender.send_now(&mut frames);
    assert!(frames.is_empty());
    assert_eq!(next(&mut *receiver).await.unwrap(), "0");
    assert_eq!(next(&mut *receiver).await.unwrap(), "1");
    // More than any pipe holds.
    let big = format!("\"{}\"", "x".repeat(4 << 20));
    let mut frames = batch(&[&big, "2"]);
    sender.send_now(&mut frames);
    assert!(!frames.is_empty() && frames.as_bytes().len() < big.len());
    let (sent, echoed) = tokio::join!(within(sender.send(&mut frames)), next(&mut *receiver));
    sent.unwrap();
    assert!(echoed.unwrap() == big);
    assert_eq!(next(&mut *receiver).await.unwrap(), "2");
    within(sender.close()).await.unwrap();
    let mut late = batch(&["3"]);
    sender.send_now(&mut late);
    assert_eq!(late.as_bytes(), b"3\n");
}

#[tokio::test]
async fn arguments_directory_and_environment_reach_the_process() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path().canonicalize().unwrap();
    let script = r#"printf '%s\n' "$1" "$2" "$ADDED" "$ALSO" "$(pwd -P)" "$PATH""#;
    let builder = sh(script)
        .args(["name", "a b"])
        .arg("\"c\"")
        .cwd(&directory)
        .env("ADDED", "one")
        .envs([("ALSO", "two"), ("ADDED", "three")]);
    let (_sender, mut receiver) = split(builder);
    let (lines, _) = rest_of_text(&mut *receiver).await;
    let path = std::env::var("PATH").unwrap();
    assert_eq!(lines, ["a b", "\"c\"", "three", "two", directory.to_str().unwrap(), &path]);
}

#[tokio::test]
async fn a_cleared_environment_has_what_is_named_and_what_is_set_alone() {
    let path = format!("PATH={}", std::env::var("PATH").unwrap());
    let env = || Stdio::builder("/usr/bin/env").env("ADDED", "one");
    for (builder, expected) in [
        (env().env_clear(), vec!["ADDED=one"]),
        (env().env_inherit(["PATH", "NO_SUCH_VARIABLE"]), vec!["ADDED=one", &path]),
        (
            env().env_inherit(["PATH"]).env("PATH", "/mine").env_clear(),
            vec!["ADDED=one", "PATH=/mine"],
        ),
    ] {
        let (_sender, mut receiver) = split(builder);
        let (mut variables, _) = rest_of_text(&mut *receiver).await;
        variables.sort();
        assert_eq!(variables, expected);
    }
}

#[tokio::test]
async fn an_exit_is_told_with_its_status_and_stderr() {
    let (_sender, mut receiver) =
        split(sh(r#"echo '{}'; printf 'half'; printf 'one\n\033[31mboom\033[0m\n' >&2; exit 3"#));
    let (frames, end) = rest_of_text(&mut *receiver).await;
    assert_eq!(frames, ["{}", "half"]);
    assert_eq!(
        end.to_string(),
        "the server ended (exit status: 3); the last it wrote to stderr:\none\nboom"
    );
    let exited = end.exited().unwrap();
    assert_eq!(exited.status().unwrap().code(), Some(3));
    assert_eq!(exited.stderr_tail(), "one\nboom\n");
    assert!(end.is_disconnected());
    // Sticky, and the same.
    let again = within(receiver.fill()).await.unwrap_err();
    assert_eq!(again.exited(), Some(exited));
}

#[tokio::test]
async fn a_death_by_signal_is_told() {
    let (_sender, mut receiver) = split(sh("kill -9 $$"));
    let (_, end) = rest_of_text(&mut *receiver).await;
    assert_eq!(
        end.to_string(),
        "the server ended (signal: 9 (SIGKILL)), having written nothing to stderr"
    );
}

#[tokio::test]
async fn a_failed_write_tells_how_the_process_ended() {
    let (mut sender, mut receiver) = split(sh("echo sorry >&2; exit 7"));
    let (_, read_end) = rest_of_text(&mut *receiver).await;
    for _ in 0..2 {
        let error = within(sender.send(&mut batch(&["{}"]))).await.unwrap_err();
        assert_eq!(error.exited(), read_end.exited());
        assert_eq!(
            error.to_string(),
            "the server ended (exit status: 7); the last it wrote to stderr:\nsorry"
        );
    }
    let closed = within(sender.close()).await.unwrap();
    assert_eq!(closed.exit_status.unwrap().code(), Some(7));
}

#[tokio::test]
async fn a_full_stdin_does_not_stop_the_reading() {
    // The process reads nothing before all its output is taken, and neither fits into a pipe.
    let (mut sender, mut receiver) =
        split(sh("head -c 8000000 /dev/zero | tr '\\0' a; echo; tr -d '\\n' | wc -c"));
    let big = "b".repeat(8_000_000);
    let mut frames = batch(&[&big]);
    let reading = async {
        assert_eq!(next(&mut *receiver).await.unwrap(), "a".repeat(8_000_000));
    };
    let (sent, ()) = within(async { tokio::join!(sender.send(&mut frames), reading) }).await;
    sent.unwrap();
    drop(sender);
    assert_eq!(next(&mut *receiver).await.unwrap().trim(), "8000000");
}

#[tokio::test]
async fn a_cancelled_send_goes_on_where_it_stopped() {
    let (mut sender, mut receiver) = split(cat());
    let big = "x".repeat(6 << 20);
    let mut frames = batch(&["first", &big, "last"]);
    let whole = frames.as_bytes().len();
    // Nobody reads what the process repeats, so it stops reading once both pipes are full.
    tokio::select! {
        biased;
        _ = sender.send(&mut frames) => panic!("a pipe took it all"),
        () = tokio::task::yield_now() => {}
    }
    let left = frames.as_bytes().len();
    assert!(0 < left && left < whole, "{left} of {whole} are left");
    let reading = async {
        for expected in ["first", &big, "last"] {
            assert_eq!(next(&mut *receiver).await.unwrap(), expected);
        }
    };
    let (sent, ()) = within(async { tokio::join!(sender.send(&mut frames), reading) }).await;
    sent.unwrap();
}

#[tokio::test]
async fn fills_cancelled_over_a_pipe_lose_nothing() {
    let (mut sender, mut receiver) = split(cat());
    let sent: Vec<String> = (0..500).map(|number| format!("{{\"number\":{number}}}")).collect();
    let mut received = Vec::new();
    for frame in &sent {
        // Nothing comes before it is sent.
        assert!(!fills_at_once(&mut *receiver).await);
        within(sender.send(&mut batch(&[frame]))).await.unwrap();
        let before = received.len();
        while received.len() == before {
            tokio::select! {
                biased;
                filled = receiver.fill() => filled.unwrap(),
                () = tokio::task::yield_now() => {}
            }
            while let Some(frame) = receiver.next_frame() {
                received.push(crate::support::owned(frame).unwrap());
            }
        }
    }
    assert_eq!(received, sent);
}

#[tokio::test]
async fn a_flood_on_stderr_is_drained_and_bounded() {
    let stdio = sh("head -c 20000000 /dev/zero | tr '\\0' e >&2; echo end >&2; echo '{}'; cat >&2")
        .spawn()
        .unwrap();
    let stderr = stdio.stderr();
    let (mut sender, mut receiver) = Box::new(stdio).split();
    assert_eq!(next(&mut *receiver).await.unwrap(), "{}");
    within(sender.close()).await.unwrap();
    let tail = stderr.text();
    assert_eq!(tail, format!("{}end\n", "e".repeat(64 * 1024 - 4)));
    let (_, end) = rest_of_text(&mut *receiver).await;
    assert_eq!(end.exited().unwrap().stderr_tail(), tail);
    assert!(end.to_string().len() < 2100, "{}", end.to_string().len());
}

#[tokio::test]
async fn a_frame_over_the_limit_is_the_end() {
    let (_sender, mut receiver) = split(
        sh("echo 1; head -c 5000000 /dev/zero | tr '\\0' a; echo; echo 2")
            .max_frame_bytes(1_000_000),
    );
    let (frames, end) = rest_of_text(&mut *receiver).await;
    assert_eq!(frames, ["1"]);
    assert!(matches!(end, Error::FrameTooLarge { limit: 1_000_000 }), "{end:?}");
}

#[tokio::test]
async fn a_program_that_cannot_start_is_named() {
    let error = Stdio::builder("/nowhere/codex").spawn().unwrap_err();
    assert_eq!(error.to_string(), "could not start `/nowhere/codex`");
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "No such file or directory (os error 2)");

    let error = Stdio::builder("cat").cwd("/nowhere").spawn().unwrap_err();
    assert_eq!(error.to_string(), "could not start `cat` in directory `/nowhere`");
}

#[test]
fn a_spawn_outside_a_runtime_is_an_error() {
    let error = Stdio::builder("cat").spawn().unwrap_err();
    assert_eq!(error.to_string(), "could not start `cat`");
}
