//! What a program on codex-sdk costs: one turn, async, with default features.

use super::dependant::Dependant;
use super::{keeps, tells};
use crate::{Failure, workspace_root};

/// A program that runs one turn and shows the text as it comes.
const OURS: &str = r#"
use codex_sdk::Codex;

#[tokio::main]
async fn main() -> codex_sdk::Result<()> {
    let codex = Codex::start().await?;
    let thread = codex.thread_start().await?;
    let turn = thread.turn("What is the capital of France?").await?;
    let mut events = turn.stream()?;
    while let Some(event) = events.next().await {
        if let Some(text) = event?.text_delta() {
            print!("{text}");
        }
    }
    println!("\n{}", events.result().await?.status);
    codex.close().await
}
"#;

/// Both programs have a runtime with several threads.
const TOKIO: &str = "tokio = { version = \"1\", features = [\"macros\", \"rt-multi-thread\"] }";

/// With its default features, as ours has.
const PEER_DEPENDENCIES: &str = "\
codex-codes = \"=0.166.4\"
serde_json = \"1\"";

/// The same program on the peer.
const PEER: &str = r#"
use codex_codes::{AsyncClient, Notification, ServerMessage};
use serde_json::{from_value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut client = AsyncClient::start().await?;
    let thread = client.thread_start(&from_value(json!({}))?).await?;
    let input = json!([{ "type": "text", "text": "What is the capital of France?" }]);
    let turn = json!({ "threadId": thread.thread.id.as_str(), "input": input });
    client.turn_start(&from_value(turn)?).await?;
    let mut events = client.events();
    while let Some(message) = events.next().await {
        if let ServerMessage::Notification(notification) = message? {
            match notification {
                Notification::AgentMessageDelta(delta) => print!("{}", delta.delta),
                Notification::TurnCompleted(done) => {
                    println!("\n{:?}", done.turn.status);
                    break;
                }
                _ => {}
            }
        }
    }
    client.shutdown().await?;
    Ok(())
}
"#;

/// How often the two are built, in turn. What else a machine does can only add to what a build takes, so the least
/// of each counts.
const ROUNDS: usize = 3;

/// Crates below this are told in one line, in seconds.
const WORTH_A_LINE: f64 = 1.0;

/// Prints a table; whether every limit is kept.
pub(super) fn measure() -> Result<bool, Failure> {
    let sdk = workspace_root().join("crates/codex-sdk");
    let ours = format!("codex-sdk = {{ path = {:?} }}\n{TOKIO}", sdk.display().to_string());
    let ours = Dependant::new("one-turn", &ours, OURS)?;
    let peer = Dependant::new("one-turn-peer", &format!("{PEER_DEPENDENCIES}\n{TOKIO}"), PEER)?;

    let (mut cost, mut peer_cost) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..ROUNDS {
        cost = cost.min(ours.build_from_nothing()?);
        peer_cost = peer_cost.min(peer.build_from_nothing()?);
    }
    let (crates, size) = (ours.dependencies()?, ours.size()?);
    let (peer_crates, peer_size) = (peer.dependencies()?, peer.size()?);

    println!("one turn, async, a clean release build, the least of {ROUNDS}");
    tells("codex-sdk, CPU time", cost, "s");
    tells("codex-codes 0.166.4, CPU time", peer_cost, "s");
    let kept = [
        keeps("ratio", cost / peer_cost, "", 0.6),
        keeps("codex-sdk, dependency crates", crates as f64, "", 60.0),
        keeps("codex-sdk, stripped program", size, "MiB", 3.0),
    ];
    tells("codex-codes, dependency crates", peer_crates as f64, "");
    tells("codex-codes, stripped program", peer_size, "MiB");
    if cfg!(unix) {
        println!("\nwhat each crate of codex-sdk's costs, CPU time");
        let (dear, cheap): (Vec<_>, Vec<_>) =
            ours.costs()?.into_iter().partition(|cost| cost.cpu_seconds >= WORTH_A_LINE);
        for cost in dear {
            tells(&cost.name, cost.cpu_seconds, "s");
        }
        let rest = cheap.iter().map(|cost| cost.cpu_seconds).sum();
        tells(&format!("{} others", cheap.len()), rest, "s");
    }
    Ok(kept.iter().all(|kept| *kept))
}
