//! Whether the calling thread is one that may not wait.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use tokio::runtime::Handle;
use tokio::task::consume_budget;

/// What a task may do before it has to yield is counted in a byte.
const MORE_THAN_ANY_BUDGET: usize = 256;

/// # Panics
/// Inside an async context, with the advice to use the async type `instead`.
#[track_caller]
pub(super) fn refuse(instead: &str) {
    if is_async() {
        panic!(
            "codex_sdk::blocking::{instead} was used inside an async context, whose thread it would block: \
             use codex_sdk::{instead} there, or go through tokio::task::spawn_blocking"
        );
    }
}

/// # Panics
/// Inside an async context, with the advice to await `instead`, which this is named after.
#[track_caller]
pub(super) fn refuse_await(instead: &str) {
    if is_async() {
        panic!(
            "`{instead}_within` was used inside an async context, whose thread it would block: await `{instead}` there"
        );
    }
}

fn is_async() -> bool {
    // Most threads that wait have never seen a runtime.
    Handle::try_current().is_ok() && is_polled()
}

/// Whether a runtime is polling this very code.
///
/// A runtime is current in `spawn_blocking` and behind `Handle::enter` as well, where waiting is fine. Only what is polled
/// has a budget; so it is used up, which does not matter any more where there was one.
fn is_polled() -> bool {
    let mut context = Context::from_waker(Waker::noop());
    (0..MORE_THAN_ANY_BUDGET).any(|_| pin!(consume_budget()).poll(&mut context).is_pending())
}

#[cfg(test)]
mod tests {
    use super::is_polled;
    use tokio::runtime::{Builder, Handle};
    use tokio::task::{block_in_place, spawn, spawn_blocking};

    async fn in_root_task_and_closure() -> [bool; 3] {
        let root = is_polled();
        let task = spawn(async { is_polled() }).await.unwrap();
        let closure = spawn_blocking(is_polled).await.unwrap();
        [root, task, closure]
    }

    #[test]
    fn code_that_a_runtime_polls_may_not_wait_and_other_code_may() {
        assert!(!is_polled());
        let current = Builder::new_current_thread().build().unwrap();
        let multi = Builder::new_multi_thread().worker_threads(1).build().unwrap();
        for runtime in [&current, &multi] {
            assert_eq!(runtime.block_on(in_root_task_and_closure()), [true, true, false]);
            let _entered = runtime.enter();
            assert!(Handle::try_current().is_ok() && !is_polled());
        }
        let in_place = spawn_on(&multi, || block_in_place(is_polled));
        assert!(!in_place);
        let nested = spawn_on(&multi, || {
            block_in_place(|| Handle::current().block_on(async { is_polled() }))
        });
        assert!(nested);
        assert!(!is_polled());
    }

    fn spawn_on(
        runtime: &tokio::runtime::Runtime,
        work: impl FnOnce() -> bool + Send + 'static,
    ) -> bool {
        runtime.block_on(async { spawn(async { work() }).await.unwrap() })
    }
}
