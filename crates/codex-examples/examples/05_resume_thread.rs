//! Going on with a thread in another client.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 05_resume_thread`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::Codex;
use codex_testkit::Reply;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let stage =
        Stage::from_args([Reply::text("I will remember the number 7."), Reply::text("It was 7.")])?;

    // The server keeps a thread from its first turn on; its id is all that one needs to come back to it.
    let codex = Codex::builder().config(stage.config()).start().await?;
    let thread = codex.thread_start().await?;
    let id = thread.id().clone();
    let result = thread.run("Remember the number 7.").await?.error_for_status()?;
    println!("first client: {}", result.text);
    codex.close().await?;

    let codex = Codex::builder().config(stage.config()).start().await?;
    let thread = codex.thread_resume(id).await?;
    let history = thread.read().include_turns(true).await?;
    println!("resumed: {:?}, {} turn", history.preview, history.turns.len());
    let result = thread.run("Which number was it?").await?.error_for_status()?;
    println!("second client: {}", result.text);
    codex.close().await?;
    Ok(())
}
