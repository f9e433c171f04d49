//! A tool for the model that is a closure of this program.
//!
//! On your own codex and login: `cargo run -p codex-examples --example 17_tools`.
//! With no account, on a scripted model: the same with `-- --demo` behind it.

use codex_examples::{Failure, Stage};
use codex_sdk::{Codex, ThreadItem, Tool, ToolError};
use codex_testkit::Reply;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What the model calls the tool with: it is given this as a schema, comments included.
#[derive(Deserialize, JsonSchema)]
struct Order {
    /// What is ordered, in the singular.
    article: String,
    count: u32,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let stage = Stage::from_args([
        // Two calls at once: tools run side by side.
        Reply::tool("order", json!({ "article": "apple", "count": 3 }))
            .and(Reply::tool("order", json!({ "article": "unicorn", "count": 1 }))),
        Reply::text("Three apples are ordered. There are no unicorns."),
    ])?;
    let codex = Codex::builder().config(stage.config()).start().await?;

    let stock = Arc::new(Mutex::new(BTreeMap::from([("apple", 10)])));
    let shelf = Arc::clone(&stock);
    let order = Tool::new("order", "Orders an article", move |order: Order, _| {
        let shelf = Arc::clone(&shelf);
        async move {
            let mut shelf = shelf.lock().unwrap_or_else(PoisonError::into_inner);
            match shelf.get_mut(&*order.article) {
                Some(left) if *left >= order.count => {
                    *left -= order.count;
                    Ok(format!("ordered, {left} left"))
                }
                // The model is told, and the turn goes on.
                _ => Err(ToolError::new(format!("there is no {} to be had", order.article))),
            }
        }
    });

    let thread = codex.thread_start().tool(order).await?;
    let result = thread.run("Order three apples and a unicorn.").await?.error_for_status()?;
    for item in &result.items {
        if let ThreadItem::DynamicToolCall(call) = &**item {
            println!("{} {}: {}", call.tool, call.arguments["article"], call.status);
        }
    }
    println!("{}", result.text);
    println!("{:?}", stock.lock().unwrap_or_else(PoisonError::into_inner));

    codex.close().await?;
    Ok(())
}
