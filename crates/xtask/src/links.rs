//! `cargo xtask links`: whether the links of the documents lead somewhere.
//!
//! Files and headings of this repository are looked up. What lies elsewhere is not asked: a check must not fail because
//! somebody else's machine is down.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::{Failure, checkout};

/// Looks up every link of every document that git knows.
pub(crate) fn check() -> Result<(), Failure> {
    let root = crate::workspace_root();
    let files: BTreeSet<PathBuf> = checkout::files()?.into_iter().collect();
    let mut documents = BTreeMap::new();
    for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "md")) {
        documents.insert(file.clone(), Document::parse(&std::fs::read_to_string(root.join(file))?));
    }
    let broken = broken_links(&documents, &files);
    if broken.is_empty() {
        return Ok(());
    }
    let lines: Vec<_> = broken.iter().map(ToString::to_string).collect();
    Err(format!("{} links lead nowhere:\n{}", broken.len(), lines.join("\n")).into())
}

/// What matters of a document here.
#[derive(Debug, Default, PartialEq)]
struct Document {
    /// The names by which its headings can be linked to.
    anchors: BTreeSet<String>,
    /// Where its links lead, with their lines.
    links: Vec<(usize, String)>,
}

/// A link that leads nowhere.
#[derive(Debug, PartialEq)]
struct Broken {
    document: PathBuf,
    line: usize,
    link: String,
    problem: &'static str,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { document, line, link, problem } = self;
        write!(f, "  {}:{line}: {link}: {problem}", document.display())
    }
}

impl Document {
    fn parse(text: &str) -> Self {
        let mut document = Self::default();
        let mut heading: Option<String> = None;
        let mut seen = BTreeMap::<String, usize>::new();
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
        for (event, place) in Parser::new_ext(text, options).into_offset_iter() {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    let name = anchor(&heading.take().unwrap_or_default());
                    let count = seen.entry(name.clone()).or_default();
                    // A heading that was there before is linked to with a number behind it.
                    let name = if *count == 0 { name } else { format!("{name}-{count}") };
                    *count += 1;
                    document.anchors.insert(name);
                }
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    let line = text[..place.start].matches('\n').count() + 1;
                    document.links.push((line, dest_url.into_string()));
                }
                _ => {}
            }
        }
        document
    }
}

/// The name by which a heading is linked to, as the hosts of git repositories make it.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    heading.to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn broken_links(documents: &BTreeMap<PathBuf, Document>, files: &BTreeSet<PathBuf>) -> Vec<Broken> {
    let mut broken = Vec::new();
    for (path, document) in documents {
        for (line, link) in &document.links {
            if let Some(problem) = problem(path, link, documents, files) {
                broken.push(Broken {
                    document: path.clone(),
                    line: *line,
                    link: link.clone(),
                    problem,
                });
            }
        }
    }
    broken
}

/// What is wrong with a link, if anything is.
fn problem(
    from: &Path,
    link: &str,
    documents: &BTreeMap<PathBuf, Document>,
    files: &BTreeSet<PathBuf>,
) -> Option<&'static str> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, heading) =
        link.split_once('#').map_or((link, None), |(file, name)| (file, Some(name)));
    let target = if file.is_empty() {
        from.to_path_buf()
    } else {
        match resolved(from.parent().unwrap_or(Path::new("")), Path::new(file)) {
            Some(target) => target,
            None => return Some("leads out of the repository"),
        }
    };
    if !files.contains(&target) && !files.iter().any(|file| file.starts_with(&target)) {
        return Some("there is no such file");
    }
    let heading = heading?;
    match documents.get(&target) {
        Some(document) if document.anchors.contains(heading) => None,
        Some(_) => Some("there is no such heading"),
        None => Some("only a document has headings"),
    }
}

/// The path within the repository; `None` if it is none.
fn resolved(folder: &Path, file: &Path) -> Option<PathBuf> {
    let mut path = folder.to_path_buf();
    for component in file.components() {
        match component {
            Component::ParentDir if path.pop() => {}
            Component::CurDir => {}
            Component::Normal(name) => path.push(name),
            _ => return None,
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_and_links_are_read() {
        let text = "# `run` or `stream`?\n\n## Same\n\nSee [this](faq.md#same)\nand ![that](a.png).\n\n## Same\n\n\
                    ```\n[no](link.md)\n```\n\n[by name][x]\n\n[x]: ../y.md\n";
        let expected = Document {
            anchors: ["run-or-stream", "same", "same-1"].map(str::to_owned).into(),
            links: vec![
                (5, "faq.md#same".to_owned()),
                (6, "a.png".to_owned()),
                (14, "../y.md".to_owned()),
            ],
        };
        assert_eq!(Document::parse(text), expected);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_told() {
        let files: BTreeSet<_> =
            ["README.md", "docs/faq.md", "src/lib.rs"].map(PathBuf::from).into();
        let there = [
            "docs/faq.md",
            "docs/faq.md#here",
            "docs",
            "docs/",
            "#top",
            "./src/lib.rs",
            "https://example.org/nowhere",
        ];
        let not_there = [
            ("docs/none.md", "there is no such file"),
            ("docs/faq.md#there", "there is no such heading"),
            ("#bottom", "there is no such heading"),
            ("src/lib.rs#L1", "only a document has headings"),
            ("../elsewhere.md", "leads out of the repository"),
            ("/etc/passwd", "leads out of the repository"),
        ];
        let link = |link: &str| (1, link.to_owned());
        let readme = Document {
            anchors: ["top".to_owned()].into(),
            links: there.into_iter().chain(not_there.map(|(to, _)| to)).map(link).collect(),
        };
        let faq = Document {
            anchors: ["here".to_owned()].into(),
            links: vec![link("../README.md#top"), link("README.md")],
        };
        let documents = BTreeMap::from([
            (PathBuf::from("README.md"), readme),
            (PathBuf::from("docs/faq.md"), faq),
        ]);
        let broken = |document: &str, link: &str, problem| Broken {
            document: document.into(),
            line: 1,
            link: link.to_owned(),
            problem,
        };
        let mut expected: Vec<_> =
            not_there.map(|(to, problem)| broken("README.md", to, problem)).into();
        expected.push(broken("docs/faq.md", "README.md", "there is no such file"));
        assert_eq!(broken_links(&documents, &files), expected);
    }
}
