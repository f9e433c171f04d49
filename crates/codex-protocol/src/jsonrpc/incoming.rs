//! What a client receives.

use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::envelope::{Envelope, decode_envelope};
use crate::rt::{self, Key, Seed, Source, To};
use crate::{DecodeError, EnvelopeError, RequestId, RpcError, ServerNotification, ServerRequest};

/// One message of the server, decoded as far as its kind allows.
#[derive(Debug)]
#[non_exhaustive]
pub enum Incoming<'a> {
    /// A notification, of a method that is known or not.
    Notification {
        /// What happened.
        notification: ServerNotification,
        /// When the server sent it, in milliseconds since 1970.
        emitted_at_ms: Option<i64>,
    },
    /// A request, of a method that is known or not: the server waits for a reply.
    Request {
        /// What the reply has to carry.
        id: RequestId,
        /// What is asked.
        request: ServerRequest,
    },
    /// The reply to a request of ours; its method says how to read it.
    Response {
        /// The request that it answers.
        id: RequestId,
        /// For [`ClientRequest::decode_response`](crate::ClientRequest::decode_response); `null` is a legal reply.
        result: &'a RawValue,
    },
    /// The refusal of a request of ours.
    Error {
        /// The request that it answers; `None` if the server could not tell.
        id: Option<RequestId>,
        /// Why.
        error: RpcError,
    },
    /// A notification of a known method whose params these models cannot read.
    UndecodedNotification {
        /// The method, one that is known.
        method: String,
        /// Its params as they came, `null` if it had none.
        params: Box<RawValue>,
        /// What is wrong with them.
        error: DecodeError,
    },
    /// A request of a known method whose params these models cannot read: the server waits all the same.
    UndecodedRequest {
        /// What the reply has to carry.
        id: RequestId,
        /// The method, one that is known.
        method: String,
        /// Its params as they came, `null` if it had none.
        params: Box<RawValue>,
        /// What is wrong with them.
        error: DecodeError,
    },
}

/// Decodes one frame of the server.
///
/// The server writes `method` before `params`, which are then read straight
/// into their type, in one pass; a notification or a reply exactly as it writes
/// them is not even taken apart. Any other order of members is as right, and slower.
///
/// # Errors
///
/// [`EnvelopeError`] if the frame is no message at all. Params that cannot be
/// read are a value, not an error.
pub fn decode_incoming(frame: &str) -> Result<Incoming<'_>, EnvelopeError> {
    if let Some(notification) = usual_notification(frame) {
        return Ok(notification);
    }
    if let Some(response) = usual_response(frame) {
        return Ok(response);
    }
    decode_member_by_member(frame)
}

