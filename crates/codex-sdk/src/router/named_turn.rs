//! The turn that an answer names.

use codex_protocol::Id;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// The turn that an answer names, whatever else of it can be read.
pub(super) fn named_turn(answer: &RawValue) -> Option<Id> {
    // Only looked over, since no value can be made of some of what JSON may say.
    let id: Id = serde_json::from_str(member(member(answer.get(), "turn")?, "id")?).ok()?;
    (!id.is_empty()).then_some(id)
}

/// The text of an object's member; of the first, if several have the name.
fn member<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let found = serde_json::Deserializer::from_str(object).deserialize_map(Member(name));
    found.ok()?.map(RawValue::get)
}

struct Member<'n>(&'n str);

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(name) = object.next_key::<String>()? {
            let value = object.next_value()?;
            if name == self.0 {
                found = found.or(Some(value));
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_turn_is_known_whatever_else_the_answer_says() {
        let deep = format!("{}{}", "[".repeat(1000), "]".repeat(1000));
        for (answer, turn) in [
            (r#"{"turn":{"id":"u"}}"#.to_owned(), Some("u")),
            (r#"{"a":1e999,"turn":{"x":"\ud800","id":"u"}}"#.to_owned(), Some("u")),
            (format!(r#"{{"turn":{{"id":"u","items":{deep}}}}}"#), Some("u")),
            (r#"{"turn":{"id":"u","id":"v"},"turn":{"id":"w"}}"#.to_owned(), Some("u")),
            (r#"{"turn":{"id":""}}"#.to_owned(), None),
            (r#"{"turn":{"id":7}}"#.to_owned(), None),
            (r#"{"turn":null}"#.to_owned(), None),
            (r#"{"reviewThreadId":"t"}"#.to_owned(), None),
        ] {
            let answer = RawValue::from_string(answer).unwrap();
            assert_eq!(named_turn(&answer).as_deref(), turn, "{answer}");
        }
    }
}
