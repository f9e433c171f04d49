//! The lines of releases, and the newest version of each.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use crate::install::http::Client;
use crate::install::metadata::PACKAGE;
use crate::install::registry::shown;
use crate::{InstallError, Platform, version};

/// A line of releases of codex.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Channel {
    /// Releases: `0.169.0`.
    #[default]
    Stable,
    /// What comes before a release: `0.170.0-alpha.3`.
    Alpha,
}

impl Channel {
    /// Whether `version` is of this line. What is of neither, such as a beta, is of none.
    pub fn contains(self, version: &str) -> bool {
        let before = version.split_once('-').map(|(_, before)| before);
        match self {
            Self::Stable => before.is_none(),
            Self::Alpha => before.is_some_and(|before| before.split('.').next() == Some("alpha")),
        }
    }
}

/// `stable` or `alpha`.
impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stable => "stable",
            Self::Alpha => "alpha",
        })
    }
}

/// The reverse of `Display`; the error is a sentence.
impl FromStr for Channel {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        [Self::Stable, Self::Alpha]
            .into_iter()
            .find(|channel| channel.to_string() == name)
            .ok_or_else(|| format!("{name:?} is no channel: give stable or alpha"))
    }
}

/// Asks the registry for the newest version of `channel` that it has for `platform`.
///
/// The registry's own tag `latest` is not asked: it says nothing of the other channel, nor of one
/// platform's package, which may not be there yet.
pub(crate) fn newest(
    client: &Client<'_>,
    channel: Channel,
    platform: Platform,
) -> Result<String, InstallError> {
    let url = client.registry.join(PACKAGE);
    let document = client.json(&url)?;
    choose(&document, channel, platform)
        .ok_or_else(|| format!("it has no {channel} version for {platform}"))
        .map_err(|reason| InstallError::Metadata { url: shown(&url), reason })
}

/// Each platform's packages are versions as well, named `<version>-<platform>`.
fn choose(document: &Value, channel: Channel, platform: Platform) -> Option<String> {
    let suffix = format!("-{platform}");
    let names = document.get("versions")?.as_object()?.keys();
    let versions = names.filter_map(|name| name.strip_suffix(&suffix));
    let versions = versions.filter(|name| version::is_valid(name) && channel.contains(name));
    versions.max_by(|a, b| version::compare(a, b)).map(str::to_owned)
}
