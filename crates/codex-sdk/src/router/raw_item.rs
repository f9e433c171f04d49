//! Raw response items, which the server sends when asked for `experimentalRawEvents`.
//!
//! `rawResponseItem/completed` is in no method table of the schema, so it arrives as an unrecognized notification.

use serde_json::Value;

/// The method of the notification.
pub(super) const METHOD: &str = "rawResponseItem/completed";

/// The text of an assistant message; nothing for any other item.
pub(super) fn assistant_text(params: &Value) -> impl Iterator<Item = &str> {
    let item = &params["item"];
    let is_answer = item["type"] == "message" && item["role"] == "assistant";
    let parts = item["content"].as_array().filter(|_| is_answer);
    parts
        .into_iter()
        .flatten()
        .filter(|part| part["type"] == "output_text")
        .filter_map(|part| part["text"].as_str())
}

#[cfg(test)]
mod tests {
    use super::assistant_text;
    use serde_json::json;

    #[test]
    fn only_output_text_of_assistant_messages_counts() {
        let text = |item| {
            let params = json!({ "item": item });
            assistant_text(&params).collect::<Vec<_>>().concat()
        };
        let content = json!([
            { "type": "output_text", "text": "a" },
            { "type": "refusal", "text": "b" },
            { "type": "output_text", "text": "c" },
            { "type": "output_text" },
        ]);
        assert_eq!(
            text(json!({ "type": "message", "role": "assistant", "content": content })),
            "ac"
        );
        assert_eq!(text(json!({ "type": "message", "role": "user", "content": content })), "");
        assert_eq!(
            text(json!({ "type": "reasoning", "role": "assistant", "content": content })),
            ""
        );
        assert_eq!(text(json!({ "type": "message", "role": "assistant" })), "");
        assert_eq!(text(json!(null)), "");
    }
}
