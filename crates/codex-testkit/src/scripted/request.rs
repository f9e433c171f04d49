//! What codex asked the model.

use std::sync::Arc;

use axum::http::HeaderMap;
use serde_json::Value;

/// One request that codex sent to the model.
///
/// It holds the whole conversation so far, as codex tells it to the model.
#[derive(Clone, Debug)]
pub struct ModelRequest {
    // Shared: a test asks for the list of requests again and again, and each is large.
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    headers: HeaderMap,
    body: Value,
}

/// What a tool gave back to the model.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolOutput {
    /// The call that it answers.
    pub call_id: String,
    /// Its text as the model reads it; codex puts lines of its own around a command's output.
    pub text: String,
}

/// How the messages begin that codex writes in the user's name.
const INJECTED: [&str; 14] = [
    "# AGENTS.md instructions",
    "<codex_internal_context",
    "<collaboration_mode>",
    "<environment_context>",
    "<image",
    "</image>",
    "<model_switch>",
    "<permissions instructions>",
    "<recommended_plugins>",
    "<skill>",
    "<subagent_notification>",
    "<turn_aborted>",
    "<user_instructions>",
    "<user_shell_command>",
];

impl ModelRequest {
    pub(super) fn new(headers: HeaderMap, body: Value) -> Self {
        Self { inner: Arc::new(Inner { headers, body }) }
    }

    /// The body, whole.
    pub fn body(&self) -> &Value {
        &self.inner.body
    }

    /// An HTTP header, by name in any casing; `None` if absent or not text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.inner.headers.get(name)?.to_str().ok()
    }

    /// The name of the model that codex asked for, empty if it named none.
    pub fn model(&self) -> &str {
        self.body()["model"].as_str().unwrap_or_default()
    }

    /// What the user said, oldest first, without the context that codex adds in the user's name.
    pub fn user_texts(&self) -> Vec<&str> {
        let parts = self.user_parts().filter(|part| part["type"] == "input_text");
        let texts = parts.filter_map(|part| part["text"].as_str());
        texts.filter(|text| !is_injected(text)).collect()
    }

    /// What the user said last, empty if nothing.
    pub fn last_user_text(&self) -> &str {
        self.user_texts().last().copied().unwrap_or_default()
    }

    /// What the tools gave back, oldest first.
    pub fn tool_outputs(&self) -> Vec<ToolOutput> {
        let is_output =
            |item: &&Value| item["type"].as_str().is_some_and(|t| t.ends_with("_output"));
        self.input().filter(is_output).map(tool_output).collect()
    }

    /// The images in the user's messages, as the URLs that the model gets: mostly `data:` ones.
    pub fn images(&self) -> Vec<&str> {
        let parts = self.user_parts().filter(|part| part["type"] == "input_image");
        parts.filter_map(|part| part["image_url"].as_str()).collect()
    }

    /// The names of the tools that codex offers; `namespace/name` for those in a namespace.
    pub fn tools(&self) -> Vec<String> {
        elements(&self.body()["tools"]).flat_map(tool_names).collect()
    }

    fn input(&self) -> impl Iterator<Item = &Value> {
        elements(&self.body()["input"])
    }

    fn user_parts(&self) -> impl Iterator<Item = &Value> {
        let messages = self.input().filter(|item| item["role"] == "user");
        messages.flat_map(|message| elements(&message["content"]))
    }
}

fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn is_injected(text: &str) -> bool {
    let text = text.trim_start();
    INJECTED.iter().any(|opening| text.starts_with(opening))
}

fn tool_output(item: &Value) -> ToolOutput {
    let call_id = item["call_id"].as_str().unwrap_or_default().to_owned();
    let text = match &item["output"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts: Vec<_> = parts.iter().filter_map(|part| part["text"].as_str()).collect();
            texts.join("\n")
        }
        other => other.to_string(),
    };
    ToolOutput { call_id, text }
}

fn tool_names(tool: &Value) -> Vec<String> {
    // Tools that the API itself runs have a type alone.
    let name = tool["name"].as_str().or(tool["type"].as_str()).unwrap_or_default();
    if tool["type"] != "namespace" {
        return vec![name.to_owned()];
    }
    let inner = elements(&tool["tools"]).filter_map(|tool| tool["name"].as_str());
    inner.map(|tool| format!("{name}/{tool}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(body: Value) -> ModelRequest {
        ModelRequest::new(HeaderMap::new(), body)
    }

    #[test]
    fn tells_the_user_from_codex() {
        let request = request(json!({ "input": [
            { "role": "developer", "content": [{ "type": "input_text", "text": "You are" }] },
            { "role": "user", "content": [
                { "type": "input_text", "text": "<environment_context>\n..</environment_context>" }] },
            { "role": "user", "content": [
                { "type": "input_text", "text": "<b>bold</b>" },
                { "type": "input_text", "text": "<image name=[Image #1]>" },
                { "type": "input_image", "image_url": "data:image/png;base64,AA==" },
                { "type": "input_text", "text": "</image>" }] },
            { "role": "assistant", "content": [{ "type": "output_text", "text": "Yes." }] },
            { "role": "user", "content": [{ "type": "input_text", "text": "And now?" }] },
        ]}));
        assert_eq!(request.user_texts(), ["<b>bold</b>", "And now?"]);
        assert_eq!(request.last_user_text(), "And now?");
        assert_eq!(request.images(), ["data:image/png;base64,AA=="]);
    }

    #[test]
    fn reads_outputs_of_every_shape() {
        let request = request(json!({ "input": [
            { "type": "function_call_output", "call_id": "a", "output": "plain" },
            { "type": "custom_tool_call_output", "call_id": "b",
              "output": [{ "type": "input_text", "text": "one" }, { "type": "input_text", "text": "two" }] },
            { "type": "function_call", "call_id": "c", "name": "x" },
        ]}));
        let output = |id: &str, text: &str| ToolOutput { call_id: id.into(), text: text.into() };
        assert_eq!(request.tool_outputs(), [output("a", "plain"), output("b", "one\ntwo")]);
    }

    #[test]
    fn names_the_tools() {
        let request = request(json!({ "tools": [
            { "type": "function", "name": "exec_command" },
            { "type": "web_search" },
            { "type": "namespace", "name": "crm", "tools": [{ "name": "find" }, { "name": "add" }] },
        ]}));
        assert_eq!(request.tools(), ["exec_command", "web_search", "crm/find", "crm/add"]);
    }

    #[test]
    fn an_empty_body_says_nothing() {
        let request = request(Value::Null);
        assert_eq!(request.user_texts(), Vec::<&str>::new());
        assert_eq!((request.model(), request.last_user_text()), ("", ""));
    }
}
