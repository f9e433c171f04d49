//! Many cases, each in a runtime of its own, on all processors.

use std::any::Any;
use std::fmt::Display;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;
use tokio::runtime::Builder;

/// Runs `check` for every case, and says which one failed.
pub(crate) fn for_each<C: Display + Sync>(cases: &[C], check: impl Fn(&C) + Sync) {
    let next = AtomicUsize::new(0);
    let failure: Mutex<Option<Box<dyn Any + Send>>> = Mutex::new(None);
    let threads = thread::available_parallelism().map_or(2, usize::from).min(cases.len());
    let work = || {
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            if failure.lock().unwrap().is_some() {
                return;
            }
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(case))) {
                eprintln!("that was {case}");
                failure.lock().unwrap().get_or_insert(panic);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    if let Some(panic) = failure.into_inner().unwrap() {
        resume_unwind(panic);
    }
}

/// Runs a session on a clock that stands still while there is anything to do.
///
/// # Panics
/// If an hour of that clock goes by.
pub(crate) fn paused<T>(session: impl Future<Output = T>) -> T {
    const HOUR: Duration = Duration::from_secs(3600);
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    let guarded = async { tokio::time::timeout(HOUR, session).await.expect("the session hangs") };
    runtime.unwrap().block_on(guarded)
}
