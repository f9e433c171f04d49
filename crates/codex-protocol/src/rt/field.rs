//! One member of an object, and where its errors say they happened.

use serde::de::{Deserialize, Error, IgnoredAny, MapAccess};

/// The value of the member whose name was just read; an error names its place.
pub(crate) fn value<'de, A, T>(map: &mut A, owner: &str, wire: &str) -> Result<T, A::Error>
where
    A: MapAccess<'de>,
    T: Deserialize<'de>,
{
    match map.next_value() {
        Ok(value) => Ok(value),
        Err(error) => Err(inside(&error, owner, wire)),
    }
}

/// Passes over a member that the models do not know.
#[inline(never)]
pub(crate) fn skip<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<IgnoredAny>().map(drop)
}

/// The error of a value with the field that holds it in front.
///
/// `serde_json` takes the position at the end of a custom message over, so the
/// line and column of the innermost error survive any number of these.
#[cold]
pub(super) fn inside<E: Error>(error: &E, owner: &str, wire: &str) -> E {
    E::custom(format_args!("{owner}.{wire}: {}", without_content(&error.to_string())))
}

/// The text of an error less the string that it quotes, which may be a user's.
fn without_content(text: &str) -> String {
    const OPEN: &str = "string \"";
    const CLOSE: &str = "\", expected ";
    match (text.find(OPEN), text.rfind(CLOSE)) {
        (Some(open), Some(close)) if open + OPEN.len() <= close => {
            format!("{}string, expected {}", &text[..open], &text[close + CLOSE.len()..])
        }
        _ => text.to_owned(),
    }
}

/// The text of an error less the position that `serde_json` ends it with.
pub(crate) fn cut_position(text: &str) -> &str {
    text.rfind(" at line ").map_or(text, |end| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_of_a_string_is_not_repeated() {
        let text =
            "T.f: invalid type: string \"a \\\"secret\\\" text\", expected i64 at line 1 column 2";
        assert_eq!(
            without_content(text),
            "T.f: invalid type: string, expected i64 at line 1 column 2"
        );
        assert_eq!(without_content("missing field"), "missing field");
    }
}
