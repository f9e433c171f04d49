//! The search, on made-up folders and environments.

use std::fs;
use std::path::Path;

use codex_runtime::{Arch, Environment, NotFound, Os, PINNED_VERSION, Platform, Search, Source};

use crate::tree::Tree;

const LINUX: Platform = Platform { os: Os::Linux, arch: Arch::X64 };
const WINDOWS: Platform = Platform { os: Os::Windows, arch: Arch::Arm64 };
const PACKAGE_JSON: &str = r#"{ "name": "@openai/codex" }"#;

/// A search that sees nothing but `tree`.
fn search(tree: &Tree, variables: &[(&str, &Path)]) -> Search {
    let environment: Environment = variables.iter().copied().collect();
    Search::new(environment).managed(tree.path("managed")).platform(LINUX)
}

fn lines(error: &NotFound, tree: &Tree) -> String {
    error.to_string().replace(&tree.root().display().to_string(), "<tree>").replace('\\', "/")
}

#[test]
fn the_order_is_explicit_then_variable_then_managed_then_path() {
    let tree = Tree::new();
    let explicit = tree.program("explicit", "native");
    let variable = tree.program("variable", "native");
    let managed = tree.managed(PINNED_VERSION, LINUX);
    let on_path = tree.program("bin/codex", "native");
    let (bin, empty) = (tree.path("bin"), tree.path("empty"));

    let found = |search: Search| {
        let runtime = search.locate().expect("there is one");
        (runtime.path, runtime.source, runtime.launcher)
    };
    let full = search(&tree, &[("CODEX_BIN", &variable), ("PATH", &bin)]);
    assert_eq!(found(full.clone().explicit(&explicit)), (explicit, Source::Explicit, None));
    assert_eq!(found(full), (variable, Source::Env, None));
    let without_variable = search(&tree, &[("PATH", &bin)]);
    assert_eq!(found(without_variable.clone()), (managed, Source::Managed, None));
    assert_eq!(found(without_variable.managed(empty)), (on_path, Source::Path, None));
}

#[test]
fn a_failed_search_names_each_place_and_the_commands_that_help() {
    let tree = Tree::new();
    let path = std::env::join_paths([tree.path("a"), tree.path("b")]).expect("no separator in it");
    let error = search(&tree, &[("PATH", Path::new(&path))]).locate().expect_err("nothing there");
    assert_eq!(
        lines(&error, &tree),
        "no codex binary was found. Tried, in order:\n\
         \x20 - explicit path: none was given\n\
         \x20 - CODEX_BIN: it is not set\n\
         \x20 - managed install, <tree>/managed: no version is installed for linux-x64\n\
         \x20 - PATH: none of its 2 folders has a codex\n\
         Install one with `cargo xtask runtime install` in the workspace of this SDK or with \
         `npm install -g @openai/codex`, or set CODEX_BIN to the path of one."
    );
}

#[test]
fn one_version_can_be_asked_for_and_no_other_is_taken() {
    let tree = Tree::new();
    let variable = tree.program("variable", "native");
    let older = tree.managed("0.1.0", LINUX);
    tree.managed(PINNED_VERSION, LINUX);
    let search = search(&tree, &[("CODEX_BIN", &variable)]).explicit(&variable);
    let runtime = search.locate_version("0.1.0").expect("it is there");
    assert_eq!((runtime.path, runtime.source), (older, Source::Managed));

    let error = search.locate_version("0.2.0").expect_err("it is not there");
    let text = lines(&error, &tree);
    let (tried, help) = text.rsplit_once('\n').expect("two lines");
    let place = "codex 0.2.0 was not found. Tried:\n  - managed install, <tree>/managed: \
                 codex-sdk-manifest cannot be read: ";
    assert!(tried.starts_with(place), "{tried}");
    let command = "`cargo xtask runtime install --version 0.2.0`";
    assert_eq!(help, format!("Install it with {command} in the workspace of this SDK."));
    let error = search.locate_version("../variable").expect_err("it leads elsewhere");
    assert!(error.to_string().contains("\"../variable\" is no version"), "{error}");
}

