//! A thread's life: naming, reading, listing, forking, archiving, resuming, summing up. Without async.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 06_thread_lifecycle_blocking`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::Result;
use codex_sdk::blocking::{Codex, Thread};
use codex_testkit::Reply;

fn main() -> std::result::Result<(), Failure> {
    let stage = Stage::from_args([
        Reply::text("Hello, Ada."),
        Reply::text("It is Ada."),
        Reply::text("Forked or not, it is Ada."),
        Reply::text("The user is called Ada."),
    ])?;
    let codex = Codex::builder().config(stage.config()).start()?;

    // A thread remembers what was said in it.
    let thread = codex.thread_start().send()?;
    say(&thread, "My name is Ada.")?;
    say(&thread, "What is my name?")?;
    thread.set_name("About names")?;

    // What the server keeps of it.
    let kept = thread.read().include_turns(true).send()?;
    println!("kept: {:?}, {} turns", kept.name.unwrap_or_default(), kept.turns.len());
    let newest = codex.thread_list().limit(1).send()?;
    println!("newest: {:?}", newest.data.first().map_or("", |thread| &thread.preview));

    // A fork has the same history, and goes its own way from there.
    let fork = thread.fork().send()?;
    say(&fork, "And in a fork?")?;
    fork.delete()?;

    // In the archive it is out of the way; out of it again, it can be resumed, with other options if need be.
    thread.archive()?;
    println!("archived: {}", is_archived(&codex, &thread)?);
    codex.thread_unarchive(thread.id().clone())?;
    println!("archived: {}", is_archived(&codex, &thread)?);
    let thread = codex.thread_resume(thread.id().clone()).read_only().send()?;
    println!("resumed: sandbox {}", thread.settings().sandbox.kind());

    // A long history can be summed up. That is a turn as any other.
    let result = thread.compact().send()?.run()?.error_for_status()?;
    for item in &result.items {
        println!("compacted: {}", item.kind());
    }

    codex.close()?;
    Ok(())
}

fn say(thread: &Thread, text: &str) -> Result<()> {
    let result = thread.run(text).send()?.error_for_status()?;
    println!("you: {text}\ncodex: {}", result.text);
    Ok(())
}

fn is_archived(codex: &Codex, thread: &Thread) -> Result<bool> {
    for other in codex.thread_list().archived(true).stream() {
        if other?.id == *thread.id() {
            return Ok(true);
        }
    }
    Ok(false)
}
