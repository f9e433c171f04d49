//! A server that answers the handshake and floods each turn with what its input orders.

use codex_bench::flood;
use std::fs::OpenOptions;
use std::io::Write;

fn main() -> std::io::Result<()> {
    if let Some(path) = std::env::var_os(flood::STARTS) {
        writeln!(OpenOptions::new().append(true).create(true).open(path)?, "started")?;
    }
    flood::serve(std::io::stdin().lock(), std::io::stdout().lock())
}
