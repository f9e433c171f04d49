//! What the models cost: codex-protocol alone, and a program that decodes with it.

use super::dependant::Dependant;
use super::{keeps, tells};
use crate::{Failure, workspace_root};

/// The best known crate of the same types, its models alone.
const PEER: &str = "codex-codes";
const PEER_DEPENDENCY: &str =
    "codex-codes = { version = \"=0.166.4\", default-features = false, features = [\"types\"] }";

/// A program that decodes notifications and looks at some.
const DECODES: &str = r#"
use codex_protocol::{Incoming, ServerNotification, decode_incoming};

fn main() {
    for line in std::io::stdin().lines().map_while(Result::ok) {
        match decode_incoming(&line) {
            Ok(Incoming::Notification { notification, .. }) => match notification {
                ServerNotification::ItemAgentMessageDelta(delta) => print!("{}", delta.delta),
                ServerNotification::TurnCompleted(done) => println!("{}", done.turn.status),
                other => println!("{}", other.method()),
            },
            Ok(_) => {}
            Err(error) => println!("{error}"),
        }
    }
}
"#;

/// A program that decodes and prints whatever comes.
const PRINTS: &str = r#"
fn main() {
    for line in std::io::stdin().lines().map_while(Result::ok) {
        println!("{:?}", codex_protocol::decode_incoming(&line));
    }
}
"#;

/// How often each build is measured; the best counts.
const ROUNDS: usize = 3;

/// Prints a table; whether every limit is kept.
pub(super) fn measure() -> Result<bool, Failure> {
    let ours = workspace_root().join("crates/codex-protocol");
    let ours = format!("codex-protocol = {{ path = {:?} }}", ours.display().to_string());
    let dependant = Dependant::new("dependant", &ours, DECODES)?;
    // The derived `Debug` of the models is compiled where it is used.
    let printer = Dependant::new("printer", &ours, PRINTS)?;
    let peer = Dependant::new("peer", PEER_DEPENDENCY, "fn main() {}\n")?;

    let (mut check, mut peer_check) = (f64::MAX, f64::MAX);
    // In turn, so that whatever else the machine does hits both.
    for _ in 0..ROUNDS {
        check = check.min(dependant.rebuild("codex-protocol", "check")?);
        peer_check = peer_check.min(peer.rebuild(PEER, "check")?);
    }
    let release = dependant.rebuild("codex-protocol", "build")?;
    let (mut decodes, mut prints) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        decodes = decodes.min(dependant.rebuild("dependant", "build")?);
        prints = prints.min(printer.rebuild("printer", "build")?);
    }
    tells("cargo check, codex-protocol alone", check, "s");
    tells("cargo check, codex-codes 0.166.4 types", peer_check, "s");
    let kept = keeps("ratio", check / peer_check, "", 0.75);
    tells("release build, codex-protocol alone", release, "s");
    let decoding = keeps("release build, a dependant that decodes", decodes, "s", 3.0);
    tells("the same, and prints with Debug", prints, "s");
    Ok(kept && decoding)
}
