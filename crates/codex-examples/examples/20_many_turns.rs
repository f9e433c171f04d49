//! Many turns at once, on one client.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 20_many_turns`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::{Codex, ConsumerScope};
use codex_testkit::Reply;
use tokio::task::JoinSet;

const COUNTRIES: [(&str, &str); 4] =
    [("France", "Paris"), ("Kenya", "Nairobi"), ("Peru", "Lima"), ("Japan", "Tokyo")];

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let stage = Stage::from_args([])?;
    if let Some(model) = stage.model() {
        for (country, capital) in COUNTRIES {
            model.on(country).reply(Reply::text(capital));
        }
    }

    // By default a client has one consumer at a time, as a guard against events that nobody reads.
    let builder = Codex::builder().config(stage.config()).consumer_scope(ConsumerScope::PerTurn);
    let codex = builder.start().await?;

    let mut turns = JoinSet::new();
    for (country, capital) in COUNTRIES {
        // One turn of a thread runs at a time, so each has a thread of its own.
        let thread = codex.thread_start().ephemeral(true).await?;
        let question = format!("What is the capital of {country}? Answer with its name alone.");
        turns.spawn(async move {
            let result = thread.run(question).await?.error_for_status()?;
            Ok::<_, codex_sdk::Error>((country, capital, result.text))
        });
    }
    let mut right = 0;
    while let Some(answered) = turns.join_next().await {
        let (country, capital, answer) = answered??;
        println!("{country}: {answer}");
        right += usize::from(answer.contains(capital));
    }
    println!("{right} of {} are right", COUNTRIES.len());

    codex.close().await?;
    Ok(())
}