/// A notification as the server writes it: nothing between its members, and
/// `emittedAtMs` after the params or not at all. Its params are cut out without
/// reading what is around them.
///
/// `None` is whatever else, to be read the plain way, which gives the same for
/// what is read here: what was cut out must be one JSON value to its end.
fn usual_notification(frame: &str) -> Option<Incoming<'static>> {
    let rest = frame.strip_prefix(r#"{"method":""#)?;
    // A method is short: a search made for long texts would take longer.
    let (method, rest) = rest.split_at(rest.bytes().position(|byte| byte == b'"')?);
    let (params, emitted_at_ms) = cut_time(rest.strip_prefix(r#"","params":"#)?)?;
    let notification = ServerNotification::from_params(method, params).ok()??;
    Some(Incoming::Notification { notification, emitted_at_ms })
}

/// Params and the time of sending, of a text that begins with the params.
fn cut_time(text: &str) -> Option<(&str, Option<i64>)> {
    let members = text.strip_suffix('}')?;
    let digits = members.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (rest, number) = members.split_at(members.len() - digits);
    let Some(params) = rest.strip_suffix(r#","emittedAtMs":"#) else {
        return Some((members, None));
    };
    // JSON has no number that begins with a zero and goes on. So few digits do not overflow.
    if !(1..=18).contains(&digits) || (digits > 1 && number.starts_with('0')) {
        return None;
    }
    let time = number.bytes().fold(0, |time, digit| time * 10 + i64::from(digit - b'0'));
    Some((params, Some(time)))
}

/// A reply as the server writes it: nothing between its members, the number of
/// the request first. Its result is cut out like the params of a notification.
fn usual_response(frame: &str) -> Option<Incoming<'_>> {
    let (number, rest) = frame.strip_prefix(r#"{"id":"#)?.split_once(',')?;
    let result = rest.strip_prefix(r#""result":"#)?.strip_suffix('}')?;
    // As JSON writes it; another number, such as `-0`, is read the plain way.
    let id: i64 = number.parse().ok()?;
    let is_json = number == "0" || number.starts_with(|first| ('1'..='9').contains(&first));
    let result = is_json.then(|| serde_json::from_str(result).ok())??;
    Some(Incoming::Response { id: RequestId::Integer(id), result })
}

/// The plain way: member by member, in whatever order they come.
fn decode_member_by_member(frame: &str) -> Result<Incoming<'_>, EnvelopeError> {
    let mut parts = Parts::default();
    let mut deserializer = serde_json::Deserializer::from_str(frame);
    let outcome = serde::Deserializer::deserialize_map(&mut deserializer, OnePass(&mut parts))
        .and_then(|()| deserializer.end());
    if outcome.is_ok() {
        if let Some(message) = parts.message() {
            return Ok(message);
        }
    }
    // Whatever was unusual, the general way says what it is.
    sort(decode_envelope(frame)?)
}

/// What was read of a message.
#[derive(Default)]
struct Parts<'de> {
    method: Option<Key<'de>>,
    id: Option<RequestId>,
    result: Option<&'de RawValue>,
    error: Option<RpcError>,
    emitted_at_ms: Option<i64>,
    notification: Option<ServerNotification>,
    request: Option<ServerRequest>,
}

impl<'de> Parts<'de> {
    /// The message, if it is one whose members came in the server's order.
    fn message(self) -> Option<Incoming<'de>> {
        let Self { method, id, result, error, emitted_at_ms, notification, request } = self;
        match (notification, request, id, result, error) {
            (Some(notification), None, None, None, None) => {
                Some(Incoming::Notification { notification, emitted_at_ms })
            }
            (None, Some(request), Some(id), None, None) => Some(Incoming::Request { id, request }),
            (None, None, Some(id), Some(result), None) if method.is_none() => {
                Some(Incoming::Response { id, result })
            }
            (None, None, Some(id), None, Some(error)) if method.is_none() => {
                Some(Incoming::Error { id: Some(id), error })
            }
            _ => None,
        }
    }

    /// Reads the params of a method that is known by now; anything else ends the one pass.
    fn read_params(&mut self, params: &mut dyn Source<'_>) -> Result<(), serde_json::Error> {
        let method = self.method.as_ref().map(Key::as_str).unwrap_or_default();
        self.notification = ServerNotification::read_params(method, params)?;
        if self.notification.is_none() {
            self.request = ServerRequest::read_params(method, params)?;
        }
        if self.notification.is_none() && self.request.is_none() {
            return Err(Error::custom("params before their method, or of an unknown one"));
        }
        Ok(())
    }
}

/// Reads the members of a message in one pass.
struct OnePass<'p, 'de>(&'p mut Parts<'de>);

impl<'de> Visitor<'de> for OnePass<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON-RPC message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let parts = self.0;
        while let Some(key) = map.next_key::<Key<'de>>()? {
            match key.as_str() {
                "method" => parts.method = Some(map.next_value()?),
                "id" => parts.id = Some(map.next_value()?),
                "params" => {
                    let read = |params: &mut dyn Source<'_>| parts.read_params(params);
                    map.next_value_seed(Seed(&mut To(read)))?;
                }
                "result" => parts.result = Some(map.next_value()?),
                "error" => parts.error = Some(map.next_value()?),
                "emittedAtMs" => parts.emitted_at_ms = map.next_value()?,
                _ => rt::skip(&mut map)?,
            }
        }
        Ok(())
    }
}

