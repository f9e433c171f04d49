//! What the registry says of a package: where it is, and its digest.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::install::http::Client;
use crate::install::registry::shown;
use crate::{InstallError, Platform};

/// The name of the package, as it stands in a URL.
pub(crate) const PACKAGE: &str = "@openai%2fcodex";

/// Where a package is, and its digest.
#[derive(Debug)]
pub(crate) struct Metadata {
    pub(crate) tarball: String,
    pub(crate) sha512: [u8; 64],
}

/// Asks the registry for `version` of codex for `platform`.
pub(crate) fn fetch(
    client: &Client<'_>,
    version: &str,
    platform: Platform,
) -> Result<Metadata, InstallError> {
    let wanted = format!("{version}-{platform}");
    let url = client.registry.join(&format!("{PACKAGE}/{wanted}"));
    let (url, document) = match client.json(&url) {
        // Not every registry answers for one version alone; all do for the whole package.
        Err(InstallError::Status { status: 404 | 405, .. }) => {
            let whole = client.registry.join(PACKAGE);
            let mut document = client.json(&whole)?;
            match document.pointer_mut(&format!("/versions/{wanted}")) {
                Some(document) => (whole, document.take()),
                None => {
                    let (version, url) = (version.to_owned(), shown(&whole));
                    return Err(InstallError::NoVersion { version, platform, url });
                }
            }
        }
        other => (url, other?),
    };
    parse(&document).map_err(|reason| InstallError::Metadata { url: shown(&url), reason })
}

/// A digest as registries write it.
pub(crate) fn encode(digest: &[u8]) -> String {
    STANDARD.encode(digest)
}

fn parse(document: &Value) -> Result<Metadata, String> {
    let text = |name: &str| document.pointer(name).and_then(Value::as_str);
    let tarball = text("/dist/tarball").ok_or("dist.tarball is missing")?;
    if !["http://", "https://"].iter().any(|scheme| tarball.starts_with(scheme)) {
        return Err("dist.tarball is not an http or https URL".to_owned());
    }
    let sha512 = text("/dist/integrity")
        .into_iter()
        .flat_map(str::split_whitespace)
        .find_map(|digest| digest.strip_prefix("sha512-"))
        .ok_or("dist.integrity has no sha512 digest")?;
    let digest = STANDARD.decode(sha512).ok().and_then(|bytes| bytes.try_into().ok());
    let sha512 = digest.ok_or("dist.integrity has a malformed sha512 digest")?;
    Ok(Metadata { tarball: tarball.to_owned(), sha512 })
}
