//! A shell between the client and the server, as with a launcher script.

use super::Stage;
use crate::guard::within;
use crate::processes::{ServerProcess, server_of};
use codex_sdk::Codex;
use codex_sdk::protocol::ThreadLoadedListParams;
use codex_testkit::Reply;
use rustix::process::{Signal, kill_process};
use std::ffi::OsString;

/// A client whose server runs behind a shell, the shell, and the server.
async fn behind_a_shell(stage: &Stage) -> (Codex, ServerProcess, ServerProcess) {
    let codex = codex_runtime::locate(None).unwrap_or_else(|error| panic!("{error}")).path;
    let mut args = ["sh", "-c", r#""$0" "$@"; true"#].map(OsString::from).to_vec();
    args.push(codex.into());
    args.extend(["app-server", "--listen", "stdio://"].map(OsString::from));
    let codex = stage.builder().launch_args_override(args).start().await.unwrap();
    let shell = server_of(std::process::id(), &stage.home);
    let server = server_of(shell.pid.as_raw_nonzero().get().unsigned_abs(), &stage.home);
    (codex, shell, server)
}

#[tokio::test]
async fn a_wrapper_goes_with_its_server() {
    within(async {
        for close in [true, false] {
            let stage = Stage::set().await;
            stage.model.reply(Reply::text("hi"));
            let (codex, shell, server) = behind_a_shell(&stage).await;
            let thread = codex.thread_start().await.unwrap();
            assert_eq!(thread.run("hello").await.unwrap().text, "hi");
            drop(thread);
            if close {
                codex.close().await.unwrap();
                assert!(!shell.is_there());
            }
            drop(codex);
            server.ended().await;
            shell.ended().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_killed_wrapper_leaves_the_client_its_server_and_then_neither_is_left() {
    within(async {
        for close in [true, false] {
            let stage = Stage::set().await;
            stage.model.reply(Reply::text("hi"));
            let (codex, shell, server) = behind_a_shell(&stage).await;
            kill_process(shell.pid, Signal::KILL).unwrap();
            // The server holds the pipes, so the connection is as good as before.
            let thread = codex.thread_start().await.unwrap();
            assert_eq!(thread.run("hello").await.unwrap().text, "hi");
            codex.request(ThreadLoadedListParams::default()).await.unwrap();
            drop(thread);
            if close {
                codex.close().await.unwrap();
                assert!(!shell.is_there());
            }
            drop(codex);
            server.ended().await;
            shell.ended().await;
        }
    })
    .await;
}
