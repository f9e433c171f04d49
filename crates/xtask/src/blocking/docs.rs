//! Documentation of the async client, as it reads for the blocking one.

use std::collections::BTreeMap;

use syn::{Attribute, Expr, Lit, Meta};

use super::is_twin;
use crate::Failure;

/// What is said otherwise. The longest come first.
const WORDING: &[(&str, &str)] = &[
    ("One page, as a named future: the first", "One page: the first"),
    (
        "The call as a named future. Takes the consumer's slot now, not when first polled.",
        "Makes the call, and waits for what comes of it.",
    ),
    ("The call as a named future.", "Makes the call, and waits for what comes of it."),
    ("The request as a named future.", "Makes the request, and waits for the answer."),
    (
        ", whatever was streamed before. Takes the consumer's slot now, not when first polled.",
        ", whatever was streamed before.",
    ),
    (
        "this stream, or the future of its [`result`](Self::result), is\n dropped",
        "this stream is dropped",
    ),
    ("before this is awaited or streamed", "before `send()` or `stream()`"),
    ("before this is awaited", "before `send()`"),
    ("before it is awaited", "before `send()`"),
    ("(ModelListParams::default()).await?", "(ModelListParams::default()).send()?"),
    ("a stream does nothing unless it is read", "a stream does nothing unless it is iterated over"),
];

/// Words that have no place in a program without async code.
const FOREIGN: &[&str] = &["await", "future", "tokio"];

/// The lines of documentation, rewritten, with their `///`.
pub(super) fn rewrite(
    attributes: &[Attribute],
    names: &BTreeMap<String, String>,
    waits: Option<&str>,
) -> Result<String, Failure> {
    let mut lines = without_sections(lines(attributes));
    without_async_examples(&mut lines);
    let text = wording(&lines.join("\n"));
    if let Some(word) = FOREIGN.iter().find(|word| text.to_lowercase().contains(**word)) {
        let shown = text.trim();
        return Err(format!(
            "`{word}` has no place in the blocking client: say it otherwise, or add a rewording to \
             xtask/src/blocking/docs.rs:\n{shown}"
        )
        .into());
    }
    let mut text = links(&text, names).trim_end().to_owned();
    if let Some(instead) = waits {
        text.push_str(&format!(
            "\n\n # Panics\n Inside an async context, where [`codex_sdk::{instead}`](crate::{instead}) is to be used."
        ));
    }
    let commented: Vec<String> = text.trim_end().lines().map(|line| format!("///{line}")).collect();
    Ok(commented.join("\n"))
}

/// A text that is no documentation, such as that of `#[must_use]`.
pub(super) fn wording(text: &str) -> String {
    WORDING.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

fn lines(attributes: &[Attribute]) -> Vec<String> {
    let mut lines = Vec::new();
    for attribute in attributes {
        let Meta::NameValue(meta) = &attribute.meta else { continue };
        let Expr::Lit(literal) = &meta.value else { continue };
        if let (true, Lit::Str(text)) = (meta.path.is_ident("doc"), &literal.lit) {
            lines.extend(text.value().lines().map(str::to_owned));
            if text.value().is_empty() {
                lines.push(String::new());
            }
        }
    }
    lines
}

/// Leaves out what is said of futures and runtimes.
fn without_sections(lines: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    let (mut skipping, mut in_example) = (false, false);
    for line in lines {
        if line.trim_start().starts_with("```") {
            in_example = !in_example;
        }
        // In an example, it is a hidden line.
        if line.starts_with(" # ") && !in_example {
            skipping = line == " # Cancel safety" || line == " # Panics";
        }
        if !skipping {
            kept.push(line);
        }
    }
    kept
}

/// Leaves out examples that are async.
fn without_async_examples(lines: &mut Vec<String>) {
    let fences: Vec<usize> =
        (0..lines.len()).filter(|at| lines[*at].trim_start().starts_with("```")).collect();
    for pair in fences.chunks_exact(2).rev() {
        let (from, to) = (pair[0], pair[1]);
        if lines[from..to].iter().any(|line| line.contains("await") || line.contains("async")) {
            lines.drain(from..=to);
        }
    }
}

/// Has links lead to twins, and to what is not imported where the text now stands.
fn links(text: &str, names: &BTreeMap<String, String>) -> String {
    let mut linked = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("[`") {
        let (before, after) = rest.split_at(at);
        linked.push_str(before);
        let Some(end) = after.find("`]") else { break };
        let (name, tail) = (&after[2..end], &after[end + 2..]);
        linked.push_str(&after[..end + 2]);
        rest = tail;
        let first = name.split("::").next().unwrap_or(name);
        if !tail.starts_with('(') && !matches!(first, "Self" | "crate") {
            let target = target(first, names);
            linked.push_str(&format!("({target}{})", &name[first.len()..]));
        }
    }
    linked.push_str(rest);
    retarget(&linked, names)
}

/// Has explicit links to async types lead to their twins.
fn retarget(text: &str, names: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("](") {
        out.push_str(&rest[..at + 2]);
        rest = &rest[at + 2..];
        let end = rest.find(')').unwrap_or(rest.len());
        let path = &rest[..end];
        let bare = path.strip_prefix("crate::").unwrap_or(path);
        let first = bare.split("::").next().unwrap_or(bare);
        if is_twin(first) {
            out.push_str(&format!("crate::blocking::{bare}"));
        } else if path.starts_with("crate::") || !names.contains_key(first) {
            out.push_str(path);
        } else {
            out.push_str(&format!("{}{}", target(first, names), &path[first.len()..]));
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// The public path of a name.
fn target(name: &str, names: &BTreeMap<String, String>) -> String {
    match names.get(name) {
        Some(path) if !path.starts_with("crate::") => path.clone(),
        _ => format!("crate::{name}"),
    }
}
