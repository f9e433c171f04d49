//! Text for people to see.

use std::io::IsTerminal;

/// One line, without what would move the cursor or turn the direction, so that the person sees what is there.
pub fn plain(text: &str) -> String {
    let mut plain = String::new();
    for character in text.chars() {
        match character {
            '\t' => plain.push(character),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                plain.extend(character.escape_unicode());
            }
            _ if character.is_control() => plain.extend(character.escape_default()),
            _ => plain.push(character),
        }
    }
    plain
}

/// The same, of text that may have several lines.
pub fn plain_lines(text: &str) -> String {
    text.split('\n').map(plain).collect::<Vec<_>>().join("\n")
}

/// The text in a weaker colour, if stdout is a terminal and the person has not asked for no colours (`NO_COLOR`).
pub fn dim(text: &str) -> String {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if unwanted || !std::io::stdout().is_terminal() {
        return text.to_owned();
    }
    format!("\x1b[2m{text}\x1b[0m")
}
