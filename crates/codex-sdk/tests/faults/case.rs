//! One fault and what the client makes of it.

use crate::client::{Server, builder, list, lost, peak_mib};
use crate::flood;
use crate::program::SERVER;
use codex_sdk::{Codex, Error, TurnStatus};
use std::env;
use std::ffi::OsString;
use std::time::Duration;

pub(crate) const NAMES: [&str; 10] = [
    "a_server_that_ends_mid_line_is_told_by_its_status",
    "a_server_that_never_answers_times_out",
    "a_flood_on_stderr_is_drained_and_its_end_kept",
    "a_server_deaf_to_its_end_is_killed",
    "a_line_over_the_limit_ends_the_connection",
    "a_line_over_a_small_limit_takes_little_memory",
    "bytes_that_are_no_text_are_passed_over",
    "a_shell_around_a_server_goes_with_it",
    "a_consumer_asleep_through_500_000_deltas_takes_little_memory_and_gets_every_byte",
    "a_consumer_that_asks_while_100_mb_of_events_wait_is_answered",
];

/// Runs the case of this name in this process, and prints the memory it took.
#[tokio::main]
pub(crate) async fn run(name: &str) {
    let case = async {
        for close in [true, false] {
            match name {
                "a_server_that_ends_mid_line_is_told_by_its_status" => mid_line(close).await,
                "a_server_that_never_answers_times_out" => never_answers().await,
                "a_flood_on_stderr_is_drained_and_its_end_kept" => stderr_flood(close).await,
                "a_server_deaf_to_its_end_is_killed" => deaf(close).await,
                "a_line_over_the_limit_ends_the_connection" => huge_line(close).await,
                "a_line_over_a_small_limit_takes_little_memory" => small_limit(close).await,
                "bytes_that_are_no_text_are_passed_over" => garbage(close).await,
                "a_shell_around_a_server_goes_with_it" => shell(close).await,
                "a_consumer_asleep_through_500_000_deltas_takes_little_memory_and_gets_every_byte" =>
                {
                    asleep(close).await;
                }
                "a_consumer_that_asks_while_100_mb_of_events_wait_is_answered" => {
                    asks_meanwhile(close).await;
                }
                other => panic!("no case is named {other}"),
            }
            assert_eq!(Server::all(), [], "left behind");
        }
    };
    tokio::time::timeout(Duration::from_secs(120), case).await.expect("the case hangs");
    println!("peak {} MiB", peak_mib());
}

fn assert_peak(limit: usize) {
    let peak = peak_mib();
    assert!(peak <= limit, "the client took {peak} MiB, and may take {limit}");
}

async fn mid_line(close: bool) {
    let codex = builder("mid-line").start().await.unwrap();
    let server = Server::find();
    let cause = lost(&codex).await;
    assert_eq!(cause.exit_status().unwrap().code(), Some(3));
    assert_eq!(lost(&codex).await.to_string(), cause.to_string());
    server.ends_with(codex, close).await;
}

async fn never_answers() {
    let error =
        builder("mute").request_timeout(Duration::from_millis(300)).start().await.unwrap_err();
    let Error::Timeout { method, after } = error else { panic!("{error:?}") };
    assert_eq!((method, after), ("initialize", Duration::from_millis(300)));
}

async fn stderr_flood(close: bool) {
    let codex = builder("stderr-flood").start().await.unwrap();
    let server = Server::find();
    let cause = lost(&codex).await;
    assert_eq!(cause.exit_status().unwrap().code(), Some(7));
    let tail = cause.stderr_tail().unwrap();
    assert_eq!(tail.len(), 64 * 1024);
    assert!(tail.ends_with(&format!("\n{:099}\n", 999_999)), "{}", &tail[tail.len() - 200..]);
    server.ends_with(codex, close).await;
    assert_peak(32);
}