#[test]
fn a_path_that_was_ordered_is_not_replaced_by_another() {
    let tree = Tree::new();
    tree.managed(PINNED_VERSION, LINUX);
    let (absent, folder) = (tree.path("absent"), tree.root());

    let error = search(&tree, &[]).explicit(&absent).locate().expect_err("it is not there");
    assert_eq!(error.attempts().len(), 1);
    let attempt = error.attempts()[0].to_string();
    assert_eq!(attempt, format!("explicit path, {}: there is no such file", absent.display()));

    let error = search(&tree, &[("CODEX_BIN", &folder)]).locate().expect_err("it is a folder");
    let attempts: Vec<String> = error.attempts().iter().map(ToString::to_string).collect();
    let refused = format!("CODEX_BIN, {}: it is a folder", folder.display());
    assert_eq!(attempts, ["explicit path: none was given".to_owned(), refused]);
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_run_is_passed_over_on_path() {
    let tree = Tree::new();
    tree.file("a/codex", "native");
    let runnable = tree.program("b/codex", "native");
    let path = std::env::join_paths([tree.path("a"), tree.path("b")]).expect("no separator in it");
    let runtime = search(&tree, &[("PATH", Path::new(&path))]).locate().expect("the second");
    assert_eq!(runtime.path, runnable);

    let a = tree.path("a");
    let error = search(&tree, &[("PATH", &a)]).locate().expect_err("it may not be run");
    let last = error.attempts().last().expect("PATH was tried").to_string();
    assert_eq!(last, format!("PATH, {}: it is not executable", a.join("codex").display()));
}

#[test]
fn relative_folders_of_path_are_left_out() {
    let tree = Tree::new();
    let error = search(&tree, &[("PATH", Path::new("."))]).locate().expect_err("nothing there");
    let last = error.attempts().last().expect("PATH was tried").to_string();
    assert_eq!(last, "PATH: it names no folder");
}

#[test]
fn windows_goes_by_pathext() {
    let tree = Tree::new();
    tree.file("bin/codex", "#!/bin/sh\n");
    let wrapper = tree.program("bin/codex.cmd", "@echo off\r\n");
    let bin = tree.path("bin");
    let windows = |variables: &[(&str, &Path)]| {
        search(&tree, variables).platform(WINDOWS).locate().expect("there is one").path
    };
    assert_eq!(windows(&[("PATH", &bin)]), wrapper);
    let native = tree.program("bin/codex.exe", "native");
    assert_eq!(windows(&[("PATH", &bin)]), native);
    let reversed = Path::new(".CMD;.EXE");
    assert_eq!(windows(&[("PATH", &bin), ("PATHEXT", reversed)]), wrapper);
}

#[test]
fn the_pinned_version_goes_first_then_the_newest_whole_one() {
    let tree = Tree::new();
    let located = |tree: &Tree| search(tree, &[]).locate().expect("one is whole").path;
    tree.managed("0.169.0-alpha.2", LINUX);
    tree.managed("0.99.0", LINUX);
    let newest = tree.managed("0.200.0-alpha.10", LINUX);
    tree.managed("0.200.0-alpha.9", LINUX);
    tree.managed(".partial-0.300.0", LINUX);
    tree.managed("0.300.0", WINDOWS);
    assert_eq!(located(&tree), newest);

    let release = tree.managed("0.200.0", LINUX);
    assert_eq!(located(&tree), release);

    let pinned = tree.managed(PINNED_VERSION, LINUX);
    assert_eq!(located(&tree), pinned);

    fs::write(&pinned, "cut").expect("writable");
    assert_eq!(located(&tree), release);
}

#[test]
fn a_damaged_install_says_what_it_lacks() {
    let tree = Tree::new();
    let binary = tree.managed("0.1.0", LINUX);
    fs::write(&binary, "cut").expect("writable");
    tree.managed("0.2.0", LINUX);
    fs::remove_file(tree.path("managed/0.2.0/linux-x64/codex-sdk-manifest")).expect("it is there");
    tree.managed("0.3.0", LINUX);
    let manifest = "sha512-x\n6 ../../../outside\n";
    tree.file("managed/0.3.0/linux-x64/codex-sdk-manifest", manifest);

    let error = search(&tree, &[]).locate().expect_err("none is whole");
    let reason = &error.attempts()[2].reason;
    assert!(
        reason.starts_with(
            "0.3.0 is damaged: codex-sdk-manifest has the odd line \"6 ../../../outside\"; \
             0.2.0 is damaged: codex-sdk-manifest cannot be read: "
        ),
        "{reason}"
    );
    let end = "0.1.0 is damaged: vendor/x86_64-unknown-linux-musl/bin/codex has 3 bytes, not 6";
    assert!(reason.ends_with(end), "{reason}");
}

#[test]
fn no_cache_directory_is_said_so() {
    let error = Search::new(Environment::default()).platform(LINUX).locate().expect_err("nothing");
    let attempt = error.attempts()[2].to_string();
    assert_eq!(attempt, "managed install: the environment names no cache directory");
}

/// The launcher of each package manager, and where each keeps the native binary.
#[test]
fn launchers_of_npm_are_resolved_to_the_native_binary() {
    let shell = |script: &str| format!("#!/bin/sh\nexec node \"{script}\" \"$@\"\n");
    let beside = "node_modules/@openai/codex-PLATFORM/vendor/TRIPLE/bin/EXE";
    let nested =
        "node_modules/@openai/codex/node_modules/@openai/codex-PLATFORM/vendor/TRIPLE/bin/EXE";
    let package = "node_modules/@openai/codex/bin/codex.js";
    let cases: [(&str, Platform, &str, String, &str, &str); 8] = [
        ("npm, global", WINDOWS, "codex.cmd",
            "@SETLOCAL\r\n\"%_prog%\"  \"%dp0%\\node_modules\\@openai\\codex\\bin\\codex.js\" %*\r\n".into(),
            package, nested),
        ("npm, global, PowerShell", WINDOWS, "codex.ps1",
            "& \"node$exe\"  \"$basedir/node_modules/@openai/codex/bin/codex.js\" $args\r\n".into(),
            package, beside),
        ("npm, local", WINDOWS, "node_modules/.bin/codex.cmd",
            "\"%~dp0\\..\\@openai\\codex\\bin\\codex.js\" %*\r\n".into(),
            package, beside),
        ("npm, local, in a shell of Windows", WINDOWS, "node_modules/.bin/codex",
            shell("$basedir/../@openai/codex/bin/codex.js"), package, beside),
        ("pnpm, global", LINUX, "codex",
            shell("$basedir/global/5/.pnpm/x/node_modules/@openai/codex/bin/codex.js"),
            "global/5/.pnpm/x/node_modules/@openai/codex/bin/codex.js",
            "global/5/.pnpm/x/node_modules/@openai/codex-PLATFORM/vendor/TRIPLE/bin/EXE"),
        ("another way to say the folder", LINUX, "codex",
            shell("${HERE}/node_modules/@openai/codex/bin/codex.js"), package, beside),
        ("the node script itself", LINUX, package, "#!/usr/bin/env node\n".into(), package, beside),
        ("the layout before", LINUX, "codex",
            shell("$basedir/node_modules/@openai/codex/bin/codex.js"), package,
            "node_modules/@openai/codex/vendor/TRIPLE/codex/EXE"),
    ];
    for (case, platform, launcher, text, script, native) in cases {
        let tree = Tree::new();
        tree.program(script, "#!/usr/bin/env node\n");
        let launcher = tree.program(launcher, &text);
        let native = native
            .replace("PLATFORM", platform.npm_name())
            .replace("TRIPLE", platform.triple())
            .replace("EXE", platform.executable());
        let native = tree.program(&native, "native");
        let runtime = search(&tree, &[("CODEX_BIN", &launcher)]).platform(platform).locate();
        let runtime = runtime.unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!((runtime.path, runtime.launcher), (native, Some(launcher)), "{case}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_to_the_node_script_is_resolved_wherever_its_package_lies() {
    let tree = Tree::new();
    tree.file("store/package.json", PACKAGE_JSON);
    tree.program("store/bin/codex.js", "#!/usr/bin/env node\n");
    let native = tree.program(
        "node_modules/@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex",
        "native",
    );
    fs::create_dir(tree.path("bin")).expect("writable");
    let link = tree.path("bin/codex");
    std::os::unix::fs::symlink("../store/bin/codex.js", &link).expect("writable");
    let bin = tree.path("bin");
    let runtime = search(&tree, &[("PATH", &bin)]).locate().expect("the native binary");
    assert_eq!((runtime.path, runtime.launcher), (native, Some(link)));
}

#[test]
fn a_launcher_without_its_binary_is_named_and_the_search_goes_on() {
    let tree = Tree::new();
    let script = tree.program("a/node_modules/@openai/codex/bin/codex.js", "#!/usr/bin/env node\n");
    let launcher = tree.program(
        "a/codex",
        "#!/bin/sh\nexec node \"$basedir/node_modules/@openai/codex/bin/codex.js\"\n",
    );
    let a = tree.path("a");
    let error = search(&tree, &[("PATH", &a)]).locate().expect_err("no binary behind it");
    assert_eq!(
        error.attempts().last().expect("PATH was tried").to_string(),
        format!(
            "PATH, {}: it is npm's launcher, and {} has no native binary beside it (an optional \
             dependency that was not installed)",
            launcher.display(),
            script.display()
        )
    );

    let native = tree.program("b/codex", "native");
    let path = std::env::join_paths([a, tree.path("b")]).expect("no separator in it");
    let runtime = search(&tree, &[("PATH", Path::new(&path))]).locate().expect("the second");
    assert_eq!(runtime.path, native);
}

#[test]
fn wrappers_that_are_not_npms_are_taken_as_they_are() {
    let tree = Tree::new();
    let wrappers = [
        tree.program("wrapper", "#!/bin/sh\nexec sandbox codex \"$@\"\n"),
        tree.program("mine/bin/codex.js", "#!/usr/bin/env node\n"),
        tree.program("not-a-script", "\x7fELF @openai/codex/bin/codex.js"),
        tree.program("empty", ""),
    ];
    for wrapper in wrappers {
        let runtime = search(&tree, &[]).explicit(&wrapper).locate().expect("it can be run");
        assert_eq!((runtime.path, runtime.launcher), (wrapper, None));
    }
}
