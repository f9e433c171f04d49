//! What the server says of itself.

use crate::error::{Error, Result};
use codex_protocol::InitializeResponse;

/// What the server said of itself in its answer to `initialize`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Metadata {
    /// The name in the user agent: that of this client, for the server names itself after who it talks to.
    pub server_name: String,
    /// The version of codex, such as `0.169.0`.
    pub server_version: String,
    /// The user agent as it came.
    pub user_agent: String,
    /// The server's `CODEX_HOME`.
    pub codex_home: String,
    /// `unix` or `windows`.
    pub platform_family: String,
    /// Such as `linux` or `macos`.
    pub platform_os: String,
}

impl Metadata {
    pub(crate) fn new(response: InitializeResponse, program: &str) -> Result<Self> {
        let Some((name, version)) = name_and_version(&response.user_agent) else {
            return Err(Error::Metadata {
                user_agent: response.user_agent.into(),
                program: program.into(),
            });
        };
        Ok(Self {
            server_name: name.to_owned(),
            server_version: version.to_owned(),
            codex_home: response.codex_home,
            platform_family: response.platform_family,
            platform_os: response.platform_os,
            user_agent: response.user_agent,
        })
    }
}

/// Splits `name/version (more)`, or `name version`. A version begins with a digit; a name may hold slashes and blanks.
fn name_and_version(user_agent: &str) -> Option<(&str, &str)> {
    let split_at = |separator: char| {
        user_agent.match_indices(separator).find_map(|(at, _)| {
            let (name, rest) = (user_agent[..at].trim(), &user_agent[at + 1..]);
            let version = rest.split_whitespace().next()?;
            let is_version = rest.starts_with(|first: char| first.is_ascii_digit());
            (is_version && !name.is_empty()).then_some((name, version))
        })
    };
    split_at('/').or_else(|| split_at(' '))
}

#[cfg(test)]
mod tests {
    use super::name_and_version;

    #[test]
    fn a_user_agent_names_server_and_version() {
        let table = [
            ("rig/0.169.0 (Debian 12; x86_64) dumb (rig; 1.0)", Some(("rig", "0.169.0"))),
            ("my app/0.170.0-alpha.1", Some(("my app", "0.170.0-alpha.1"))),
            ("our/app/0.169.0 (x)", Some(("our/app", "0.169.0"))),
            ("codex 0.169.0", Some(("codex", "0.169.0"))),
            ("codex", None),
            ("codex/", None),
            ("/0.1", None),
            ("some server", None),
            ("", None),
        ];
        for (user_agent, expected) in table {
            assert_eq!(name_and_version(user_agent), expected, "{user_agent:?}");
        }
    }
}
