//! Redaction of JSON by the names of its members.
//!
//! The text is walked, not parsed into values, so that all that stays is as it was: order, spaces, numbers.

use std::ops::Range;

use super::{Hidden, MARK, Redaction};

/// An object or a list, found before what is in it.
#[derive(Debug, Default)]
struct Container {
    parent: usize,
    object: bool,
    /// By its own name.
    hidden: Option<Hidden>,
    /// It is the `value` of its parent, which may turn out to be a secret's.
    is_value: bool,
    /// It has a `name` or `key` that says that its `value` is a secret.
    names_secret: Option<Hidden>,
    /// The last thing in this list was a secret's name.
    after_name: Option<Hidden>,
}

#[derive(Debug)]
struct Scalar {
    place: Range<usize>,
    container: usize,
    hidden: Option<Hidden>,
    is_value: bool,
    is_member_name: bool,
}

/// Redacts JSON, or what looks like it.
#[inline]
pub(super) fn redact(redaction: &Redaction, json: &str) -> String {
    let walk = Walk::over(redaction, json);
    let hidden = walk.hidden_containers();
    let mut redacted = String::with_capacity(json.len());
    let mut copied = 0;
    for scalar in &walk.scalars {
        let container = &walk.containers[scalar.container];
        let by_name = scalar
            .hidden
            .max(hidden[scalar.container])
            .max(container.names_secret.filter(|_| scalar.is_value));
        let token = &json[scalar.place.clone()];
        let replacement = match by_name {
            _ if scalar.is_member_name => within(redaction, token),
            Some(_) if token.starts_with('"') => Some(quoted(MARK)),
            Some(Hidden::All) => Some("0".to_owned()),
            _ => within(redaction, token),
        };
        if let Some(replacement) = replacement {
            redacted.push_str(&json[copied..scalar.place.start]);
            redacted.push_str(&replacement);
            copied = scalar.place.end;
        }
    }
    redacted.push_str(&json[copied..]);
    redacted
}

#[inline]
fn within(redaction: &Redaction, token: &str) -> Option<String> {
    match unquoted(token) {
        Some(text) => redaction.within(&text).map(|text| quoted(&text)),
        // Cut short, or a number.
        None => redaction.within(token),
    }
}

#[inline]
fn unquoted(token: &str) -> Option<String> {
    serde_json::from_str(token).ok()
}

#[inline]
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

struct Walk<'a> {
    redaction: &'a Redaction,
    json: &'a str,
    /// The first stands for the outside.
    containers: Vec<Container>,
    scalars: Vec<Scalar>,
    current: usize,
    /// The name of the member whose value comes next.
    member: Option<String>,
}

impl<'a> Walk<'a> {
    #[inline]
    fn over(redaction: &'a Redaction, json: &'a str) -> Self {
        let containers = vec![Container::default()];
        let mut walk =
            Self { redaction, json, containers, scalars: Vec::new(), current: 0, member: None };
        let mut at = 0;
        while let Some(byte) = json.as_bytes().get(at) {
            at = match byte {
                b'{' | b'[' => walk.open(at, *byte == b'{'),
                b'}' | b']' => walk.close(at),
                b'"' => walk.scalar(at..string_end(json, at)),
                b'-' | b'0'..=b'9' => walk.scalar(at..number_end(json, at)),
                // A literal is no secret, but it takes the member's name along.
                b't' | b'f' | b'n' => walk.literal(at),
                _ => at + 1,
            };
        }
        walk
    }

    #[inline]
    fn open(&mut self, at: usize, object: bool) -> usize {
        let (hidden, is_value) = self.take_name();
        self.containers.push(Container {
            parent: self.current,
            object,
            hidden,
            is_value,
            ..Container::default()
        });
        self.current = self.containers.len() - 1;
        at + 1
    }

    fn close(&mut self, at: usize) -> usize {
        self.current = self.containers[self.current].parent;
        at + 1
    }

    #[inline]
    fn literal(&mut self, at: usize) -> usize {
        self.take_name();
        at + self.json[at..]
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(self.json.len() - at)
    }

