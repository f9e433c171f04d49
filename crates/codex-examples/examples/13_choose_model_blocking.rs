//! The newest model and its highest effort, chosen from the server's list. Without async.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 13_choose_model_blocking`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::blocking::Codex;
use codex_sdk::protocol::Model;
use codex_testkit::Reply;

fn main() -> Result<(), Failure> {
    let replies = [Reply::text("Forty-two."), Reply::text("I thought hard about it.")];
    let stage = Stage::from_args_in(|home| home.model("scripted-mini"), replies)?;
    let codex = Codex::builder().config(stage.config()).start()?;

    let models = codex.models().stream().all()?;
    let model = newest(&models).ok_or("the server offers no model")?;
    // From the least to the most.
    let efforts = &model.supported_reasoning_efforts;
    let most = efforts.last().map_or(&model.default_reasoning_effort, |it| &it.reasoning_effort);
    println!("model: {}, effort: {most}", model.model);

    let thread = codex.thread_start().send()?;
    let question = thread.run("What is the answer?").model(&*model.model).effort(&**most);
    println!("{}", question.send()?.error_for_status()?.text);
    // Model and effort are the thread's from there on.
    println!("{}", thread.run("How do you know?").send()?.error_for_status()?.text);
    let kept = thread.read().send()?;
    println!("kept: {:?}, {:?}", kept.model, kept.reasoning_effort);

    codex.close()?;
    Ok(())
}

/// The first that no other in the list has replaced: the server puts first what it recommends.
fn newest(models: &[Model]) -> Option<&Model> {
    let is_listed = |name: &String| models.iter().any(|other| other.model == *name);
    models.iter().find(|model| !model.upgrade.as_ref().is_some_and(is_listed))
}
