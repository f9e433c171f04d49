//! A question about an image in a file.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 08_local_image_and_text`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::{Codex, LocalImageInput, TextInput, ThreadItem, TurnResult};
use codex_testkit::Reply;

/// Beside this file. The server reads it, so that the path is one of its machine's.
const IMAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/square.png");

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let stage = Stage::from_args([Reply::text("A blue square on white.")])?;
    let codex = Codex::builder().config(stage.config()).start().await?;
    let thread = codex.thread_start().await?;

    let input = (TextInput::new("What is in this picture?"), LocalImageInput::new(IMAGE));
    let result = thread.run(input).await?.error_for_status()?;
    show(&result);

    codex.close().await?;
    Ok(())
}

/// Shows what was sent, as the server has it.
fn show(result: &TurnResult) {
    for item in &result.items {
        if let ThreadItem::UserMessage(message) = &**item {
            let parts: Vec<_> = message.content.iter().map(|part| part.kind()).collect();
            println!("sent: {}", parts.join(", "));
        }
    }
    println!("text: {}", result.text);
}
