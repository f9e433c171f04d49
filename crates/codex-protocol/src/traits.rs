//! What a method is to the compiler.

use serde::Serialize;

use crate::DecodeError;

/// The params of a request that a client sends.
///
/// Every `*Params` of the schema's client requests has it; write your own for
/// a method that these models do not know yet.
pub trait ClientRequest {
    /// The method as it is on the wire.
    const METHOD: &'static str;

    /// Whether the server refuses it unless `initialize` set `experimentalApi`.
    const EXPERIMENTAL: bool = false;

    /// What answers it.
    type Response: Send + 'static;

    /// Appends the JSON of the params, or nothing to send the method without.
    fn write_params(&self, out: &mut Vec<u8>);

    /// Reads the `result` of a reply.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if it does not have the form of [`Self::Response`].
    fn decode_response(raw: &str) -> Result<Self::Response, DecodeError>;
}

/// The params of a notification that a client sends.
pub trait ClientNotification {
    /// The method as it is on the wire.
    const METHOD: &'static str;

    /// Appends the JSON of the params, or nothing to send the method without.
    fn write_params(&self, out: &mut Vec<u8>);
}

/// The params of one notification of the server.
///
/// Params that two methods share do not have it.
pub trait ServerNotificationParams: Serialize {
    /// The method as it is on the wire.
    const METHOD: &'static str;
}

/// The params of one request of the server.
pub trait ServerRequestParams: Serialize {
    /// The method as it is on the wire.
    const METHOD: &'static str;

    /// What the client answers.
    type Response: Serialize;
}
