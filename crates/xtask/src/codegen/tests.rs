//! The generator on copies of the real `schema/`.

use std::sync::LazyLock;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;

/// The paths of all generated files: making the files takes longer than copying them.
static GENERATED: LazyLock<Vec<String>> = LazyLock::new(|| {
    let files = files(&crate::workspace_root().join("schema")).expect("generates");
    files.into_keys().collect()
});

/// A copy of all that the generator reads and writes, to spoil.
struct Copy {
    dir: TempDir,
}

impl Copy {
    fn new() -> Self {
        let copy = Self { dir: tempfile::tempdir().expect("a temporary folder") };
        let root = crate::workspace_root();
        for folder in ["schema", MODELS] {
            copy_dir(&root.join(folder), &copy.root().join(folder));
        }
        for path in &*GENERATED {
            let target = copy.root().join(path);
            fs::create_dir_all(target.parent().expect("a folder")).expect("created");
            fs::copy(root.join(path), target).expect("copied");
        }
        copy
    }

    fn root(&self) -> &Path {
        self.dir.path()
    }

    /// What `cargo xtask codegen --check` says.
    fn check(&self) -> Result<(), String> {
        generate(self.root(), true).map_err(|error| error.to_string())
    }

    /// Changes the definitions of the newest experimental bundle.
    fn define(&self, change: impl FnOnce(&mut serde_json::Map<String, Value>)) {
        let newest = fs::read_to_string(self.root().join("schema/VERSION")).expect("readable");
        let path = self.root().join("schema").join(newest.trim()).join("experimental.json");
        let text = fs::read_to_string(&path).expect("readable");
        let mut bundle: Value = serde_json::from_str(&text).expect("JSON");
        change(bundle["definitions"].as_object_mut().expect("an object"));
        fs::write(&path, bundle.to_string()).expect("writable");
    }

    /// What `cargo xtask codegen --check` says, without the folder that the copy is in.
    fn complaint(&self) -> String {
        let error = self.check().expect_err("it is spoilt");
        error
            .replace(&self.root().join("schema").display().to_string(), "schema")
            .replace('\\', "/")
    }

    fn replace(&self, file: &str, from: &str, to: &str) {
        let path = self.root().join(file);
        let text = fs::read_to_string(&path).expect("readable");
        assert!(text.contains(from), "{file} has no {from}");
        fs::write(&path, text.replacen(from, to, 1)).expect("writable");
    }
}

/// The complaint about `file`.
fn stale(file: &str, what: &str) -> Result<(), String> {
    Err(format!("{file} {what}; run `cargo xtask codegen` and commit what it writes"))
}

fn model(file: &str) -> String {
    format!("{MODELS}/{file}")
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("writable");
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_dir(&path, &target);
        } else {
            fs::copy(&path, &target).expect("copied");
        }
    }
}

#[test]
fn what_is_committed_is_what_is_generated() {
    assert_eq!(Copy::new().check(), Ok(()));
}

#[test]
fn one_byte_of_a_generated_file_is_noticed() {
    let copy = Copy::new();
    for (file, from) in [
        (model("params.rs"), "pub struct TurnStartParams"),
        (model("more_params.rs"), "pub struct FsReadFileParams"),
        ("docs/protocol.md".to_owned(), "`turn/start`"),
        ("crates/codex-sdk/tests/it/sdk_calls.rs".to_owned(), "codex.thread_start()"),
    ] {
        copy.replace(&file, from, "spoilt");
        assert_eq!(copy.check(), stale(&file, "is not what schema/ says"));
        generate(copy.root(), false).expect("writes");
        assert_eq!(copy.check(), Ok(()));
    }
}

#[test]
fn a_file_too_many_and_one_too_few_are_noticed() {
    let copy = Copy::new();
    fs::write(copy.root().join(model("zzz.rs")), "").expect("writable");
    assert_eq!(copy.check(), stale(&model("zzz.rs"), "is not generated any more"));
    fs::remove_file(copy.root().join(model("enums.rs"))).expect("removed");
    assert_eq!(copy.check(), stale(&model("enums.rs"), "cannot be read"));
    generate(copy.root(), false).expect("writes");
    assert_eq!(copy.check(), Ok(()));
}

#[test]
fn white_space_in_any_file_of_the_schema_is_noticed() {
    let versions = versions(&crate::workspace_root().join("schema")).expect("a folder");
    let bundles = versions.iter().flat_map(|version| {
        ["experimental", "stable"].map(|channel| format!("{version}/{channel}.json"))
    });
    let others = ["VERSION", "docs.toml", "overrides.toml", "sdk_calls.toml"];
    for file in bundles.chain(others.map(str::to_owned)) {
        let copy = Copy::new();
        let path = copy.root().join("schema").join(&file);
        let mut text = fs::read_to_string(&path).expect("readable");
        text.push('\n');
        fs::write(&path, text).expect("writable");
        assert_eq!(
            copy.check(),
            stale(&model("SCHEMA.lock"), "is not what schema/ says"),
            "{file}"
        );
    }
}

#[test]
fn words_for_something_that_is_gone_are_refused() {
    let copy = Copy::new();
    copy.replace("schema/docs.toml", "[types]\n", "[types]\nGone = \"Words.\"\n");
    assert_eq!(copy.check(), Err("schema/docs.toml: `Gone` is not in the schema".to_owned()));
}

