//! Waiting without a runtime.

use super::async_context;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// Waits for a future that needs no runtime, this long at most; whether it came to its end.
///
/// # Panics
/// Inside an async context; the message says to await `instead`.
#[track_caller]
pub(crate) fn within(limit: Duration, future: impl Future<Output = ()>, instead: &str) -> bool {
    async_context::refuse_await(instead);
    // A limit beyond the clock's end is none.
    let until = Instant::now().checked_add(limit);
    let waker = Waker::from(Arc::new(Parked(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(()) = future.as_mut().poll(&mut context) {
            return true;
        }
        let Some(until) = until else {
            thread::park();
            continue;
        };
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        thread::park_timeout(left);
    }
}

/// A thread that waits.
struct Parked(Thread);

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[test]
    fn it_ends_with_the_future_or_with_the_limit() {
        assert!(within(Duration::ZERO, async {}, "it"));
        assert!(!within(Duration::from_millis(1), std::future::pending(), "it"));
        for limit in [Duration::from_secs(60), Duration::MAX] {
            let (sender, receiver) = oneshot::channel();
            let sending = thread::spawn(move || sender.send(()).unwrap());
            assert!(within(limit, async { receiver.await.unwrap() }, "it"));
            sending.join().unwrap();
        }
    }

    #[test]
    fn inside_async_it_says_what_to_await() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let waiting = || runtime.block_on(async { within(Duration::ZERO, async {}, "it") });
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(waiting)).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert_eq!(
            message,
            "`it_within` was used inside an async context, whose thread it would block: await `it` there"
        );
    }
}