    #[inline]
    fn scalar(&mut self, place: Range<usize>) -> usize {
        let (end, token) = (place.end, &self.json[place.clone()]);
        let text = unquoted(token);
        let container = self.current;
        if self.containers[container].object && self.member.is_none() {
            self.member = Some(text.unwrap_or_default());
            let (hidden, is_value, is_member_name) = (None, false, true);
            self.scalars.push(Scalar { place, container, hidden, is_value, is_member_name });
            return end;
        }
        let is_name = self.member.as_deref().is_some_and(|name| {
            ["name", "key", "header"].iter().any(|known| name.eq_ignore_ascii_case(known))
        });
        let in_list = !self.containers[container].object;
        let (hidden, is_value) = self.take_name();
        self.scalars.push(Scalar { place, container, hidden, is_value, is_member_name: false });
        let says_secret = || self.redaction.hides(text.as_deref()?);
        if is_name {
            self.containers[container].names_secret = says_secret();
        } else if in_list {
            self.containers[container].after_name = says_secret();
        }
        end
    }

    /// What the name before the next value hides, and whether that is the value of a pair.
    #[inline]
    fn take_name(&mut self) -> (Option<Hidden>, bool) {
        match self.member.take() {
            Some(name) => {
                let is_value = ["value", "values"].contains(&&*name.to_ascii_lowercase());
                (self.redaction.hides(&name), is_value)
            }
            None => (self.containers[self.current].after_name.take(), false),
        }
    }

    /// What each container hides, by its name or that of one around it.
    #[inline]
    fn hidden_containers(&self) -> Vec<Option<Hidden>> {
        let mut hidden: Vec<Option<Hidden>> = Vec::with_capacity(self.containers.len());
        for container in &self.containers {
            let parent = &self.containers[container.parent];
            let around = hidden.get(container.parent).copied().flatten();
            let paired = parent.names_secret.filter(|_| container.is_value);
            hidden.push(container.hidden.max(around).max(paired));
        }
        hidden
    }
}

/// The end of a string that begins here with its quotation mark.
fn string_end(json: &str, start: usize) -> usize {
    let bytes = json.as_bytes();
    let mut at = start + 1;
    while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
        at += found + 1;
        if bytes[at - 1] == b'"' {
            return at;
        }
        at += 1;
    }
    json.len()
}

fn number_end(json: &str, start: usize) -> usize {
    let rest = &json[start..];
    let end = rest.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'));
    start + end.unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_by_the_names_around_them() {
        for (json, expected) in [
            (r#"{"params":{"accessToken":"x"}}"#, r#"{"params":{"accessToken":"[redacted]"}}"#),
            (
                r#"{"Cookie":{"a":["x",{"b":"y"}]},"c":"z"}"#,
                r#"{"Cookie":{"a":["[redacted]",{"b":"[redacted]"}]},"c":"z"}"#,
            ),
            (r#"{"name":"X-Api-Key","value":"x"}"#, r#"{"name":"X-Api-Key","value":"[redacted]"}"#),
            (
                r#"{"value":{"v":"x"},"key":"GITHUB_TOKEN"}"#,
                r#"{"value":{"v":"[redacted]"},"key":"GITHUB_TOKEN"}"#,
            ),
            (r#"{"name":"Accept","value":"x"}"#, r#"{"name":"Accept","value":"x"}"#),
            (r#"["run","--api-key","x","y"]"#, r#"["run","--api-key","[redacted]","y"]"#),
            (
                r#"[["Authorization","x"],["Accept","y"]]"#,
                r#"[["Authorization","[redacted]"],["Accept","y"]]"#,
            ),
            (
                r#"{"password":1234,"secret":true,"token":null}"#,
                r#"{"password":0,"secret":true,"token":null}"#,
            ),
            (
                r#"{"totalTokens":12,"tokens":["x"]}"#,
                r#"{"totalTokens":12,"tokens":["[redacted]"]}"#,
            ),
            (
                r#"{"tokenUsage":{"last":"x"},"secretary":"y"}"#,
                r#"{"tokenUsage":{"last":"x"},"secretary":"y"}"#,
            ),
            (r#"{"a\"b":"c\\","to\u006ben":"x"}"#, r#"{"a\"b":"c\\","to\u006ben":"[redacted]"}"#),
        ] {
            assert_eq!(redact(&Redaction::standard(), json), expected);
        }
    }
}
