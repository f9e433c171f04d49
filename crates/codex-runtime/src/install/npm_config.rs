//! npm's configuration: the environment, the user's file, the global file, in that order.
//!
//! Files of projects are left out on purpose. What a checked-out folder says must not decide where
//! a program comes from that is installed for the user and run.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{Environment, Os, path_search};

/// Settings by name, each with where it was read; the first of a name counts.
#[derive(Default)]
pub(crate) struct NpmConfig {
    settings: Vec<Setting>,
}

/// One setting. Its value may be a secret.
struct Setting {
    name: String,
    value: String,
    origin: String,
}

impl NpmConfig {
    /// Reads what there is; files that are absent or unreadable count as empty.
    pub(crate) fn read(environment: &Environment, os: Os) -> Self {
        let mut config = Self::default();
        config.add_environment(environment);
        for file in files(environment, os) {
            if let Ok(text) = fs::read_to_string(&file) {
                config.add_file(&text, &file, environment);
            }
        }
        config
    }

    /// The value of `name`, and where it was read.
    pub(crate) fn get(&self, name: &str) -> Option<(&str, &str)> {
        self.settings
            .iter()
            .find(|setting| setting.name == name)
            .map(|setting| (setting.value.as_str(), setting.origin.as_str()))
    }

    fn add_environment(&mut self, environment: &Environment) {
        for (name, value) in environment.iter() {
            let (Some(name), Some(value)) = (name.to_str(), value.to_str()) else { continue };
            let prefix = "npm_config_";
            let Some((start, rest)) = name.split_at_checked(prefix.len()) else { continue };
            if !start.eq_ignore_ascii_case(prefix) {
                continue;
            }
            // Names that belong to a host or a scope are taken literally, as npm takes them.
            let setting = match rest.starts_with(['/', '@', '_']) {
                true => rest.to_owned(),
                false => rest.to_ascii_lowercase().replace('_', "-"),
            };
            self.push(setting, value.to_owned(), name.to_owned());
        }
    }

    fn add_file(&mut self, text: &str, file: &Path, environment: &Environment) {
        for line in text.lines().map(str::trim) {
            // A section ends what belongs to npm: its own files have none.
            if line.starts_with('[') {
                break;
            }
            if line.starts_with([';', '#']) {
                continue;
            }
            let Some((name, value)) = line.split_once('=') else { continue };
            let name = expand(unquote(name), environment);
            let value = expand(unquote(value), environment);
            self.push(name, value, file.display().to_string());
        }
    }

    fn push(&mut self, name: String, value: String, origin: String) {
        if !value.is_empty() {
            self.settings.push(Setting { name, value, origin });
        }
    }
}

/// Names alone: values may be secrets.
impl fmt::Debug for NpmConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.settings.iter().map(|setting| &setting.name)).finish()
    }
}

/// The user's file, then the global one.
fn files(environment: &Environment, os: Os) -> Vec<PathBuf> {
    let path = |name: &str| environment.get(name).map(PathBuf::from);
    let setting = |name: &str| {
        let wanted = format!("npm_config_{name}");
        let mut all = environment.iter();
        all.find(|(key, _)| key.eq_ignore_ascii_case(&wanted))
            .map(|(_, value)| PathBuf::from(value))
    };
    let home = match os {
        Os::Windows => path("USERPROFILE"),
        Os::Linux | Os::MacOs => path("HOME"),
    };
    let user = setting("userconfig").or_else(|| Some(home?.join(".npmrc")));
    let mut files = Vec::from_iter(user);
    match setting("globalconfig") {
        Some(file) => files.push(file),
        None => files.extend(global_files(environment, os, setting("prefix"))),
    }
    files
}

/// Where npm's global file may lie: below its prefix, which is where node is installed.
fn global_files(environment: &Environment, os: Os, prefix: Option<PathBuf>) -> Vec<PathBuf> {
    let prefixes = match (prefix, os) {
        (Some(prefix), _) => vec![prefix],
        (None, Os::Windows) => {
            Vec::from_iter(environment.get("APPDATA").map(|folder| Path::new(folder).join("npm")))
        }
        (None, Os::Linux | Os::MacOs) => {
            let node = path_search::folders(environment)
                .into_iter()
                .flat_map(|folder| path_search::candidates(&folder, "node", environment, os))
                .find_map(|node| fs::canonicalize(node).ok());
            Vec::from_iter(
                node.as_deref().and_then(|node| Some(node.parent()?.parent()?.to_owned())),
            )
        }
    };
    let mut files: Vec<PathBuf> =
        prefixes.into_iter().map(|prefix| prefix.join("etc").join("npmrc")).collect();
    // Debian and its kin keep what would be /usr/etc in /etc.
    if files.iter().any(|file| file == Path::new("/usr/etc/npmrc")) {
        files.push(PathBuf::from("/etc/npmrc"));
    }
    files
}

fn unquote(text: &str) -> &str {
    let text = text.trim();
    ['"', '\'']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(text)
}

/// Replaces `${NAME}` by the variable's value, and leaves it where there is none, as npm does.
fn expand(text: &str, environment: &Environment) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else { break };
        let (before, variable) = (&rest[..start], &rest[start..=start + length]);
        expanded.push_str(before);
        let value = environment.get(&variable[2..length]).and_then(|value| value.to_str());
        expanded.push_str(value.unwrap_or(variable));
        rest = &rest[start + length + 1..];
    }
    expanded + rest
}
