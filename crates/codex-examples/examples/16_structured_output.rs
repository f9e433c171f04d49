//! An answer that is a value of a Rust type.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 16_structured_output`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::Codex;
use codex_testkit::Reply;
use schemars::JsonSchema;
use serde::Deserialize;

/// What is asked for: the model is given this as a schema, comments included.
#[derive(Debug, Deserialize, JsonSchema)]
struct Recipe {
    title: String,
    /// In minutes.
    time: u32,
    ingredients: Vec<Ingredient>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Ingredient {
    name: String,
    /// In grams; none where it is up to the cook.
    grams: Option<u32>,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let stage = Stage::from_args([
        Reply::text(
            r#"{"title": "Porridge", "time": 10, "ingredients": [
                {"name": "oats", "grams": 50}, {"name": "salt", "grams": null}]}"#,
        ),
        Reply::text("I would rather not."),
    ])?;
    let codex = Codex::builder().config(stage.config()).start().await?;
    let thread = codex.thread_start().await?;

    let answer = thread.run("A recipe for porridge, please.").output::<Recipe>().await?;
    let recipe = answer.value;
    println!("{}, {} minutes", recipe.title, recipe.time);
    for ingredient in &recipe.ingredients {
        match ingredient.grams {
            Some(grams) => println!("- {grams} g {}", ingredient.name),
            None => println!("- {}", ingredient.name),
        }
    }
    // The result of the turn is there as well.
    println!("tokens: {}", answer.result.usage.map_or(0, |usage| usage.total_tokens));

    // A model keeps to the schema, mostly. What is no `Recipe` is an error that has the whole answer.
    match thread.run("And one for tea.").output::<Recipe>().await {
        Ok(answer) => println!("{}", answer.value.title),
        Err(error) => match error.turn_result() {
            Some(result) => println!("no recipe, but: {}", result.text),
            None => return Err(error.into()),
        },
    }

    codex.close().await?;
    Ok(())
}
