//! Requests that this version of the SDK does not know, or cannot read.

use super::{Responder, common, debug};
use crate::asked::UnknownParams;
use crate::event::Undecoded;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

/// A request of a method that this version of the SDK does not know.
///
/// Dropping it answers "method not found", or leaves it to the other clients of a server that was connected to.
#[must_use = "a request that is dropped is refused"]
pub struct UnknownRequest {
    asked: Arc<UnknownParams>,
    pub(super) responder: Responder,
}

/// A request of a method that is known, whose parameters are not what the schema says.
///
/// Dropping it refuses it, or leaves it to the other clients of a server that was connected to.
#[must_use = "a request that is dropped is refused"]
pub struct UndecodedRequest {
    asked: Arc<Undecoded>,
    pub(super) responder: Responder,
}

impl UnknownRequest {
    pub(super) fn new(asked: Arc<UnknownParams>, responder: Responder) -> Self {
        Self { asked, responder }
    }

    /// The method on the wire.
    pub fn method(&self) -> &str {
        &self.asked.method
    }

    /// The parameters.
    pub fn params(&self) -> &Value {
        &self.asked.params
    }

    /// Answers with this result. Gives whether it was still wanted.
    ///
    /// # Errors
    /// The result cannot be written as JSON. The request is declined then.
    pub fn respond(self, result: impl Serialize) -> serde_json::Result<bool> {
        let result = serde_json::to_value(result)?;
        Ok(self.responder.respond(&result))
    }

    common!();
}

impl UndecodedRequest {
    pub(super) fn new(asked: Arc<Undecoded>, responder: Responder) -> Self {
        Self { asked, responder }
    }

    /// The request as it came, with what is wrong with it.
    pub fn undecoded(&self) -> &Undecoded {
        &self.asked
    }

    /// Answers with this result. Gives whether it was still wanted.
    ///
    /// # Errors
    /// The result cannot be written as JSON. The request is declined then.
    pub fn respond(self, result: impl Serialize) -> serde_json::Result<bool> {
        let result = serde_json::to_value(result)?;
        Ok(self.responder.respond(&result))
    }

    common!();
}

debug!(UnknownRequest);
debug!(UndecodedRequest);
