//! A generous limit on tests that would otherwise hang.

use std::future::Future;
use std::time::Duration;

/// Runs `test`; panics if it takes a minute.
pub(crate) async fn within<T>(test: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), test).await.expect("the test hangs")
}
