//! Whatever the server sends in whatever number, the client's memory stays where it is.
//!
//! A program of its own, for it counts what its process has on the heap, which other tests would change; so it runs one
//! case after the other. With an argument, it runs the cases whose names contain it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod client;
mod flood;
mod heap;
mod sessions;

// What plays recorded sessions elsewhere; of some of it nothing is needed here.
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "../sessions/case.rs"]
mod case;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "../sessions/driver.rs"]
mod driver;
#[path = "../sessions/handler.rs"]
mod handler;
#[path = "../../../codex-protocol/tests/proofs/mutation.rs"]
mod mutation;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "../sessions/seen.rs"]
mod seen;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "../sessions/session.rs"]
mod session;
#[path = "../sessions/spoilt.rs"]
mod spoilt;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "../sessions/stage.rs"]
mod stage;
#[allow(dead_code, reason = "other tests use the rest")]
#[path = "../sessions/variant.rs"]
mod variant;

use client::Situation;
use flood::Flood;
use std::env;

fn main() {
    let args: Vec<String> = env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let chosen = |name: &str| args.is_empty() || args.iter().any(|part| name.contains(part));
    let mut count = 0;
    for situation in Situation::ALL {
        for flood in Flood::all() {
            let name = format!("{situation:?} under {}", flood.name);
            if chosen(&name) {
                let growth = client::measure(situation, &flood);
                println!("test {name} ... ok ({growth} bytes more after ten times as many)");
                count += 1;
            }
        }
    }
    let name = "spoilt sessions";
    if chosen(name) {
        let growth = sessions::measure();
        println!("test {name} ... ok ({growth} bytes more after ten times as many)");
        count += 1;
    }
    println!("{count} passed, 0 failed");
}
