//! Redaction of text by the shape of what is in it.

use std::ops::Range;

use super::{Hidden, MARK, flat};

/// Ends of names, without casing and separators, that say that the value is a secret.
const SECRET_NAMES: [&str; 16] = [
    "accesskey",
    "apikey",
    "authorization",
    "authkey",
    "bearer",
    "cookie",
    "credential",
    "encryptionkey",
    "jwt",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "secret",
    "secretkey",
    "token",
];

/// How keys of well-known services begin.
const KEY_PREFIXES: [&str; 16] = [
    "sk-",
    "sk_",
    "pk_live_",
    "rk_live_",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "AKIA",
    "ASIA",
    "AIza",
];

/// A key has at least so many characters after its prefix.
const MIN_KEY_CHARS: usize = 8;

/// Longer ones are looked at up to here.
const MAX_NAME_BYTES: usize = 128;
const MAX_WEB_TOKEN_BYTES: usize = 16 * 1024;

/// What a name hides; it comes without casing and separators.
pub(super) fn secret_name(flat: &str) -> Option<Hidden> {
    let singular = flat.strip_suffix('s').unwrap_or(flat);
    let secret = |name: &str| name == "auth" || SECRET_NAMES.iter().any(|end| name.ends_with(end));
    if flat.ends_with("tokens") {
        Some(Hidden::Strings)
    } else {
        (secret(flat) || secret(singular)).then_some(Hidden::All)
    }
}

/// The text without the secrets in it; `None` if there are none.
#[inline]
pub(super) fn redact(text: &str) -> Option<String> {
    let mut redacted = String::new();
    let (mut copied, mut at, mut in_word) = (0, 0, false);
    while let Some(next) = text[at..].chars().next() {
        let secret = match next {
            ':' => url_password(text, at),
            _ if is_word(next) && !in_word => word_secret(text, at),
            _ => None,
        };
        in_word = is_word(next);
        match secret.filter(|place| !text[place.start..].starts_with(MARK)) {
            Some(place) => {
                redacted.push_str(&text[copied..place.start]);
                redacted.push_str(MARK);
                (copied, at) = (place.end, place.end);
            }
            None => at += next.len_utf8(),
        }
    }
    if copied == 0 {
        return None;
    }
    redacted.push_str(&text[copied..]);
    Some(redacted)
}

/// The secret that the word here is, or that it announces.
#[inline]
fn word_secret(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = &text[start..];
    if let Some(prefix) = KEY_PREFIXES.iter().find(|prefix| rest.starts_with(**prefix)) {
        let key = run(&rest[prefix.len()..], is_name);
        if key >= MIN_KEY_CHARS {
            return Some(start..start + prefix.len() + key);
        }
    }
    if rest.starts_with("eyJ") {
        let token = run(bounded(rest, MAX_WEB_TOKEN_BYTES), |c| is_name(c) || c == '.');
        if rest[..token].matches('.').count() >= 2 {
            return Some(start..start + token);
        }
    }
    let name = &rest[..run(bounded(rest, MAX_NAME_BYTES), is_name)];
    let after = start + name.len();
    if let Some(hidden) = secret_name(&flat(name)) {
        let flag = text[..start].ends_with("--");
        let value = value_of(text, after, name, flag).filter(|place| {
            let value = &text[place.clone()];
            let count = hidden == Hidden::Strings && value.bytes().all(|b| b.is_ascii_digit());
            !count && !["null", "true", "false"].contains(&value)
        });
        if value.is_some() {
            return value;
        }
    }
    credentials(text, after, name)
}

/// What stands after `NAME=`, `NAME: `, `"NAME": "` or `--NAME `.
#[inline]
fn value_of(text: &str, after: usize, name: &str, flag: bool) -> Option<Range<usize>> {
    let rest = text[after..].trim_start_matches('\\');
    let unquoted = rest.strip_prefix(['"', '\'']).unwrap_or(rest);
    let spaced = unquoted.trim_start_matches(' ');
    let value = match spaced.strip_prefix([':', '=']) {
        Some(value) => value.trim_start_matches([' ', '\t', '>']),
        None if flag && spaced.len() < rest.len() => spaced,
        None => return None,
    };
    let bare = value.trim_start_matches('\\');
    let (value, quote) = match bare.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        Some(quote) => (&bare[1..], Some(quote)),
        None => (value, None),
    };
    // A header's value goes on to the end of the line.
    let name = flat(name);
    let header = name.ends_with("authorization") || name.ends_with("cookie");
    let end = run(value, |c| match (quote, c) {
        (_, '\n' | '\r' | '\\') => false,
        (Some(quote), c) => c != quote,
        (None, '"' | '\'' | '`') => false,
        (None, c) => {
            header || !(c.is_whitespace() || matches!(c, ',' | ';' | '&' | ')' | '}' | ']'))
        }
    });
    let start = text.len() - value.len();
    (end > 0).then_some(start..start + end)
}