/// The general way: the kind from the members that are there, params from their text.
fn sort(envelope: Envelope<'_>) -> Result<Incoming<'_>, EnvelopeError> {
    let Envelope { method, id, params, result, error, emitted_at_ms } = envelope;
    match (method, id, result, error) {
        (Some(method), None, None, None) => {
            Ok(notification(&method, params, emitted_at_ms).map_err(EnvelopeError::Json)?)
        }
        (Some(method), Some(Some(id)), None, None) => {
            Ok(request(id, &method, params).map_err(EnvelopeError::Json)?)
        }
        (None, Some(Some(id)), Some(result), None) => Ok(Incoming::Response { id, result }),
        (None, id, None, Some(error)) => {
            let error = serde_json::from_str(error.get()).map_err(EnvelopeError::Json)?;
            Ok(Incoming::Error { id: id.flatten(), error })
        }
        (_, Some(None), ..) => Err(EnvelopeError::Shape("its id is null")),
        (None, None, Some(_), None) => Err(EnvelopeError::Shape("a result without an id")),
        (None, _, None, None) => Err(EnvelopeError::Shape("no method, no result and no error")),
        _ => Err(EnvelopeError::Shape("more than one of method, result and error")),
    }
}

fn notification(
    method: &str,
    params: Option<&RawValue>,
    emitted_at_ms: Option<i64>,
) -> Result<Incoming<'static>, serde_json::Error> {
    let Some(known) = ServerNotification::known_method(method) else {
        let notification =
            ServerNotification::Unrecognized { method: method.to_owned(), params: any(params)? };
        return Ok(Incoming::Notification { notification, emitted_at_ms });
    };
    match ServerNotification::from_params(known, text(params)) {
        Ok(Some(notification)) => Ok(Incoming::Notification { notification, emitted_at_ms }),
        Ok(None) => unreachable_method(known),
        Err(source) => Ok(Incoming::UndecodedNotification {
            method: known.to_owned(),
            params: raw(params),
            error: DecodeError::new(known, source),
        }),
    }
}

fn request(
    id: RequestId,
    method: &str,
    params: Option<&RawValue>,
) -> Result<Incoming<'static>, serde_json::Error> {
    let Some(known) = ServerRequest::known_method(method) else {
        let request =
            ServerRequest::Unrecognized { method: method.to_owned(), params: any(params)? };
        return Ok(Incoming::Request { id, request });
    };
    match ServerRequest::from_params(known, text(params)) {
        Ok(Some(request)) => Ok(Incoming::Request { id, request }),
        Ok(None) => unreachable_method(known),
        Err(source) => Ok(Incoming::UndecodedRequest {
            id,
            method: known.to_owned(),
            params: raw(params),
            error: DecodeError::new(known, source),
        }),
    }
}

/// Both tables come from the same list, so a known method is always read.
fn unreachable_method(method: &str) -> Result<Incoming<'static>, serde_json::Error> {
    Err(Error::custom(format_args!("{method} is missing from its own table")))
}

/// A method without params is read as one with none set.
fn text(params: Option<&RawValue>) -> &str {
    params.map_or("{}", RawValue::get)
}

fn raw(params: Option<&RawValue>) -> Box<RawValue> {
    params.map_or_else(|| RawValue::NULL.to_owned(), ToOwned::to_owned)
}