/// The bundle that is read first, and so complains first.
fn newest_bundle() -> String {
    format!("schema/{}/experimental.json", codex_runtime::PINNED_VERSION)
}

/// A client request with this method and these params.
fn request(method: &str, params: Value) -> Value {
    json!({
        "type": "object",
        "properties": { "method": { "enum": [method], "type": "string" }, "params": params },
        "required": ["method", "params"],
    })
}

/// Adds a client request; without a method it is none.
fn add_request(copy: &Copy, entry: Value, more: &[&str]) {
    copy.define(|definitions| {
        let requests = definitions["ClientRequest"]["oneOf"].as_array_mut().expect("a list");
        requests.push(entry);
        for name in more {
            definitions.insert((*name).to_owned(), json!({ "type": "object" }));
        }
    });
}

#[test]
fn a_method_that_cannot_be_mapped_is_refused() {
    let object = |name: &str| json!({ "$ref": format!("#/definitions/{name}") });
    let bundle = newest_bundle();
    for (entry, more, expected) in [
        (
            request("new/thing", object("NewThingParams")),
            &["NewThingParams"][..],
            "new/thing: no reply of that name; give one under `responses`",
        ),
        (
            request("new/thing", json!({ "type": "null" })),
            &["NewResponse"],
            "new/thing: no reply of that name; give one under `responses`",
        ),
        (
            request("new/thing", object("NewThingParams")),
            &["NewThingResponse"],
            "#/definitions/NewThingParams: missing",
        ),
        (
            request("new/thing", json!({ "type": "string" })),
            &[],
            "new/thing: params of a new form: {\"type\":\"string\"}",
        ),
        (
            json!({ "type": "object" }),
            &[],
            "#/definitions/ClientRequest: a kind without its method",
        ),
    ] {
        let copy = Copy::new();
        add_request(&copy, entry, more);
        assert_eq!(copy.complaint(), format!("{bundle}: {expected}"));
    }
}

#[test]
fn a_reply_of_no_method_is_refused() {
    let copy = Copy::new();
    copy.define(|definitions| {
        definitions.insert("LeftResponse".to_owned(), json!({ "type": "object" }));
    });
    let expected = format!("{}: #/definitions/LeftResponse: a reply of no method", newest_bundle());
    assert_eq!(copy.complaint(), expected);
}

#[test]
fn a_pair_that_is_not_listed_any_more_or_names_no_type_is_refused() {
    let pair = "\"account/logout\" = \"LogoutAccountResponse\"\n";
    for (now, expected) in [
        ("", "account/logout: no reply of that name; give one under `responses`"),
        ("\"account/logout\" = \"NoResponse\"\n", "#/definitions/NoResponse: missing"),
    ] {
        let copy = Copy::new();
        copy.replace("schema/overrides.toml", pair, now);
        assert_eq!(copy.complaint(), format!("{}: {expected}", newest_bundle()));
    }
}

#[test]
fn every_list_of_overrides_is_looked_through_for_what_nothing_needs() {
    for (list, from, entry, name) in [
        ("double", "double = [", "\"Turn.gone\",", "Turn.gone"),
        ("shared", "shared = [", "\"Turn.gone\",", "Turn.gone"),
        ("secret", "secret = [", "\"Turn.gone\",", "Turn.gone"),
        ("inline", "inline = [", "\"gone\",", "gone"),
        ("roots", "roots = [", "\"Gone\"", "Gone"),
        ("changed", "changed = [", "\"Gone\"", "Gone"),
        ("responses", "[responses]", "\ngone = \"TurnStartResponse\"", "gone"),
        // What the rule says by itself.
        ("responses", "[responses]", "\n\"turn/start\" = \"TurnStartResponse\"", "turn/start"),
        ("ids.names", "names = [", "\"goneId\",", "goneId"),
        ("ids.types", "types = [", "\"Gone\",", "Gone"),
        ("ids.aliases", "aliases = [", "\"Gone\",", "Gone"),
        ("untagged", "[untagged]", "\nGone = []", "Gone"),
        ("variants", "[variants]", "\n\"Turn.gone\" = \"Gone\"", "Turn.gone"),
        ("names", "[names]", "\nA = \"Gone\"", "Gone"),
    ] {
        let copy = Copy::new();
        copy.replace("schema/overrides.toml", from, &format!("{from}{entry}"));
        let expected = format!("schema/overrides.toml: {list}: nothing needs `{name}`");
        assert_eq!(copy.complaint(), expected);
    }
}

#[test]
fn a_call_for_a_method_that_is_gone_is_refused() {
    let copy = Copy::new();
    copy.replace("schema/sdk_calls.toml", "[calls]\n", "[calls]\n\"gone\" = [\"codex.gone()\"]\n");
    assert_eq!(copy.check(), Err("schema/sdk_calls.toml: there is no method `gone`".to_owned()));
}

#[test]
fn versions_are_ordered_as_numbers_and_those_before_a_release_stand_before_it() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let sorted = ["0.9.0", "0.20.1", "0.160.0-alpha.9", "0.160.0-alpha.10", "0.160.0", "0.160.1"];
    for version in sorted {
        fs::create_dir(dir.path().join(version)).expect("created");
    }
    assert_eq!(versions(dir.path()).expect("a folder"), sorted);
}
