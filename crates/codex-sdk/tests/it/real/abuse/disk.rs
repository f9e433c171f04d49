//! A disk that is full: the server's home on a small tmpfs.
//!
//! The file system is mounted by the server's own start, in a namespace that ends with it, which takes no rights. Some
//! machines forbid that to everybody; there, the tests say that they have checked nothing.

use super::{Stage, ends, start, turn};
use crate::processes::{ServerProcess, server_of};
use codex_sdk::{CodexBuilder, Error, TurnResult, TurnStatus};
use codex_testkit::Reply;
use std::ffi::OsString;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::Command;

/// Puts a file system of so many KiB in the place of the home, with what the home has, and runs the server on it.
const ON_SMALL_DISK: &str = r#"
    set -e
    kept=$(mktemp -d)
    cp "$CODEX_HOME"/* "$kept"
    mount -t tmpfs -o "size=$1k" tmpfs "$CODEX_HOME"
    cp "$kept"/* "$CODEX_HOME"
    shift
    exec "$@"
"#;

/// Whether namespaces can be had here.
fn can_mount() -> bool {
    let folder = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=64k tmpfs \"$1\"";
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]);
    let output = command.arg(folder.path()).output();
    let reason = match output {
        Ok(output) if output.status.success() => return true,
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    // The harness swallows what a test prints, but not what goes around it.
    let told = format!("not checked: a full disk, for nothing can be mounted here ({reason})\n");
    std::io::stderr().write_all(told.as_bytes()).unwrap();
    false
}

fn on_disk_of(stage: &Stage, kib: u32) -> CodexBuilder {
    let codex = codex_runtime::locate(None).unwrap_or_else(|error| panic!("{error}")).path;
    let head = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", ON_SMALL_DISK, "sh"];
    let args = head.into_iter().map(OsString::from).chain([kib.to_string().into(), codex.into()]);
    let args = args.chain(["app-server", "--listen", "stdio://"].map(OsString::from));
    stage.builder().launch_args_override(args)
}

/// A turn that completed is whole, and one that did not says why.
fn tell(what: &str, outcome: Result<TurnResult, Error>) {
    match outcome {
        Ok(result) if result.status == TurnStatus::Completed => {
            eprintln!("{what}: completed");
            assert_eq!(result.text, "it fits");
        }
        Ok(result) => {
            let error = result.error_for_status().unwrap_err();
            eprintln!("{what}: {error}");
            assert!(error.turn_result().unwrap().error.is_some(), "{error}");
        }
        Err(error) => says_something(&error),
    }
}

fn says_something(error: &Error) {
    eprintln!("{error}");
    assert!(!error.to_string().is_empty());
    assert!(error.is_disconnected() || error.rpc_code().is_some(), "{error:?}");
}

#[tokio::test]
async fn a_disk_that_is_full_from_the_start_is_an_error_or_no_matter() {
    if !can_mount() {
        return;
    }
    for kib in [16, 64, 256, 1024] {
        let stage = Stage::set().await;
        stage.model.reply(Reply::text("it fits").always());
        let what = format!("a disk of {kib} KiB");
        let started = ends(&what, start(on_disk_of(&stage, kib))).await;
        match started {
            Err(error) => says_something(&error),
            Ok((codex, thread)) => {
                let server = server_of(std::process::id(), &stage.home);
                tell(&what, ends(&what, turn(&thread, "go")).await);
                ends("a close", codex.close()).await.unwrap();
                assert!(!server.is_there());
            }
        }
    }
}

/// A file in the server's own view of its home that leaves no byte to anything else.
fn fill(server: &ServerProcess, stage: &Stage) -> PathBuf {
    let root = format!("/proc/{}/root", server.pid.as_raw_nonzero());
    let path = PathBuf::from(format!("{root}{}/filler", stage.home.path().display()));
    let mut file = File::create(&path).unwrap();
    for size in [64 * 1024, 1] {
        let error = loop {
            if let Err(error) = file.write_all(&vec![0; size]) {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::StorageFull);
    }
    path
}

/// The server goes on as long as it runs: it says nothing of what it cannot keep.
#[tokio::test]
async fn a_disk_that_fills_up_ends_no_call_in_silence_and_is_no_matter_once_there_is_room() {
    if !can_mount() {
        return;
    }
    let stage = Stage::set().await;
    stage.model.reply(Reply::text("it fits").always());
    let (codex, thread) = ends("a start", start(on_disk_of(&stage, 8 * 1024))).await.unwrap();
    let server = server_of(std::process::id(), &stage.home);
    let result = ends("a turn before", turn(&thread, "go")).await.unwrap();
    assert_eq!(result.status, TurnStatus::Completed);

    let filler = fill(&server, &stage);
    for number in 0..5 {
        tell("a turn", ends("a turn", turn(&thread, "go on")).await);
        let what = format!("thread {number} on a full disk");
        match ends(&what, codex.thread_start().send()).await {
            Ok(thread) => tell(&what, ends(&what, turn(&thread, "go")).await),
            Err(error) => says_something(&error),
        }
    }

    std::fs::remove_file(filler).unwrap();
    let thread = ends("a thread after", codex.thread_start().send()).await.unwrap();
    let result = ends("a turn after", turn(&thread, "go")).await.unwrap();
    assert_eq!((result.status, &*result.text), (TurnStatus::Completed, "it fits"));
    ends("a close", codex.close()).await.unwrap();
    assert!(!server.is_there());
}
