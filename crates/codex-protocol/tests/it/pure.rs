//! The models need no system underneath: they build for the web, where there is none.

use std::fs;
use std::path::Path;

/// Parts of `std` that stand on a system, and the clocks.
const SYSTEM: [&str; 8] = ["env", "fs", "io", "net", "os", "process", "thread", "time"];

/// What in a source text reaches for the system.
fn reaches(source: &str) -> Vec<String> {
    let code: Vec<&str> = source.lines().map(|l| l.split("//").next().unwrap_or(l)).collect();
    let code = code.join("\n").replace(char::is_whitespace, "");
    let mut found = Vec::new();
    for (at, _) in code.match_indices("std") {
        let rest = &code[at + "std".len()..];
        let path = rest.strip_prefix("::").unwrap_or_default();
        let module: String =
            path.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        // A group or another name for it would hide what is used of it.
        if SYSTEM.contains(&module.as_str())
            || path.starts_with(['{', '*'])
            || rest.starts_with("as")
        {
            found.push(format!("std{}", rest.chars().take(20).collect::<String>()));
        }
    }
    found
}

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).expect("a source");
            found.push((path.display().to_string(), source));
        }
    }
}

#[test]
fn no_file_no_socket_no_process_no_thread_and_no_clock() {
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut all);
    assert!(all.len() > 20, "only {} files", all.len());
    for (path, source) in all {
        assert_eq!(reaches(&source), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn what_reaches_for_the_system_is_seen() {
    for source in [
        "use std::fs;",
        "use ::std::time::Instant;",
        "let x = std::process::id();",
        "use std::{\n    fmt,\n    net,\n};",
        "use std::*;",
        "use std as other;",
        "std\n    ::thread::spawn(f)",
    ] {
        assert_eq!(reaches(source).len(), 1, "{source}");
    }
    for source in ["use std::fmt;", "// std::fs", "a::standard::fs", "thread_local! {}"] {
        assert_eq!(reaches(source), Vec::<String>::new(), "{source}");
    }
}
