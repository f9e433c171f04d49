//! A server that answers the handshake and floods each turn with deltas.

use codex_bench::flood;

fn main() -> std::io::Result<()> {
    let deltas =
        std::env::var(flood::DELTAS).ok().and_then(|count| count.parse().ok()).unwrap_or(0);
    flood::serve(std::io::stdin().lock(), std::io::stdout().lock(), deltas)
}