/// What stands after `Bearer ` or `Basic `.
#[inline]
fn credentials(text: &str, after: usize, scheme: &str) -> Option<Range<usize>> {
    let value = text[after..].strip_prefix(' ')?.trim_start_matches(' ');
    let start = text.len() - value.len();
    let end = run(value, |c| is_name(c) || matches!(c, '.' | '~' | '+' | '/' | '='));
    let opaque =
        || value[..end].contains(|c: char| c.is_ascii_digit() || c.is_uppercase() || c == '=');
    let found = match () {
        () if scheme.eq_ignore_ascii_case("bearer") => end >= 6,
        () if scheme.eq_ignore_ascii_case("basic") => end >= 8 && opaque(),
        () => false,
    };
    found.then_some(start..start + end)
}

/// The password, or the user that is one, in `://user:password@host`.
#[inline]
fn url_password(text: &str, at: usize) -> Option<Range<usize>> {
    let rest = text[at..].strip_prefix("://")?;
    let authority = &rest
        [..run(rest, |c| !(c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '\\')))];
    let user = &authority[..authority.rfind('@')?];
    let start = at + "://".len();
    match user.find(':') {
        Some(colon) if colon + 1 < user.len() => Some(start + colon + 1..start + user.len()),
        None if user.len() >= 2 * MIN_KEY_CHARS => Some(start..start + user.len()),
        _ => None,
    }
}

fn run(text: &str, fits: impl Fn(char) -> bool) -> usize {
    text.find(|c| !fits(c)).unwrap_or(text.len())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// The first bytes of a text, so that looking ahead at every word costs no more than the text is long.
fn bounded(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_by_their_shape() {
        for (text, expected) in [
            ("use sk-proj-abcDEF_123 here", "use [redacted] here"),
            ("(ghp_0123456789abcdef)", "([redacted])"),
            ("eyJhbGciOi.eyJzdWIi.c2ln-_", "[redacted]"),
            ("curl -H 'Authorization: Bearer abc.def' x", "curl -H 'Authorization: [redacted]' x"),
            ("Cookie: a=b; c=d\nAccept: x", "Cookie: [redacted]\nAccept: x"),
            ("say Bearer opaque-1 é", "say Bearer [redacted] é"),
            ("Basic dXNlcjpwYXNz", "Basic [redacted]"),
            ("export OPENAI_API_KEY=abc; ls", "export OPENAI_API_KEY=[redacted]; ls"),
            ("X-Api-Key: abc", "X-Api-Key: [redacted]"),
            (
                r#"{\"accessToken\": \"abc\", \"a\": 1}"#,
                r#"{\"accessToken\": \"[redacted]\", \"a\": 1}"#,
            ),
            ("run --token abc --fast", "run --token [redacted] --fast"),
            ("?a=b&access_token=abc&c=d", "?a=b&access_token=[redacted]&c=d"),
            ("postgres://me:pass@host/db", "postgres://me:[redacted]@host/db"),
            ("https://0123456789abcdef@host", "https://[redacted]@host"),
            ("password='a b' c", "password='[redacted]' c"),
        ] {
            let redacted = redact(text);
            assert_eq!(redacted.as_deref(), Some(expected), "{text}");
            assert_eq!(redact(expected), None, "what is taken out is no secret: {expected}");
        }
    }

    #[test]
    fn what_only_looks_alike_stays() {
        for text in [
            "",
            "a task-runner-0123456789 and risk-assessment",
            "sk-short",
            "eyJust a word...",
            "max_tokens=100, total tokens: 12",
            "a basic understanding of the token",
            "secret = null",
            "ssh://git@host and http://host:80/x@y",
            "The monkey: 🐒",
        ] {
            assert_eq!(redact(text), None);
        }
    }
}
