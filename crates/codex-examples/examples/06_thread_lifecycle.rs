//! A thread's life: naming, reading, listing, forking, archiving, resuming, summing up.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 06_thread_lifecycle`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::{Codex, Result, Thread};
use codex_testkit::Reply;

#[tokio::main]
async fn main() -> std::result::Result<(), Failure> {
    let stage = Stage::from_args([
        Reply::text("Hello, Ada."),
        Reply::text("It is Ada."),
        Reply::text("Forked or not, it is Ada."),
        Reply::text("The user is called Ada."),
    ])?;
    let codex = Codex::builder().config(stage.config()).start().await?;

    // A thread remembers what was said in it.
    let thread = codex.thread_start().await?;
    say(&thread, "My name is Ada.").await?;
    say(&thread, "What is my name?").await?;
    thread.set_name("About names").await?;

    // What the server keeps of it.
    let kept = thread.read().include_turns(true).await?;
    println!("kept: {:?}, {} turns", kept.name.unwrap_or_default(), kept.turns.len());
    let newest = codex.thread_list().limit(1).await?;
    println!("newest: {:?}", newest.data.first().map_or("", |thread| &thread.preview));

    // A fork has the same history, and goes its own way from there.
    let fork = thread.fork().await?;
    say(&fork, "And in a fork?").await?;
    fork.delete().await?;

    // In the archive it is out of the way; out of it again, it can be resumed, with other options if need be.
    thread.archive().await?;
    println!("archived: {}", is_archived(&codex, &thread).await?);
    codex.thread_unarchive(thread.id().clone()).await?;
    println!("archived: {}", is_archived(&codex, &thread).await?);
    let thread = codex.thread_resume(thread.id().clone()).read_only().await?;
    println!("resumed: sandbox {}", thread.settings().sandbox.kind());

    // A long history can be summed up. That is a turn as any other.
    let result = thread.compact().await?.run().await?.error_for_status()?;
    for item in &result.items {
        println!("compacted: {}", item.kind());
    }

    codex.close().await?;
    Ok(())
}

async fn say(thread: &Thread, text: &str) -> Result<()> {
    let result = thread.run(text).await?.error_for_status()?;
    println!("you: {text}\ncodex: {}", result.text);
    Ok(())
}

async fn is_archived(codex: &Codex, thread: &Thread) -> Result<bool> {
    let mut archived = codex.thread_list().archived(true).stream();
    while let Some(other) = archived.next().await {
        if other?.id == *thread.id() {
            return Ok(true);
        }
    }
    Ok(false)
}
