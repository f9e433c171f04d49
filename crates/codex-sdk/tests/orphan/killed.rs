//! A client in another process, and its death.

use crate::processes::server_of;
use codex_sdk::Codex;
use codex_testkit::{CodexHome, ScriptedModel};
use std::env;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Set for the program that plays the client: the `CODEX_HOME` that its server is to have.
const CLIENT: &str = "ORPHAN_TEST_CLIENT";

pub(crate) fn main() {
    match env::var_os(CLIENT) {
        Some(home) => be_the_client(home.into()),
        None => kill_the_client(),
    }
}

/// Starts a server and stays until killed.
#[tokio::main]
async fn be_the_client(home: PathBuf) {
    let codex = Codex::builder().env("CODEX_HOME", home).start().await.unwrap();
    let _thread = codex.thread_start().await.unwrap();
    println!("ready");
    std::future::pending::<()>().await;
}

#[tokio::main]
async fn kill_the_client() {
    let model = ScriptedModel::start().await.unwrap();
    let home = CodexHome::new(&model).unwrap();
    let mut client = Command::new(env::current_exe().unwrap())
        .env(CLIENT, home.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(client.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(
        line, "ready\n",
        "the client could not start: `cargo xtask runtime install` installs codex"
    );

    let server = server_of(client.id(), &home);
    assert!(server.is_there());
    client.kill().unwrap();
    client.wait().unwrap();
    tokio::time::timeout(Duration::from_secs(60), server.ended()).await.expect("the server stays");
    println!("test killed_client_leaves_no_server ... ok");
}
