//! Which registry is asked, and what it is told.

use std::path::Path;

use codex_runtime::{Environment, InstallError, Registry};

use crate::package::{Package, environment, installer, metadata, metadata_path, platform};
use crate::server::{Reply, Request, Server};
use crate::tree::Tree;

/// Variables of a user whose home is in `tree`, with npm's global file there as well.
fn user(tree: &Tree, more: &[(&str, &str)]) -> Environment {
    let home = tree.path("home").into_os_string();
    let global = tree.path("global/npmrc").into_os_string();
    let own = [("HOME", home.clone()), ("USERPROFILE", home), ("npm_config_globalconfig", global)];
    own.into_iter().chain(more.iter().map(|(name, value)| (*name, (*value).into()))).collect()
}

fn resolved(tree: &Tree, more: &[(&str, &str)]) -> (String, String) {
    let registry = Registry::resolve(&user(tree, more)).expect("one is named");
    (registry.url(), registry.origin().to_owned())
}

#[test]
fn the_environment_goes_before_the_users_file_before_the_global_one() {
    let tree = Tree::new();
    let global = tree.file("global/npmrc", "registry=http://global.test/\n");
    let shown = |path: &Path| path.display().to_string();
    assert_eq!(resolved(&tree, &[]), ("http://global.test/".into(), shown(&global)));

    let own = tree.file("home/.npmrc", "; a comment\n\n  registry = \"http://user.test/a\"  \n");
    assert_eq!(resolved(&tree, &[]), ("http://user.test/a".into(), shown(&own)));

    let other = tree.file("other", "# a comment\nregistry=http://other.test/\n[section]\n");
    let userconfig = [("NPM_CONFIG_USERCONFIG", &*shown(&other))];
    assert_eq!(resolved(&tree, &userconfig), ("http://other.test/".into(), shown(&other)));

    for name in ["npm_config_registry", "NPM_CONFIG_REGISTRY"] {
        let named = [(name, "https://env.test/npm/")];
        assert_eq!(resolved(&tree, &named), ("https://env.test/npm/".into(), name.into()));
    }
    let empty = [("npm_config_registry", "")];
    assert_eq!(resolved(&tree, &empty), ("http://user.test/a".into(), shown(&own)));
}

#[test]
fn the_registry_of_the_scope_goes_before_any_other() {
    let tree = Tree::new();
    let text = "@else:registry=http://else.test/\n@openai:registry=http://scope.test/\n";
    let global = tree.file("global/npmrc", text);
    let named = [("npm_config_registry", "http://env.test/")];
    assert_eq!(resolved(&tree, &named).0, "http://scope.test/");
    assert_eq!(resolved(&tree, &named).1, global.display().to_string());
}

#[test]
fn variables_in_files_are_expanded() {
    let tree = Tree::new();
    tree.file("home/.npmrc", "registry=https://${HOST}.test/${PATH_OF_IT}/${ABSENT}\n");
    let variables = [("HOST", "mirror"), ("PATH_OF_IT", "npm")];
    assert_eq!(resolved(&tree, &variables).0, "https://mirror.test/npm/${ABSENT}");
}

#[test]
fn a_registry_that_is_no_url_is_refused_with_its_origin() {
    let tree = Tree::new();
    for value in ["mirror", "file:///tmp", "https://", "http://user:pass@"] {
        let error = Registry::resolve(&user(&tree, &[("npm_config_registry", value)]));
        let error = error.expect_err("it is no URL").to_string();
        let shown = value.replace("user:pass@", "");
        assert_eq!(
            error,
            format!(
                "the npm registry, as npm_config_registry has it, cannot be used: {shown:?} is not \
                 an http or https URL. Correct it and try again"
            )
        );
    }
}

#[test]
fn a_machine_that_names_no_registry_gets_one_paragraph() {
    let tree = Tree::new();
    let error = Registry::resolve(&user(&tree, &[])).expect_err("nothing names one");
    assert_eq!(
        error.to_string(),
        "no npm registry is known to download codex from: npm_config_registry is not set, no npm \
         configuration file names one, and npm is not on PATH. Set npm_config_registry to the \
         registry that this machine should use, or install codex by other means and set CODEX_BIN \
         to its path"
    );
}

#[cfg(unix)]
#[test]
fn npm_itself_is_asked_last() {
    let tree = Tree::new();
    let npm = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fixtures/npm-on-path");
    let answers = [("PATH", npm), ("ANSWER_OF_NPM", "http://asked.test/")];
    let expected = ("http://asked.test/".into(), "`npm config get registry`".into());
    assert_eq!(resolved(&tree, &answers), expected);

    let has_none = [("PATH", npm), ("ANSWER_OF_NPM", "undefined")];
    let error = Registry::resolve(&user(&tree, &has_none)).expect_err("npm has none");
    let InstallError::NoRegistry { npm } = error else { panic!("{error:?}") };
    assert_eq!(npm, "npm has none either");
}

