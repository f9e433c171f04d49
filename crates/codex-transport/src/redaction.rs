//! What is taken out of a recording.

mod members;
mod text;

use std::fmt;

use serde_json::value::RawValue;

/// Stands where something was taken out.
pub(crate) const MARK: &str = "[redacted]";

/// What a [`Record`](crate::Record) takes out of the frames that it writes.
///
/// The standard takes out, at any depth:
///
/// - by name: every string and number under a member whose name ends in `token`, `secret`, `password`, `apiKey`, `privateKey`, `authorization`, `cookie`, `credential` and their like, in any casing (`OPENAI_API_KEY`, `x-api-key`); the `value` beside a `name` or `key` that is such a name; the string after one in a list (`["--token", ".."]`);
/// - by shape, within any text: `sk-..` and the keys of other well-known services, JSON web tokens, `Bearer ..`, `Basic ..`, `NAME=..` and `NAME: ..` with such a name, passwords in URLs.
///
/// Rather too much is taken out than too little.
/// A secret is not found if it has neither name nor shape, or comes in pieces over several frames, as text that the model repeats does.
/// Look at a recording before you publish it.
///
/// ```
/// use codex_transport::Redaction;
///
/// let redaction = Redaction::standard()
///     .member("accountId")
///     .text(|text| text.contains("ACME").then(|| text.replace("ACME", "[customer]")));
/// # let _ = redaction;
/// ```
pub struct Redaction {
    standard: bool,
    members: Vec<String>,
    texts: Vec<Box<Replace>>,
}

type Replace = dyn Fn(&str) -> Option<String> + Send;

impl Redaction {
    /// Takes out keys, tokens, passwords, cookies and credentials.
    pub fn standard() -> Self {
        Self { standard: true, members: Vec::new(), texts: Vec::new() }
    }

    /// Takes out nothing.
    pub fn none() -> Self {
        Self { standard: false, members: Vec::new(), texts: Vec::new() }
    }

    /// Also takes out every string and number under members of this name; casing, `-` and `_` do not matter.
    #[must_use]
    pub fn member(mut self, name: impl AsRef<str>) -> Self {
        self.members.push(flat(name.as_ref()));
        self
    }

    /// Also replaces text by what this gives: asked for every string, member names included.
    #[must_use]
    pub fn text(mut self, replace: impl Fn(&str) -> Option<String> + Send + 'static) -> Self {
        self.texts.push(Box::new(replace));
        self
    }

    /// The frame as it may be written: `Ok` for JSON, which it stays, and `Err` for any other text.
    #[inline]
    pub(crate) fn frame(&self, frame: &str) -> Result<String, String> {
        match serde_json::from_str::<&RawValue>(frame) {
            Ok(json) => Ok(members::redact(self, json.get())),
            Err(_) => Err(self.within(frame).unwrap_or_else(|| frame.to_owned())),
        }
    }

    /// What of a value with this name is taken out whole.
    #[inline]
    fn hides(&self, name: &str) -> Option<Hidden> {
        let name = flat(name);
        if self.members.contains(&name) {
            return Some(Hidden::All);
        }
        self.standard.then(|| text::secret_name(&name)).flatten()
    }

    /// The text without the secrets in it; `None` if there are none.
    #[inline]
    fn within(&self, text: &str) -> Option<String> {
        let mut redacted = None;
        // JSON within text, also when it is cut short, has names to go by; each text in it comes here again.
        if text.trim_start().starts_with(['{', '[']) {
            redacted = Some(members::redact(self, text)).filter(|redacted| redacted != text);
            if is_json(text) {
                return redacted;
            }
            // What only begins like JSON, such as `[section]` or `{..} and more`, has text outside its strings.
        }
        if self.standard {
            redacted = text::redact(redacted.as_deref().unwrap_or(text)).or(redacted);
        }
        for replace in &self.texts {
            let replaced = replace(redacted.as_deref().unwrap_or(text));
            redacted = replaced.or(redacted);
        }
        redacted
    }
}

impl Default for Redaction {
    fn default() -> Self {
        Self::standard()
    }
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redaction")
            .field("standard", &self.standard)
            .field("members", &self.members)
            .finish_non_exhaustive()
    }
}

/// What a name hides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hidden {
    /// Strings alone: `totalTokens` counts, while `tokens` may hold some.
    Strings,
    /// Strings and numbers.
    All,
}

#[inline]
fn is_json(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok()
}

/// A name without casing and separators.
#[inline]
fn flat(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_as_it_was_written_but_for_what_is_taken_out() {
        let json = r#"{ "b":1.50 ,"a" : [ true,null, "x\u00e9"],"apiKey":"abc","n":{"token":12}}"#;
        let expected =
            r#"{ "b":1.50 ,"a" : [ true,null, "x\u00e9"],"apiKey":"[redacted]","n":{"token":0}}"#;
        assert_eq!(Redaction::standard().frame(json).unwrap(), expected);
        assert_eq!(Redaction::none().frame(json).unwrap(), json);
    }

    #[test]
    fn what_is_no_json_is_text() {
        let redacted = Redaction::standard().frame("{\"apiKey\":\"abc\",").unwrap_err();
        assert_eq!(redacted, "{\"apiKey\":\"[redacted]\",");
    }

    #[test]
    fn what_only_begins_like_json_is_text_as_well() {
        for (text, expected) in [
            (
                "[default]\naws_secret_access_key = AKIA0123456789",
                "[default]\naws_secret_access_key = [redacted]",
            ),
            ("[info] Authorization: Bearer abc.def", "[info] Authorization: [redacted]"),
            (
                r#" {"level":"info","token":"x"} export API_TOKEN=abc; ls"#,
                r#" {"level":"info","token":"[redacted]"} export API_TOKEN=[redacted]; ls"#,
            ),
            ("{\"a\":\"b\"}\n{\"token\":\"x\"}", "{\"a\":\"b\"}\n{\"token\":\"[redacted]\"}"),
            ("{ apiKey: 'abc' }", "{ apiKey: '[redacted]' }"),
            ("[1] done, [2] of 3", "[1] done, [2] of 3"),
        ] {
            let redaction = Redaction::standard();
            assert_eq!(redaction.frame(text), Err(expected.to_owned()), "as a frame");
            let within = serde_json::json!({ "output": text }).to_string();
            let redacted = serde_json::json!({ "output": expected }).to_string();
            assert_eq!(redaction.frame(&within), Ok(redacted), "in a frame");
        }
        let redaction = Redaction::none()
            .text(|text| text.contains("ACME").then(|| text.replace("ACME", "[customer]")));
        assert_eq!(redaction.frame("[info] ACME"), Err("[info] [customer]".to_owned()));
    }

    #[test]
    fn members_and_texts_of_your_own_are_taken_out_as_well() {
        let redaction = Redaction::none()
            .member("account_id")
            .text(|text| text.contains("ACME").then(|| text.replace("ACME", "X")))
            .text(|text| text.contains("X!").then(|| text.replace("X!", "Y")));
        let json = r#"{"accountId":{"a":["b",7]},"apiKey":"kept","ACME":"of ACME!"}"#;
        assert_eq!(
            redaction.frame(json).unwrap(),
            r#"{"accountId":{"a":["[redacted]",0]},"apiKey":"kept","X":"of Y"}"#
        );
    }

    #[test]
    fn a_deep_frame_does_no_harm() {
        let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(Redaction::standard().frame(&deep), Ok(deep));
    }
}
