//! Any message, with its payload left as text.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::rt::{self, Key};
use crate::{EnvelopeError, RequestId};

/// The members of a message, in either direction and whatever its kind.
///
/// Proxies and servers read this; a client reads [`decode_incoming`](crate::decode_incoming).
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Envelope<'a> {
    /// Of a request or a notification.
    pub method: Option<Cow<'a, str>>,
    /// Of a request or a reply. `Some(None)` is a null, which only an error may have.
    pub id: Option<Option<RequestId>>,
    /// Of a request or a notification; absent and `null` differ.
    pub params: Option<&'a RawValue>,
    /// Of a response; absent and `null` differ.
    pub result: Option<&'a RawValue>,
    /// Of an error.
    pub error: Option<&'a RawValue>,
    /// When the server sent a notification, in milliseconds since 1970.
    pub emitted_at_ms: Option<i64>,
}

/// Takes a frame apart, in any order of its members.
///
/// # Errors
///
/// [`EnvelopeError`] if the frame is not one JSON object, is cut short, has
/// more after its end, or has an id that is neither an `i64` nor a string.
pub fn decode_envelope(frame: &str) -> Result<Envelope<'_>, EnvelopeError> {
    let mut deserializer = serde_json::Deserializer::from_str(frame);
    serde::Deserializer::deserialize_map(&mut deserializer, EnvelopeVisitor)
        .and_then(|envelope| deserializer.end().map(|()| envelope))
        .map_err(EnvelopeError::Json)
}

struct EnvelopeVisitor;

impl<'de> Visitor<'de> for EnvelopeVisitor {
    type Value = Envelope<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON-RPC message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        const NAME: &str = "message";
        let mut envelope = Envelope::default();
        while let Some(key) = map.next_key::<Key<'de>>()? {
            match key.as_str() {
                "method" => {
                    envelope.method = Some(match rt::value(&mut map, NAME, "method")? {
                        Key::Borrowed(text) => Cow::Borrowed(text),
                        Key::Owned(text) => Cow::Owned(text),
                    });
                }
                "id" => envelope.id = Some(rt::value(&mut map, NAME, "id")?),
                "params" => envelope.params = Some(map.next_value()?),
                "result" => envelope.result = Some(map.next_value()?),
                "error" => envelope.error = Some(map.next_value()?),
                "emittedAtMs" => {
                    envelope.emitted_at_ms = rt::value(&mut map, NAME, "emittedAtMs")?;
                }
                _ => rt::skip(&mut map)?,
            }
        }
        Ok(envelope)
    }
}
