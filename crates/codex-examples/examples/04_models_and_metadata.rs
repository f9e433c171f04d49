//! What the server is, and which models it offers.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 04_models_and_metadata`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::Codex;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let stage = Stage::from_args_in(|home| home.model("scripted-mini"), [])?;
    let codex = Codex::builder().config(stage.config()).start().await?;

    let server = codex.metadata();
    println!("server: {} {}", server.server_name, server.server_version);
    println!("user agent: {}", server.user_agent);
    println!("platform: {}, {}", server.platform_family, server.platform_os);
    // Whether this crate was tested with that version.
    println!("compatibility: {:?}", codex.compatibility());

    // One page has `data` and `next_cursor`; `stream()` turns the pages by itself.
    let mut models = codex.models().stream();
    while let Some(model) = models.next().await {
        let model = model?;
        let efforts: Vec<_> = model
            .supported_reasoning_efforts
            .iter()
            .map(|it| it.reasoning_effort.as_str())
            .collect();
        let default = if model.is_default { ", the default" } else { "" };
        println!("model: {} ({}){default}", model.model, efforts.join(", "));
    }

    codex.close().await?;
    Ok(())
}
