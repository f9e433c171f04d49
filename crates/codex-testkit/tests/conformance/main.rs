//! The conformance suite: on the transports that there are, and on broken ones, which it must find out.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod broken;
#[cfg(unix)]
mod relay;
mod websocket;

use codex_testkit::conformance;
use codex_transport::mock::{self, MockPeer};
use codex_transport::{Record, Tap};
use std::process::ExitCode;
use std::{env, io};

#[tokio::main]
async fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    #[cfg(unix)]
    if let [role, socket] = &args[..] {
        if role == relay::ROLE {
            relay::run(socket.as_ref());
            return ExitCode::SUCCESS;
        }
    }
    let mut tests = Tests { filters: args, failed: false };
    tests.run("mock_conforms", async || conformance::check(async || mock::pair()).await).await;
    #[cfg(unix)]
    tests.run("stdio_conforms", async || conformance::check(relay::pair).await).await;
    tests.run("websocket_conforms", async || conformance::check(websocket::pair).await).await;
    tests.run("a_recorded_transport_conforms", async || conformance::check(recorded).await).await;
    tests.run("a_tapped_transport_conforms", async || conformance::check(tapped).await).await;
    for (name, fault, said) in broken::FAULTS {
        tests.run(name, async || fault.is_found_out(said).await).await;
    }
    if tests.failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

async fn recorded() -> (Record, MockPeer) {
    let (transport, peer) = mock::pair();
    (Record::new(transport, io::sink()), peer)
}

async fn tapped() -> (Tap, MockPeer) {
    let (transport, peer) = mock::pair();
    (Tap::new(transport, |_, _| {}), peer)
}

/// A harness of our own, since the program has two parts.
struct Tests {
    filters: Vec<String>,
    failed: bool,
}

impl Tests {
    async fn run<E: std::fmt::Display>(
        &mut self,
        name: &str,
        test: impl AsyncFnOnce() -> Result<(), E>,
    ) {
        let mut filters = self.filters.iter().filter(|arg| !arg.starts_with('-')).peekable();
        if filters.peek().is_some() && !filters.any(|part| name.contains(part.as_str())) {
            return;
        }
        match test().await {
            Ok(()) => println!("test {name} ... ok"),
            Err(error) => {
                self.failed = true;
                println!("test {name} ... FAILED\n{error}");
            }
        }
    }
}
