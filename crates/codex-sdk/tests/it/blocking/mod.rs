//! The client without async.

mod contexts;
mod parity;
mod real;
mod scenarios;

use crate::real::Stage;
use std::sync::LazyLock;
use tokio::runtime::Runtime;

/// Where the scripted model runs, and the async half of what is compared.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// A stage for a test that is not async.
fn stage() -> Stage {
    RUNTIME.block_on(Stage::set())
}

/// A client of that stage, to be built.
fn builder(stage: &Stage) -> codex_sdk::blocking::CodexBuilder {
    codex_sdk::blocking::Codex::builder().config(stage.home.config())
}
