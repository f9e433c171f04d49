//! From an async value to its twin.

use super::engine::Engine;

/// What has a blocking twin.
pub(crate) trait IntoBlocking {
    /// The twin.
    type Blocking;

    /// The twin, which waits by this engine.
    fn into_blocking(self, engine: &Engine) -> Self::Blocking;
}
