//! The text of `config.toml` and of the model catalog. Pure.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

pub(super) const CONFIG: &str = "config.toml";
pub(super) const CATALOG: &str = "models.json";

/// The model that codex uses unless a thread asks for another.
const MODEL: &str = "scripted";

#[derive(Clone, Debug)]
pub(super) struct Settings {
    base_url: String,
    pub(super) http_retries: u32,
    pub(super) stream_retries: u32,
    pub(super) stream_idle_timeout: Duration,
    pub(super) features: BTreeMap<String, bool>,
    pub(super) models: Vec<String>,
    top: String,
    tables: String,
}

impl Settings {
    pub(super) fn new(base_url: String) -> Self {
        let off = ["apps", "plugins", "unbounded_connection_retries"];
        Self {
            base_url,
            http_retries: 0,
            stream_retries: 0,
            stream_idle_timeout: Duration::from_secs(60),
            features: off.map(|name| (name.to_owned(), false)).into(),
            models: vec![MODEL.to_owned()],
            top: String::new(),
            tables: String::new(),
        }
    }

    /// Takes lines of the caller's: up to the first table they go to the top, the rest to the end.
    pub(super) fn add(&mut self, toml: &str) {
        let mut in_tables = false;
        for line in toml.lines() {
            in_tables |= line.trim_start().starts_with('[');
            let part = if in_tables { &mut self.tables } else { &mut self.top };
            part.push_str(line);
            part.push('\n');
        }
    }

    /// A program that serves MCP.
    ///
    /// Required, so that a thread waits for it: for one that is not, a turn waits a second, and then has to do without
    /// its tools, which on a busy machine comes to pass.
    pub(super) fn mcp_server(&mut self, program: &Path) {
        let program = quoted(&program.to_string_lossy());
        let patience = crate::gate::PATIENCE.as_secs();
        self.add(&format!(
            "[mcp_servers.testkit]\ncommand = {program}\nrequired = true\nstartup_timeout_sec = {patience}"
        ));
    }

    pub(super) fn config(&self, catalog: &Path) -> String {
        let mut features = String::new();
        for (name, on) in &self.features {
            writeln!(features, "{} = {on}", quoted(name))
                .expect("a String takes all that is written");
        }
        format!(
            "\
model = {model}
model_provider = \"scripted\"
model_catalog_json = {catalog}
model_reasoning_summary = \"auto\"
check_for_update_on_startup = false
project_root_markers = []
web_search = \"disabled\"
{top}
[model_providers.scripted]
name = \"Scripted model\"
base_url = {base_url}
wire_api = \"responses\"
requires_openai_auth = false
supports_websockets = false
request_max_retries = {http_retries}
stream_max_retries = {stream_retries}
stream_idle_timeout_ms = {idle}

[analytics]
enabled = false

[feedback]
enabled = false

[otel]
exporter = \"none\"
trace_exporter = \"none\"
metrics_exporter = \"none\"

[skills.bundled]
enabled = false

[features]
{features}
{tables}",
            model = quoted(MODEL),
            catalog = quoted(&catalog.to_string_lossy()),
            top = self.top,
            base_url = quoted(&self.base_url),
            http_retries = self.http_retries,
            stream_retries = self.stream_retries,
            idle = self.stream_idle_timeout.as_millis(),
            tables = self.tables,
        )
    }

    pub(super) fn catalog(&self) -> String {
        let models: Vec<_> = self.models.iter().enumerate().map(model).collect();
        json!({ "models": models }).to_string()
    }
}

/// What codex needs to know of a model, and what decides which tools it offers.
///
/// Found out on 0.160.0 and 0.169.0: it refuses a catalog without `slug`, `display_name`,
/// `visibility`, `supported_in_api`, `priority`, `shell_type`, `support_verbosity`,
/// `truncation_policy`, `supported_reasoning_levels`, `experimental_supported_tools` and
/// `base_instructions`; the rest makes it offer patches, parallel calls and reasoning.
fn model((priority, name): (usize, &String)) -> Value {
    let effort = |effort: &str| json!({ "effort": effort, "description": effort });
    let efforts = ["low", "medium", "high"].map(effort);
    json!({
        "slug": name,
        "display_name": name,
        "description": "Says what a test has written down",
        "visibility": "list",
        "supported_in_api": true,
        "priority": priority,
        "base_instructions": "You say what a test has written down.",
        "context_window": 272_000,
        "truncation_policy": { "mode": "tokens", "limit": 10_000 },
        "shell_type": "shell_command",
        "apply_patch_tool_type": "freeform",
        "supports_parallel_tool_calls": true,
        "support_verbosity": true,
        "supports_reasoning_summaries": true,
        "default_reasoning_level": "medium",
        "supported_reasoning_levels": efforts,
        "experimental_supported_tools": [],
    })
}

/// A TOML string: JSON's is one, but for a character that no path or name here has.
fn quoted(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_to_the_top_and_tables_to_the_end() {
        let mut settings = Settings::new("http://127.0.0.1:1/v1".into());
        settings.add("a = 1\n[t]\nb = 2");
        settings.add("c = 3\n\n[u]\nd = 4\n");
        settings.features.insert("goals".into(), true);
        let config = settings.config(Path::new("/h/a \"b\"\\c"));
        let lines: Vec<_> = config.lines().collect();
        assert_eq!(lines[2], r#"model_catalog_json = "/h/a \"b\"\\c""#);
        assert_eq!(lines[7..12], ["a = 1", "c = 3", "", "", "[model_providers.scripted]"]);
        let end = [
            "[features]",
            "\"apps\" = false",
            "\"goals\" = true",
            "\"plugins\" = false",
            "\"unbounded_connection_retries\" = false",
            "",
            "[t]",
            "b = 2",
            "[u]",
            "d = 4",
        ];
        assert_eq!(lines[lines.len() - end.len()..], end);
    }

    #[test]
    fn every_model_is_in_the_catalog() {
        let mut settings = Settings::new(String::new());
        settings.models.push("other".into());
        let catalog: Value = serde_json::from_str(&settings.catalog()).unwrap();
        let models = catalog["models"].as_array().unwrap();
        let named: Vec<_> =
            models.iter().map(|model| (&model["slug"], &model["priority"])).collect();
        assert_eq!(named, [(&json!("scripted"), &json!(0)), (&json!("other"), &json!(1))]);
    }
}
