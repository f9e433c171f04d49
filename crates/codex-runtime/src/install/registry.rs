//! The npm registry that this machine's configuration names.

use std::fmt;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ureq::http::Uri;

use crate::install::npm_config::NpmConfig;
use crate::{Environment, InstallError, Os, Platform, path_search};

/// How long npm may take to say what it is configured for. It takes under a second.
const NPM_TIMEOUT: Duration = Duration::from_secs(30);

/// An npm registry, and what lets us in.
///
/// Its `Debug` shows neither.
#[derive(Clone)]
pub struct Registry {
    url: String,
    origin: String,
    authorization: Option<String>,
}

impl Registry {
    /// The registry of npm's configuration for packages of `@openai`.
    ///
    /// That is `@openai:registry`, else `registry`, each from `npm_config_*` variables, the user's
    /// `.npmrc`, the global `npmrc`; else what `npm config get registry` says. The `.npmrc` of a
    /// project is not read: a checked-out folder must not decide where a program comes from.
    ///
    /// # Errors
    ///
    /// [`InstallError::NoRegistry`] if nothing names one, [`InstallError::Setting`] if what names
    /// one is not a URL.
    pub fn resolve(environment: &Environment) -> Result<Self, InstallError> {
        let os = Platform::current().map_or(Os::Linux, |platform| platform.os);
        Self::from_config(&NpmConfig::read(environment, os), environment, os)
    }

    /// The registry's URL, without user name, password and query.
    pub fn url(&self) -> String {
        shown(&self.url)
    }

    /// Where the URL was read: a variable, a file, or a command.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn from_config(
        config: &NpmConfig,
        environment: &Environment,
        os: Os,
    ) -> Result<Self, InstallError> {
        let named = config.get("@openai:registry").or_else(|| config.get("registry"));
        let (url, origin) = match named {
            Some((url, origin)) => (url.to_owned(), origin.to_owned()),
            None => match ask_npm(environment, os) {
                Ok(url) => (url, "`npm config get registry`".to_owned()),
                Err(npm) => return Err(InstallError::NoRegistry { npm }),
            },
        };
        if origin_of(&url).is_none() {
            let reason = format!("{:?} is not an http or https URL", shown(&url));
            return Err(InstallError::Setting { setting: "the npm registry", origin, reason });
        }
        let authorization = authorization(config, &url);
        Ok(Self { url, origin, authorization })
    }

    /// The URL of `path` in this registry.
    pub(crate) fn join(&self, path: &str) -> String {
        format!("{}/{path}", self.url.trim_end_matches('/'))
    }

    /// The `Authorization` header for `url`: ours if it is on this registry's own origin.
    pub(crate) fn authorization_for(&self, url: &str) -> Option<&str> {
        let authorization = self.authorization.as_deref()?;
        (origin_of(url) == origin_of(&self.url)).then_some(authorization)
    }

    pub(crate) fn is_https(&self) -> bool {
        is_https(&self.url)
    }
}

/// Without credentials, be it in a header or in the URL.
impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("url", &self.url())
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

/// A URL as people may see it: without user name, password and query.
pub(crate) fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = match rest.find('/') {
        Some(slash) => rest.split_at(slash),
        None => (rest, ""),
    };
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

pub(crate) fn is_https(url: &str) -> bool {
    origin_of(url).is_some_and(|(scheme, ..)| scheme == "https")
}

/// Scheme, host and port, or `None` if this is not a URL to get something from.
fn origin_of(url: &str) -> Option<(String, String, u16)> {
    let uri: Uri = url.parse().ok()?;
    let scheme = uri.scheme_str()?.to_owned();
    let usual = match scheme.as_str() {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let host = uri.host().filter(|host| !host.is_empty())?.to_ascii_lowercase();
    Some((scheme, host, uri.port_u16().unwrap_or(usual)))
}

/// The credential of the nearest `//host/path/` that the configuration has one for.
fn authorization(config: &NpmConfig, url: &str) -> Option<String> {
    let bare = shown(url);
    let mut place = bare.split_once(':')?.1.trim_end_matches('/');
    loop {
        for slash in ["/", ""] {
            let find = |name: &str| {
                let (value, _) = config.get(&format!("{place}{slash}:{name}"))?;
                // A variable that is not set stays as it was written, and is no credential.
                (!value.contains("${")).then_some(value)
            };
            if let Some(token) = find("_authToken") {
                return Some(format!("Bearer {token}"));
            }
            if let Some(pair) = find("_auth") {
                return Some(format!("Basic {pair}"));
            }
        }
        place = place.rsplit_once('/').map(|(parent, _)| parent).filter(|p| p.len() > 2)?;
    }
}

/// What npm itself says, or why it says nothing.
fn ask_npm(environment: &Environment, os: Os) -> Result<String, String> {
    let npm = path_search::folders(environment)
        .into_iter()
        .flat_map(|folder| path_search::candidates(&folder, "npm", environment, os))
        .find(|candidate| path_search::obstacle(candidate).is_none())
        .ok_or("npm is not on PATH")?;
    let mut command = Command::new(npm);
    #[cfg(windows)]
    {
        // An application without a console is not to show one.
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        std::os::windows::process::CommandExt::creation_flags(&mut command, CREATE_NO_WINDOW);
    }
    let mut child = command
        .args(["config", "get", "registry"])
        .env_clear()
        .envs(environment.iter())
        // Away from any project, whose own configuration would count.
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("npm could not be started ({error})"))?;
    let mut stdout = child.stdout.take().ok_or("npm has no output")?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut text = String::new();
        let outcome = stdout.read_to_string(&mut text).map(|_| text);
        _ = sender.send(outcome);
    });
    let answer = receiver.recv_timeout(NPM_TIMEOUT);
    if answer.is_err() {
        _ = child.kill();
    }
    let status = child.wait().map_err(|error| format!("npm was lost ({error})"))?;
    match answer {
        Err(_) => Err(format!("npm said nothing for {NPM_TIMEOUT:?}")),
        Ok(Err(error)) => Err(format!("npm's answer could not be read ({error})")),
        Ok(Ok(_)) if !status.success() => Err(format!("npm failed ({status})")),
        Ok(Ok(text)) => match text.trim() {
            "" | "undefined" | "null" => Err("npm has none either".to_owned()),
            url => Ok(url.to_owned()),
        },
    }
}
