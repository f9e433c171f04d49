//! A question about an image in a URL. Without async.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 07_image_and_text_blocking`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::blocking::Codex;
use codex_sdk::{ImageInput, TextInput, ThreadItem, TurnResult};
use codex_testkit::Reply;

/// A red square. Codex takes images as `data:` URLs, and refuses those that it would have to fetch.
const IMAGE: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mO4IyeHFTEMLQkAid1GAQVcagkAAAAASUVORK5CYII=";

fn main() -> Result<(), Failure> {
    let stage = Stage::from_args([Reply::text("It is red.")])?;
    let codex = Codex::builder().config(stage.config()).start()?;
    let thread = codex.thread_start().send()?;

    // Input of several parts is a tuple, or a `Vec` of input items.
    let input = (TextInput::new("Which colour is this?"), ImageInput::new(IMAGE));
    let result = thread.run(input).send()?.error_for_status()?;
    show(&result);

    codex.close()?;
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
