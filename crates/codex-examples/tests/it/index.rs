//! The index of the examples, beside the examples.

use crate::demo;
use codex_examples::index;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

#[test]
fn the_index_has_every_example_and_no_other() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let examples = files.filter(|path| path.extension().is_some_and(|it| it == "rs"));
    let examples: BTreeSet<_> =
        examples.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    let listed: Vec<_> = index().map(|entry| entry.name.to_owned()).collect();
    // In this order, and none twice.
    assert_eq!(listed, Vec::from_iter(examples));
}

#[test]
fn every_example_says_what_it_shows() {
    for entry in index() {
        let output = Command::new(demo::path(entry.name)).arg("--help").output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{}", entry.name);
        let usage = format!("Usage: cargo run -p codex-examples --example {} -- ", entry.name);
        let said: Vec<_> = said.lines().collect();
        assert_eq!(said[..2], [entry.shows, ""], "{}", entry.name);
        assert!(said[2].starts_with(&usage), "{}: {}", entry.name, said[2]);
    }
}