fn any(params: Option<&RawValue>) -> Result<Value, serde_json::Error> {
    params.map_or(Ok(Value::Null), |params| serde_json::from_str(params.get()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_notification_is_known_by_its_very_letters() {
        let params = r#"{"threadId":"t","turnId":"u","itemId":"i","delta":"a \"b\" }"}"#;
        let method = "item/agentMessage/delta";
        for (tail, emitted) in [
            ("}", Some(None)),
            (r#","emittedAtMs":17}"#, Some(Some(17))),
            (r#","emittedAtMs":0}"#, Some(Some(0))),
            (r#","emittedAtMs":017}"#, None),
            (r#","emittedAtMs":-17}"#, None),
            (r#","emittedAtMs":17e1}"#, None),
            (r#","emittedAtMs":null}"#, None),
            (r#","emittedAtMs":99999999999999999999}"#, None),
            (r#","emittedAtMs":}"#, None),
            (r#","emittedAtMs":17} "#, None),
            (r#","emittedAtMs":17}}"#, None),
            (r#","emittedAtMs":17"#, None),
            (r#","new":1,"emittedAtMs":17}"#, None),
            (r#","id":1}"#, None),
            ("", None),
        ] {
            let frame = format!(r#"{{"method":"{method}","params":{params}{tail}"#);
            let read = usual_notification(&frame).map(|incoming| match incoming {
                Incoming::Notification { emitted_at_ms, .. } => emitted_at_ms,
                other => panic!("{other:?}"),
            });
            assert_eq!(read, emitted, "{frame}");
        }
        for frame in [
            r#"{ "method":"item/agentMessage/delta","params":{}}"#,
            r#"{"method":"item\/agentMessage/delta","params":{}}"#,
            r#"{"method":"of/later","params":{}}"#,
            r#"{"method":"item/agentMessage/delta"}"#,
            r#"{"method":"item/agentMessage/delta","params":}"#,
        ] {
            assert!(usual_notification(frame).is_none(), "{frame}");
        }
    }

    #[test]
    fn the_usual_response_is_known_by_its_very_letters() {
        for (frame, read) in [
            (r#"{"id":7,"result":{"a":[1,"}"]}}"#, Some((7, r#"{"a":[1,"}"]}"#))),
            (r#"{"id":0,"result":null}"#, Some((0, "null"))),
            (r#"{"id":9223372036854775807,"result":{}}"#, Some((i64::MAX, "{}"))),
            (r#"{"id":9223372036854775808,"result":{}}"#, None),
            (r#"{"id":07,"result":{}}"#, None),
            (r#"{"id":+7,"result":{}}"#, None),
            (r#"{"id":-7,"result":{}}"#, None),
            (r#"{"id":7.0,"result":{}}"#, None),
            (r#"{"id":"7","result":{}}"#, None),
            (r#"{"id":null,"result":{}}"#, None),
            (r#"{"id":,"result":{}}"#, None),
            (r#"{"id": 7,"result":{}}"#, None),
            (r#"{"id":7,"result":}"#, None),
            (r#"{"id":7,"result":{}"#, None),
            (r#"{"id":7,"result":{}} "#, None),
            (r#"{"id":7,"result":{}}}"#, None),
            (r#"{"id":7,"result":{},"error":{"code":1,"message":""}}"#, None),
            (r#"{"id":7,"result":{},"new":1}"#, None),
            (r#"{"id":7,"error":{"code":1,"message":""}}"#, None),
            (r#"{"id":7,"method":"of/later","params":{}}"#, None),
        ] {
            let usual = usual_response(frame).map(|incoming| match incoming {
                Incoming::Response { id: RequestId::Integer(id), result } => (id, result.get()),
                other => panic!("{other:?}"),
            });
            assert_eq!(usual, read, "{frame}");
            if let Some((id, result)) = read {
                let Ok(Incoming::Response { id: plain_id, result: plain }) =
                    decode_member_by_member(frame)
                else {
                    panic!("{frame}")
                };
                assert_eq!((plain_id, plain.get()), (RequestId::Integer(id), result));
            }
        }
    }
}
