//! Which version of a channel is the newest.

use codex_runtime::{Channel, Platform};

use crate::package::{installer, platform};
use crate::server::{Reply, Server};
use crate::tree::Tree;

/// A registry whose package has these versions, and the tag that is not to be trusted.
fn registry(versions: &[&str]) -> Server {
    let server = Server::start();
    let versions: serde_json::Map<_, _> =
        versions.iter().map(|name| ((*name).to_owned(), serde_json::json!({}))).collect();
    let tags = serde_json::json!({ "latest": "0.1.0" });
    let document = serde_json::json!({ "dist-tags": tags, "versions": versions });
    server.on("/npm/@openai%2fcodex", [Reply::ok(document.to_string())]);
    server
}

#[test]
fn the_newest_of_a_channel_is_the_one_whose_package_is_there() {
    let tree = Tree::new();
    let server = registry(&[
        "0.99.0-linux-x64",
        "0.169.0-linux-x64",
        "0.170.0-alpha.9-linux-x64",
        "0.170.0-alpha.10-linux-x64",
        "0.170.0-beta.1-linux-x64",
        // Published, but not for this platform.
        "0.170.0",
        "0.170.0-win32-x64",
        "0.171.0-alpha.1",
    ]);
    let newest = |platform, channel| {
        let found = installer(&tree, &server).platform(platform).newest(channel);
        found.map_err(|error| error.to_string().replace(&server.url("/npm"), "<registry>"))
    };
    assert_eq!(newest(platform(), Channel::Stable), Ok("0.169.0".to_owned()));
    assert_eq!(newest(platform(), Channel::Alpha), Ok("0.170.0-alpha.10".to_owned()));
    let windows = Platform::from_names("windows", "x86_64").expect("one of the six");
    assert_eq!(newest(windows, Channel::Stable), Ok("0.170.0".to_owned()));
    assert_eq!(
        newest(windows, Channel::Alpha),
        Err("what <registry>/@openai%2fcodex says of the package cannot be used: it has no alpha \
             version for win32-x64. Check the registry's setting"
            .to_owned())
    );
}

#[test]
fn channels_are_named_as_they_are_shown() {
    for (name, channel) in [("stable", Channel::Stable), ("alpha", Channel::Alpha)] {
        assert_eq!(name.parse(), Ok(channel));
        assert_eq!(channel.to_string(), name);
    }
    let error = "\"beta\" is no channel: give stable or alpha".to_owned();
    assert_eq!("beta".parse::<Channel>(), Err(error));
}
