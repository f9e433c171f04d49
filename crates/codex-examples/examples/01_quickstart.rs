//! One turn, from nothing.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 01_quickstart`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::Codex;
use codex_testkit::Reply;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let stage = Stage::from_args([Reply::text("Hello from the scripted model!")])?;

    let codex = Codex::builder().config(stage.config()).start().await?;
    println!("server: {} {}", codex.metadata().server_name, codex.metadata().server_version);

    let thread = codex.thread_start().await?;
    let result = thread.turn("Say hello in one sentence.").await?.run().await?;
    // A turn that failed is no error, until it is asked to be one.
    let result = result.error_for_status()?;
    println!("status: {}", result.status);
    println!("text: {}", result.text);

    codex.close().await?;
    Ok(())
}
