//! A session recorded in a file, and played again without a server.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 19_record_and_replay`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::transport::Replay;
use codex_sdk::{Codex, Result};
use codex_testkit::Reply;

#[tokio::main]
async fn main() -> std::result::Result<(), Failure> {
    let stage = Stage::from_args([Reply::deltas(["As it ", "was ", "said."])])?;
    let file = stage.scratch().join("codex_recording.jsonl");

    // Every frame goes into the file, in both directions, as it comes. Secrets are left out.
    let codex = Codex::builder().config(stage.config()).record(&file).start().await?;
    let said = converse(&codex).await?;
    codex.close().await?;
    println!("recorded: {said}");

    // The recording is a server of its own: the same program gets the same answers, with no process and no model.
    let replay = Replay::open(&file)?;
    let codex = Codex::builder().transport(replay).start().await?;
    let again = converse(&codex).await?;
    // Fails if anything was asked that the recording lacks.
    codex.close().await?;
    println!("replayed: {again}");

    if !stage.is_demo() {
        println!("{} is what `21_types_alone` reads", file.display());
    }
    Ok(())
}

async fn converse(codex: &Codex) -> Result<String> {
    let thread = codex.thread_start().ephemeral(true).read_only().await?;
    let result = thread.run("Say something to be remembered.").await?.error_for_status()?;
    Ok(format!("{} ({} items)", result.text, result.items.len()))
}
