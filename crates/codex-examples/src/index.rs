//! The index of the examples: what `--help` says of each is what a reader finds there.

/// `examples/README.md`.
const INDEX: &str = include_str!("../examples/README.md");

/// An example's name, and what it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What comes after `--example`.
    pub name: &'static str,
    /// One sentence.
    pub shows: &'static str,
}

/// Every example of the index, in its order.
pub fn index() -> impl Iterator<Item = Entry> {
    INDEX.lines().filter_map(row).flat_map(|(names, shows)| {
        // The names are in backticks: every other piece.
        let names = names.split('`').skip(1).step_by(2);
        names.map(move |name| Entry { name, shows })
    })
}

/// The two cells of a row of the table; `None` for other lines, and for the row of headings.
fn row(line: &str) -> Option<(&str, &str)> {
    let (names, shows) = line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | ")?;
    names.starts_with('`').then_some((names, shows))
}
