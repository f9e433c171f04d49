//! Rust names from wire names.

const KEYWORDS: [&str; 38] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn",
    "else", "enum", "extern", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static",
    "struct", "type", "use", "where",
];

/// Names whose setter would hide something of the type, or that cannot be raw.
const TAKEN: [&str; 6] = ["clone", "crate", "default", "new", "self", "super"];

/// `thread/tokenUsage` as `ThreadTokenUsage`.
pub(super) fn pascal(wire: &str) -> String {
    let mut name = String::new();
    let mut start = true;
    for c in wire.chars() {
        if c.is_ascii_alphanumeric() {
            if name.is_empty() && c.is_ascii_digit() {
                name.push('N');
            }
            name.push(if start { c.to_ascii_uppercase() } else { c });
            start = false;
        } else {
            start = true;
        }
    }
    if name == "Self" { "SelfKind".to_owned() } else { name }
}

/// `tokenUsage` as `token_usage`, `_meta` as `meta`, `type` as `r#type`.
pub(super) fn snake(wire: &str) -> String {
    let mut name = String::new();
    let chars: Vec<char> = wire.chars().collect();
    for (index, &c) in chars.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            if !name.is_empty() && !name.ends_with('_') {
                name.push('_');
            }
            continue;
        }
        let before = index.checked_sub(1).map(|i| chars[i]);
        let after = chars.get(index + 1);
        let starts_word = before.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            || before.is_some_and(|b| b.is_ascii_uppercase())
                && after.is_some_and(char::is_ascii_lowercase);
        if c.is_ascii_uppercase() && starts_word && !name.ends_with('_') {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    let name = name.trim_end_matches('_').to_owned();
    if KEYWORDS.contains(&name.as_str()) {
        format!("r#{name}")
    } else if TAKEN.contains(&name.as_str()) {
        format!("{name}_value")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pascal_names() {
        for (wire, expected) in [
            ("turn/start", "TurnStart"),
            ("on-request", "OnRequest"),
            ("memory_consolidation", "MemoryConsolidation"),
            ("openai/userVerification", "OpenaiUserVerification"),
            ("agentMessage", "AgentMessage"),
            ("1m", "N1m"),
            ("self", "SelfKind"),
        ] {
            assert_eq!(pascal(wire), expected, "{wire}");
        }
    }

    #[test]
    fn snake_names() {
        for (wire, expected) in [
            ("threadId", "thread_id"),
            ("_meta", "meta"),
            ("$schema", "schema"),
            ("move_path", "move_path"),
            ("deltaBase64", "delta_base64"),
            ("baseURL", "base_url"),
            ("HTTPStatus", "http_status"),
            ("type", "r#type"),
            ("default", "default_value"),
        ] {
            assert_eq!(snake(wire), expected, "{wire}");
        }
    }
}