async fn deaf(close: bool) {
    // What is ignored stays ignored by the program that takes the shell's place.
    let script = r#"trap '' TERM; exec "$0" "$@""#;
    let codex = shell_builder(script, "deaf").start().await.unwrap();
    let server = Server::find();
    assert_eq!(list(&codex).await.unwrap().data, [""; 0]);
    server.ends_with(codex, close).await;
}

async fn huge_line(close: bool) {
    let codex = builder("huge-line").start().await.unwrap();
    let server = Server::find();
    let cause = lost(&codex).await.to_string();
    assert_eq!(
        cause,
        "the connection to the app-server is over: the server sent a frame of more than 268435456 bytes; max_frame_bytes sets that limit"
    );
    assert_eq!(lost(&codex).await.to_string(), cause);
    server.ends_with(codex, close).await;
    assert_peak(256 + 32);
}

async fn small_limit(close: bool) {
    let codex = builder("huge-line").max_frame_bytes(1 << 20).start().await.unwrap();
    let server = Server::find();
    let cause = lost(&codex).await.to_string();
    assert_eq!(
        cause,
        "the connection to the app-server is over: the server sent a frame of more than 1048576 bytes; max_frame_bytes sets that limit"
    );
    server.ends_with(codex, close).await;
    assert_peak(32);
}

async fn garbage(close: bool) {
    let codex = builder("garbage").start().await.unwrap();
    let server = Server::find();
    for _ in 0..3 {
        assert_eq!(list(&codex).await.unwrap().data, ["after \u{0} and \u{feff}"]);
    }
    server.ends_with(codex, close).await;
}

async fn shell(close: bool) {
    let codex = shell_builder(r#""$0" "$@"; true"#, "deaf").start().await.unwrap();
    let server = Server::find();
    assert_eq!(list(&codex).await.unwrap().data, [""; 0]);
    server.ends_with(codex, close).await;
}

async fn asleep(close: bool) {
    let codex = builder("deltas").start().await.unwrap();
    let server = Server::find();
    let thread = codex.thread_start().await.unwrap();
    let turn = thread.turn("x").await.unwrap();
    let mut stream = turn.stream().unwrap();
    while turn.snapshot().status == TurnStatus::InProgress {
        // It sleeps, and is asked for nothing.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_peak(64);
    let mut text = String::new();
    while let Some(event) = stream.next().await {
        text.extend(event.unwrap().text_delta());
    }
    assert!(text == flood::text(), "{} bytes", text.len());
    let result = stream.result().await.unwrap();
    assert!(result.text == text, "{} bytes", result.text.len());
    drop((turn, thread));
    server.ends_with(codex, close).await;
}

async fn asks_meanwhile(close: bool) {
    let codex = builder("megabytes").max_buffered_bytes(256 << 20).start().await.unwrap();
    let server = Server::find();
    let thread = codex.thread_start().await.unwrap();
    let turn = thread.turn("x").await.unwrap();
    let mut stream = turn.stream().unwrap();
    let mut events = 0;
    while let Some(event) = stream.next().await {
        event.unwrap();
        // The server reads this only once all that it writes was taken off its hands.
        if events % 100 == 0 {
            assert_eq!(thread.read().await.unwrap().id, *thread.id());
        }
        events += 1;
    }
    assert_eq!(events, flood::CHUNKS + 1);
    assert_eq!(stream.result().await.unwrap().status, TurnStatus::Interrupted);
    drop((turn, thread));
    server.ends_with(codex, close).await;
}

/// A client of a server with this fault behind a shell, which gets the server's command line as its arguments.
fn shell_builder(script: &str, fault: &str) -> codex_sdk::CodexBuilder {
    let this = env::current_exe().unwrap().into_os_string();
    let shell = ["sh", "-c", script].map(OsString::from);
    let args = shell.into_iter().chain([this, SERVER.into(), fault.into()]);
    Codex::builder().launch_args_override(args).shutdown_grace(Duration::from_millis(100))
}
