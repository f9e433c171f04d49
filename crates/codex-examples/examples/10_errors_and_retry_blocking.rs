//! What can go wrong, and asking again when the server is overloaded. Without async.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 10_errors_and_retry_blocking`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::blocking::{Codex, retry_on_overload};
use codex_sdk::protocol::CodexErrorInfo;
use codex_sdk::{Error, TurnStatus};
use codex_testkit::Reply;

fn main() -> Result<(), Failure> {
    let stage = Stage::from_args([
        Reply::http_error(400, "there is no such model"),
        Reply::text("Here I am again."),
    ])?;
    let codex = Codex::builder().config(stage.config()).start()?;

    // Asked again, after a pause, when the server says that it has too much to do; not after any other error.
    let models = retry_on_overload(|| codex.models().send())?;
    println!("models: {}", if models.data.is_empty() { "none" } else { "some" });

    // What the server refuses is an error, with the code and the words that it gave.
    match codex.thread_resume("00000000-0000-0000-0000-000000000000").send() {
        Err(Error::Rpc { method, error }) => println!("{method} was refused: {}", error.code),
        Err(other) => return Err(other.into()),
        Ok(_) => println!("there is such a thread, after all"),
    }

    // A turn that fails is a result: the thread goes on.
    let thread = codex.thread_start().send()?;
    let result = thread.run("Are you there?").model("no-such-model").send()?;
    if result.status == TurnStatus::Failed {
        println!("the turn failed");
    }
    // It is made an error by asking for one; that tells of which kind it is.
    if let Err(error) = result.error_for_status() {
        match error.codex_error_info() {
            Some(CodexErrorInfo::Unauthorized) => println!("log in first: codex login"),
            Some(CodexErrorInfo::ContextWindowExceeded) => println!("compact the thread"),
            _ if error.is_overloaded() => println!("come back later"),
            _ => println!("{error}"),
        }
    }

    let mut again = thread.run("And now?");
    // The thread has kept the model that there is not.
    if let Some(model) = models.data.iter().find(|model| model.is_default) {
        again = again.model(&*model.model);
    }
    let again = again.send()?;
    println!("{}: {}", again.status, again.text);

    codex.close()?;
    Ok(())
}
