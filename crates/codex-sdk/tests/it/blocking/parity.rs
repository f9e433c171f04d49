//! Every public method of the async client has its twin, under the same name and with the same arguments.

use proc_macro2::TokenTree;
use quote::ToTokens;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use syn::{FnArg, ImplItem, Item, ReturnType, Type, Visibility};

/// What has no twin of that name, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("Login::id", "BrowserLogin and DeviceCodeLogin have it themselves"),
    ("Login::wait", "BrowserLogin and DeviceCodeLogin have it themselves"),
    ("Login::cancel", "BrowserLogin and DeviceCodeLogin have it themselves"),
    ("RetryPolicy::retry", "it is blocking::retry, for the policy is the same in both"),
    ("PendingRequest::withdrawn", "it is withdrawn_within, for the requests are the same in both"),
    ("ToolContext::cancelled", "it is cancelled_within, for the context is the same in both"),
    ("Tool::new", "it is Tool::blocking, for the tool is the same in both"),
    ("Tool::with_schema", "it is Tool::blocking_with_schema, for the tool is the same in both"),
];

/// The async functions that belong to no type, whose twins are functions of `blocking`.
const FUNCTIONS: &[&str] = &["retry_on_overload"];

#[derive(Default)]
struct Surface {
    /// By type, then by method: its arguments, without the receiver.
    methods: BTreeMap<String, BTreeMap<String, Method>>,
    functions: BTreeMap<String, bool>,
}

struct Method {
    arguments: Vec<String>,
    waits: bool,
    gives: String,
}

impl Surface {
    fn read(&mut self, folder: &Path, skip: Option<&str>) {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                if path.file_name().and_then(|name| name.to_str()) != skip {
                    self.read(&path, skip);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let file = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
                file.items.iter().for_each(|item| self.take(item));
            }
        }
    }

    fn take(&mut self, item: &Item) {
        match item {
            Item::Fn(function) if is_public(&function.vis) => {
                let name = function.sig.ident.to_string();
                self.functions.insert(name, function.sig.asyncness.is_some());
            }
            // The builders of lists, of which each macro makes one.
            Item::Macro(item)
                if ["paged", "paged_twin"].iter().any(|it| item.mac.path.is_ident(it)) =>
            {
                let mut tokens = item.mac.tokens.clone().into_iter();
                let name = tokens.find_map(|token| match token {
                    TokenTree::Ident(name) => Some(name.to_string()),
                    _ => None,
                });
                let waits = item.mac.path.is_ident("paged");
                let send = Method { arguments: Vec::new(), waits, gives: String::new() };
                self.methods.entry(name.unwrap()).or_default().insert("send".to_owned(), send);
            }
            Item::Impl(block) => {
                let Type::Path(path) = &*block.self_ty else { return };
                let of = path.path.segments.last().unwrap().ident.to_string();
                let of_trait = block.trait_.as_ref().map(|(_, path, _)| path.to_token_stream());
                let is_iterator =
                    of_trait.as_ref().is_some_and(|name| name.to_string() == "Iterator");
                if of_trait.is_some() && !is_iterator {
                    return;
                }
                for item in &block.items {
                    let ImplItem::Fn(method) = item else { continue };
                    if is_public(&method.vis) || is_iterator {
                        let name = method.sig.ident.to_string();
                        self.methods
                            .entry(of.clone())
                            .or_default()
                            .insert(name, method_of(&method.sig));
                    }
                }
            }
            _ => {}
        }
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn method_of(signature: &syn::Signature) -> Method {
    let arguments = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(input) => Some(input.to_token_stream().to_string()),
        FnArg::Receiver(_) => None,
    });
    let gives = match &signature.output {
        ReturnType::Type(_, output) => output.to_token_stream().to_string(),
        ReturnType::Default => String::new(),
    };
    Method {
        arguments: arguments.collect(),
        waits: signature.asyncness.is_some() || gives.starts_with("Call <"),
        gives,
    }
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The types whose handles or builders lead to something that is awaited: those that need a twin.
fn needing_twins(surface: &Surface) -> Vec<&String> {
    let mut needing: Vec<&String> = Vec::new();
    loop {
        let before = needing.len();
        for (name, methods) in &surface.methods {
            let leads = |method: &Method| {
                let mut words = method.gives.split(|letter: char| !letter.is_alphanumeric());
                let own = !method.gives.contains("codex_protocol");
                own && words.any(|word| needing.iter().any(|name| *name == word))
            };
            if !needing.contains(&name) && methods.values().any(|it| it.waits || leads(it)) {
                needing.push(name);
            }
        }
        if needing.len() == before {
            return needing;
        }
    }
}

#[test]
fn every_async_method_has_its_twin_with_the_same_arguments() {
    let (mut asynchronous, mut blocking) = (Surface::default(), Surface::default());
    asynchronous.read(&src(), Some("blocking"));
    blocking.read(&src().join("blocking"), None);
    let needing = needing_twins(&asynchronous);
    for expected in ["Codex", "CodexBuilder", "Thread", "Turn", "TurnStart", "TurnStream", "Events"]
    {
        assert!(
            needing.iter().any(|name| *name == expected),
            "{expected} is not among {needing:?}"
        );
    }
    let mut problems = Vec::new();
    let mut excepted = Vec::new();
    for of in needing {
        for (name, method) in &asynchronous.methods[of] {
            let place = format!("{of}::{name}");
            let twin = blocking.methods.get(of).and_then(|methods| methods.get(name));
            match twin {
                Some(twin) if twin.waits => problems.push(format!("the twin of {place} is async")),
                Some(twin) if twin.arguments != method.arguments => problems.push(format!(
                    "{place} takes {:?}, its twin {:?}",
                    method.arguments, twin.arguments
                )),
                Some(_) => {}
                None if EXCEPTIONS.iter().any(|(excepted, _)| *excepted == place) => {
                    excepted.push(place);
                }
                // What does not wait and belongs to a type that both clients share is there already.
                None if !blocking.methods.contains_key(of) && !method.waits => {}
                None => problems.push(format!("{place} has no twin")),
            }
        }
    }
    for (name, is_async) in &asynchronous.functions {
        if *is_async && !(FUNCTIONS.contains(&&**name) && blocking.functions.contains_key(name)) {
            problems.push(format!("{name} has no twin"));
        }
    }
    assert!(
        problems.is_empty(),
        "name the type in TWINS of xtask/src/blocking, and run `cargo xtask blocking`:\n{}",
        problems.join("\n")
    );
    for (exception, reason) in EXCEPTIONS {
        assert!(!reason.is_empty());
        let (of, name) = exception.split_once("::").unwrap();
        let there = asynchronous.methods.get(of).is_some_and(|methods| methods.contains_key(name));
        assert!(there, "{exception} is excepted, but not there");
    }
}