#[test]
fn the_token_goes_to_its_own_registry_and_to_nobody_else() {
    let tree = Tree::new();
    let bytes = Package::codex(platform()).bytes();
    let (server, stranger) = (Server::start(), Server::start());
    let npmrc = format!(
        "//{}/npm/:_authToken=${{MY_TOKEN}}\n//else.test/:_authToken=other\n",
        server.host()
    );
    tree.file("home/.npmrc", &npmrc);
    let run = || {
        let base = environment(&tree, &server);
        let base = base.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let token = ("MY_TOKEN".into(), "the-secret".into());
        let environment = base.chain([token]).collect();
        let installer = installer(&tree, &server).environment(environment).force(true);
        installer.install().expect("a good package");
    };
    let secret = Some("Bearer the-secret".to_owned());
    let request = |path: &str, authorization: &Option<String>| Request {
        path: path.to_owned(),
        authorization: authorization.clone(),
    };
    let described = request(&metadata_path(platform()), &secret);

    // The package lies on the registry itself: it may want the token too.
    server.on(&metadata_path(platform()), [Reply::ok(metadata(&server.url("/own.tgz"), &bytes))]);
    server.on("/own.tgz", [Reply::ok(&*bytes)]);
    run();
    assert_eq!(server.requests(), [described.clone(), request("/own.tgz", &secret)]);

    // It lies elsewhere, be it by the description or by a redirect.
    stranger.on("/codex.tgz", [Reply::ok(&*bytes)]);
    let elsewhere = stranger.url("/codex.tgz");
    server.on(&metadata_path(platform()), [Reply::ok(metadata(&elsewhere, &bytes))]);
    run();
    let redirecting = metadata(&server.url("/redirect"), &bytes);
    server.on(&metadata_path(platform()), [Reply::ok(redirecting)]);
    server.on("/redirect", [Reply::redirect(&elsewhere)]);
    run();
    assert_eq!(stranger.requests(), [request("/codex.tgz", &None), request("/codex.tgz", &None)]);
    let all = server.requests();
    assert_eq!(all[2..], [described.clone(), described, request("/redirect", &secret)]);
}

#[test]
fn a_token_whose_variable_is_not_set_is_not_sent() {
    let tree = Tree::new();
    let server = Server::start();
    tree.file("home/.npmrc", &format!("//{}/:_authToken=${{ABSENT}}\n", server.host()));
    installer(&tree, &server).install().expect_err("it has no such package");
    let authorizations: Vec<_> = server.requests().into_iter().map(|r| r.authorization).collect();
    assert_eq!(authorizations, [None, None]);
}

#[test]
fn no_secret_is_shown() {
    let tree = Tree::new();
    let server = Server::start();
    let host = server.host();
    let url = format!("http://user:hunter2@{host}/npm/?key=hunter2");
    tree.file("home/.npmrc", &format!("//{host}/npm/:_authToken=hunter2\n"));
    let environment = user(&tree, &[("npm_config_registry", &url), ("A_SECRET", "hunter2")]);

    let registry = Registry::resolve(&environment).expect("one is named");
    let (shown, plain) = (format!("{registry:?}"), format!("http://{host}/npm/"));
    let expected = format!(r#"Registry {{ url: "{plain}", origin: "npm_config_registry", .. }}"#);
    assert_eq!((registry.url(), shown), (plain, expected));

    let installer = installer(&tree, &server).environment(environment);
    assert!(!format!("{installer:?}").contains("hunter2"));
    let error = installer.install().expect_err("it has no such package");
    let text = format!("{error} {error:?}");
    assert!(text.contains(&host) && !text.contains("hunter2"), "{text}");
}

#[test]
fn a_proxy_is_used_unless_the_host_is_exempt() {
    let tree = Tree::new();
    let (server, proxy) = (Server::start(), Server::start());
    let url = server.url("/npm/");
    let run = |more: &[(&str, &str)]| {
        let named = [("npm_config_registry", &*url)];
        let all: Vec<_> = named.iter().chain(more).copied().collect();
        let installer = installer(&tree, &server).environment(user(&tree, &all));
        installer.install().expect_err("nobody has the package");
        (server.requests().len(), !proxy.requests().is_empty())
    };
    let through = proxy.url("");
    assert_eq!(run(&[("http_proxy", &through), ("NO_PROXY", "else.test, 127.0.0.1")]), (2, false));
    assert_eq!(run(&[("http_proxy", &through)]), (2, true));

    let error = Registry::resolve(&user(&tree, &[("npm_config_registry", &url)]));
    error.expect("a proxy has no say in which registry it is");
}
