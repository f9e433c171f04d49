//! What the client sent.

use codex_protocol::ClientRequest;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// One request or notification of the client, as a [`MockServer`](crate::MockServer) got it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MockRequest {
    /// Its method.
    pub method: String,
    /// Its params, null if it had none.
    pub params: Value,
}

impl MockRequest {
    /// The params, if it is a `P` and they can be read as such.
    pub fn params<P: ClientRequest + DeserializeOwned>(&self) -> Option<P> {
        if self.method != P::METHOD {
            return None;
        }
        // From text, as off the wire.
        serde_json::from_str(&self.params.to_string()).ok()
    }
}
