//! Every field of what a turn came to, without async.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 02_turn_result_blocking`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::blocking::Codex;
use codex_sdk::{ThreadItem, TurnResult};
use codex_testkit::Reply;

fn main() -> Result<(), Failure> {
    let stage = Stage::from_args([
        Reply::commentary("Let me ask the shell. ").and(Reply::shell("echo $((6 * 7))")),
        Reply::text("It is 42."),
    ])?;
    let codex = Codex::builder().config(stage.config()).start()?;
    // Commands may look at everything and change nothing.
    let thread = codex.thread_start().read_only().send()?;

    // `thread.run()` is `thread.turn()` and `turn.run()` in one.
    let result = thread.run("What is 6 * 7? Ask the shell.").send()?;
    show(&result);

    codex.close()?;
    Ok(())
}

fn show(result: &TurnResult) {
    println!("thread: {}", result.thread_id);
    println!("turn: {}", result.turn_id);
    println!("status: {}", result.status);
    match &result.error {
        Some(error) => println!("error: {}", error.message),
        None => println!("error: none"),
    }
    // All that the assistant said, and the part of it that is the answer.
    println!("text: {}", result.text);
    println!("final response: {}", result.final_response().unwrap_or("none"));
    for item in &result.items {
        match &**item {
            ThreadItem::AgentMessage(message) => println!("item: said {:?}", message.text),
            ThreadItem::CommandExecution(command) => {
                let output = command.aggregated_output.as_deref().unwrap_or_default();
                println!("item: ran a command, {}, printed {output:?}", command.status);
            }
            other => println!("item: {}", other.kind()),
        }
    }
    // Of this turn alone; the server counts for the whole thread.
    if let Some(usage) = &result.usage {
        println!(
            "read: {} tokens, {} from the cache",
            usage.input_tokens, usage.cached_input_tokens
        );
        println!("wrote: {} tokens", usage.output_tokens);
    }
    if let Some(usage) = &result.thread_usage {
        println!("thread so far: {} tokens", usage.total.total_tokens);
        println!("context window: {} tokens", usage.model_context_window.unwrap_or_default());
    }
}
