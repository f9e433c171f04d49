//! Turns a reply into the bytes of a server-sent event stream, and the waits between them. Pure.
//!
//! The events and their members are those that codex reads; it ignores the rest of the API's.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::Reply;
use super::reply::{Call, End, Step};
use crate::Gate;

/// One thing to do to the stream.
#[derive(Debug)]
pub(super) enum Action {
    Send(Bytes),
    Pause(Duration),
    Hold(Gate),
    Flush,
    Cut,
}

/// Everything that `reply` does to the stream, in order.
///
/// `number` makes the ids unique; `tools` are the names of those that codex offers.
///
/// # Errors
///
/// If the reply calls the shell and codex offers none.
pub(super) fn actions(reply: Reply, number: &str, tools: &[String]) -> Result<Vec<Action>, String> {
    let mut writer = Writer::new(number, tools);
    let id = writer.response_id.clone();
    writer.event("response.created", json!({ "response": { "id": id, "status": "in_progress" } }));
    for step in reply.steps {
        writer.step(step)?;
    }
    match reply.end {
        End::Completed => {
            writer.close_message();
            let usage = reply.usage.to_json();
            let response = json!({ "id": id, "status": "completed", "output": [], "usage": usage });
            writer.event("response.completed", json!({ "response": response }));
        }
        End::Failed { code, message } => {
            let error = json!({ "code": code, "message": message });
            let response = json!({ "id": id, "status": "failed", "error": error });
            writer.event("response.failed", json!({ "response": response }));
        }
        End::Incomplete { reason } => {
            writer.close_message();
            let details = json!({ "reason": reason });
            let response =
                json!({ "id": id, "status": "incomplete", "incomplete_details": details });
            writer.event("response.incomplete", json!({ "response": response }));
        }
        End::Closed => {}
        // The server throws away what it has not written when a body fails: let it write first.
        End::Cut | End::Http { .. } => writer.actions.extend([Action::Flush, Action::Cut]),
    }
    Ok(writer.actions)
}

struct Writer<'a> {
    number: &'a str,
    tools: &'a [String],
    response_id: String,
    actions: Vec<Action>,
    output_index: usize,
    open: Option<OpenMessage>,
}

struct OpenMessage {
    item: Value,
    text: String,
}

impl<'a> Writer<'a> {
    fn new(number: &'a str, tools: &'a [String]) -> Self {
        let response_id = format!("resp_{number}");
        Self { number, tools, response_id, actions: Vec::new(), output_index: 0, open: None }
    }

    fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Pause(pause) => self.actions.push(Action::Pause(pause)),
            Step::Hold(gate) => self.actions.push(Action::Hold(gate)),
            Step::Message { phase } => self.open_message(phase),
            Step::Delta(delta) => self.delta(&delta),
            Step::Reasoning { summary, raw } => self.reasoning(&summary, raw.as_deref()),
            Step::Call(call) => self.call(call)?,
            Step::Raw(bytes) => self.actions.push(Action::Send(bytes.into())),
            Step::WebSearch(query) => self.web_search(&query),
        }
        Ok(())
    }

    fn event(&mut self, kind: &str, mut data: Value) {
        data["type"] = kind.into();
        let bytes = format!("event: {kind}\ndata: {data}\n\n");
        self.actions.push(Action::Send(bytes.into()));
    }

    /// An event about the item that is being written.
    fn item_event(&mut self, kind: &str, mut data: Value) {
        data["output_index"] = self.output_index.into();
        self.event(kind, data);
    }

    fn item_id(&self, prefix: &str) -> String {
        format!("{prefix}_{}_{}", self.number, self.output_index)
    }

    fn open_message(&mut self, phase: Option<&str>) {
        self.close_message();
        let id = self.item_id("msg");
        let mut item = json!({ "type": "message", "role": "assistant", "id": id });
        if let Some(phase) = phase {
            item["phase"] = phase.into();
        }
        let mut added = item.clone();
        added["status"] = "in_progress".into();
        added["content"] = json!([]);
        self.item_event("response.output_item.added", json!({ "item": added }));
        let part = json!({ "type": "output_text", "text": "", "annotations": [] });
        let part = json!({ "item_id": id, "content_index": 0, "part": part });
        self.item_event("response.content_part.added", part);
        self.open = Some(OpenMessage { item, text: String::new() });
    }

    fn delta(&mut self, delta: &str) {
        if self.open.is_none() {
            self.open_message(None);
        }
        if let Some(open) = &mut self.open {
            open.text.push_str(delta);
        }
        let data = json!({ "item_id": self.item_id("msg"), "content_index": 0, "delta": delta });
        self.item_event("response.output_text.delta", data);
    }

    fn close_message(&mut self) {
        let Some(OpenMessage { mut item, text }) = self.open.take() else { return };
        let done = json!({ "item_id": item["id"], "content_index": 0, "text": text });
        self.item_event("response.output_text.done", done);
        item["status"] = "completed".into();
        item["content"] = json!([{ "type": "output_text", "text": text, "annotations": [] }]);
        self.finish_item(item);
    }

    fn finish_item(&mut self, item: Value) {
        self.item_event("response.output_item.done", json!({ "item": item }));
        self.output_index += 1;
    }

    fn reasoning(&mut self, summary: &[String], raw: Option<&str>) {
        self.close_message();
        let id = self.item_id("rs");
        let item = json!({ "type": "reasoning", "id": id, "summary": [] });
        self.item_event("response.output_item.added", json!({ "item": item }));
        let part = |text: &str| json!({ "type": "summary_text", "text": text });
        for (index, text) in summary.iter().enumerate() {
            let place = json!({ "item_id": id, "summary_index": index });
            let added = with(&place, "part", part(""));
            self.item_event("response.reasoning_summary_part.added", added);
            for word in text.split_inclusive(' ') {
                let delta = with(&place, "delta", word.into());
                self.item_event("response.reasoning_summary_text.delta", delta);
            }
            let done = with(&place, "text", text.as_str().into());
            self.item_event("response.reasoning_summary_text.done", done);
        }
        for word in raw.into_iter().flat_map(|raw| raw.split_inclusive(' ')) {
            let delta = json!({ "item_id": id, "content_index": 0, "delta": word });
            self.item_event("response.reasoning_text.delta", delta);
        }
        let summary: Vec<_> = summary.iter().map(|text| part(text)).collect();
        let mut item = json!({
            "type": "reasoning", "id": id, "summary": summary, "encrypted_content": "opaque",
        });
        if let Some(raw) = raw {
            item["content"] = json!([{ "type": "reasoning_text", "text": raw }]);
        }
        self.finish_item(item);
    }

    fn web_search(&mut self, query: &str) {
        self.close_message();
        let mut item = json!({
            "type": "web_search_call", "id": self.item_id("ws"), "status": "in_progress",
        });
        self.item_event("response.output_item.added", json!({ "item": item }));
        item["status"] = "completed".into();
        item["action"] = json!({ "type": "search", "query": query });
        self.finish_item(item);
    }

    fn call(&mut self, call: Call) -> Result<(), String> {
        self.close_message();
        let (mut item, input, delta) = match call {
            Call::Shell { command, escalate } => {
                let (name, arguments) = self.shell(&command, escalate)?;
                function_call(name, arguments)
            }
            Call::Function { name, arguments } => function_call(&name, arguments),
            Call::Custom { name, input } => {
                let item = json!({ "type": "custom_tool_call", "name": name, "input": input });
                (item, "input", "response.custom_tool_call_input.delta")
            }
        };
        item["id"] = self.item_id("call_item").into();
        item["call_id"] = self.item_id("call").into();
        item["status"] = "completed".into();
        let mut added = item.clone();
        added["status"] = "in_progress".into();
        added[input] = "".into();
        self.item_event("response.output_item.added", json!({ "item": added }));
        let said =
            json!({ "item_id": item["id"], "call_id": item["call_id"], "delta": item[input] });
        self.item_event(delta, said);
        self.finish_item(item);
        Ok(())
    }

    /// The shell tool that codex offers, and its arguments.
    fn shell(
        &self,
        command: &str,
        escalate: Option<String>,
    ) -> Result<(&'static str, String), String> {
        let offers = |name: &str| self.tools.iter().any(|tool| tool == name);
        let (name, mut arguments) = if offers("exec_command") {
            ("exec_command", json!({ "cmd": command }))
        } else if offers("shell_command") {
            ("shell_command", json!({ "command": command }))
        } else if offers("shell") {
            ("shell", json!({ "command": ["bash", "-lc", command] }))
        } else {
            let offered = self.tools.join(", ");
            return Err(format!("cannot run {command:?}: no shell among the tools ({offered})"));
        };
        if let Some(reason) = escalate {
            arguments["sandbox_permissions"] = "require_escalated".into();
            arguments["justification"] = reason.into();
        }
        Ok((name, arguments.to_string()))
    }
}

fn with(place: &Value, key: &str, value: Value) -> Value {
    let mut data = place.clone();
    data[key] = value;
    data
}

fn function_call(name: &str, arguments: String) -> (Value, &'static str, &'static str) {
    let mut item = json!({ "type": "function_call", "name": name, "arguments": arguments });
    if let Some((namespace, name)) = name.split_once('/') {
        item["namespace"] = namespace.into();
        item["name"] = name.into();
    }
    (item, "arguments", "response.function_call_arguments.delta")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stream as a list: each event's data, and a word for whatever else happens.
    fn played(reply: Reply, tools: &[&str]) -> Vec<Value> {
        let tools: Vec<_> = tools.iter().map(|&tool| tool.to_owned()).collect();
        let read = |action| match action {
            Action::Send(bytes) => {
                let text = String::from_utf8(bytes.to_vec()).unwrap();
                let (event, data) = text.strip_suffix("\n\n").unwrap().split_once('\n').unwrap();
                let data: Value =
                    serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
                assert_eq!(event, format!("event: {}", data["type"].as_str().unwrap()));
                data
            }
            Action::Pause(pause) => json!(format!("pause {} ms", pause.as_millis())),
            Action::Hold(_) => json!("hold"),
            Action::Flush => json!("flush"),
            Action::Cut => json!("cut"),
        };
        actions(reply, "7", &tools).unwrap().into_iter().map(read).collect()
    }

    fn kinds(events: &[Value]) -> Vec<&str> {
        events.iter().map(|event| event.as_str().or(event["type"].as_str()).unwrap()).collect()
    }

    #[test]
    fn a_message_is_a_whole_stream() {
        let usage = super::super::Usage::new(10, 3).cached(4).reasoning(1);
        let item = |status: &str, content: Value| {
            json!({ "type": "message", "role": "assistant", "id": "msg_7_0", "status": status,
                    "content": content })
        };
        let part = |text: &str| json!({ "type": "output_text", "text": text, "annotations": [] });
        let delta = |text: &str| {
            json!({ "type": "response.output_text.delta", "output_index": 0,
                    "item_id": "msg_7_0", "content_index": 0, "delta": text })
        };
        assert_eq!(
            played(Reply::deltas(["Hel", "lo"]).usage(usage), &[]),
            [
                json!({ "type": "response.created",
                        "response": { "id": "resp_7", "status": "in_progress" } }),
                json!({ "type": "response.output_item.added", "output_index": 0,
                        "item": item("in_progress", json!([])) }),
                json!({ "type": "response.content_part.added", "output_index": 0,
                        "item_id": "msg_7_0", "content_index": 0, "part": part("") }),
                delta("Hel"),
                delta("lo"),
                json!({ "type": "response.output_text.done", "output_index": 0,
                        "item_id": "msg_7_0", "content_index": 0, "text": "Hello" }),
                json!({ "type": "response.output_item.done", "output_index": 0,
                        "item": item("completed", json!([part("Hello")])) }),
                json!({ "type": "response.completed", "response": {
                    "id": "resp_7", "status": "completed", "output": [], "usage": {
                        "input_tokens": 10, "input_tokens_details": { "cached_tokens": 4 },
                        "output_tokens": 3, "output_tokens_details": { "reasoning_tokens": 1 },
                        "total_tokens": 13 } } }),
            ]
        );
    }

    #[test]
    fn waits_stand_where_they_were_written() {
        let reply = Reply::deltas(["a", "b"]).delay(Duration::from_millis(2));
        let reply = reply.hold(&Gate::new()).more(["c"]).and(Reply::cut_after(["d"]));
        let (added, part) = ("response.output_item.added", "response.content_part.added");
        let delta = "response.output_text.delta";
        let (text, item) = ("response.output_text.done", "response.output_item.done");
        assert_eq!(
            kinds(&played(reply, &[])),
            [
                "response.created",
                added,
                part,
                "pause 2 ms",
                delta,
                "pause 2 ms",
                delta,
                "hold",
                delta,
                text,
                item,
                added,
                part,
                delta,
                "flush",
                "cut",
            ]
        );
    }

    #[test]
    fn a_shell_call_takes_the_tool_on_offer() {
        let call = |reply, tools: &[&str]| {
            let events = played(reply, tools);
            let item = &events[events.len() - 2]["item"];
            (item["name"].clone(), item["arguments"].clone(), item["call_id"].clone())
        };
        let expected = |name: &str, arguments: Value| {
            (json!(name), json!(arguments.to_string()), json!("call_7_0"))
        };
        let offered = ["web_search", "shell_command", "exec_command"];
        assert_eq!(
            call(Reply::shell("ls"), &offered),
            expected("exec_command", json!({ "cmd": "ls" }))
        );
        assert_eq!(
            call(Reply::shell_escalated("ls", "why not"), &offered[..2]),
            expected(
                "shell_command",
                json!({ "command": "ls", "sandbox_permissions": "require_escalated",
                        "justification": "why not" })
            )
        );
        assert_eq!(
            call(Reply::shell("ls"), &["shell"]),
            expected("shell", json!({ "command": ["bash", "-lc", "ls"] }))
        );
        let none = actions(Reply::shell("ls"), "7", &["view_image".to_owned()]);
        assert_eq!(none.unwrap_err(), "cannot run \"ls\": no shell among the tools (view_image)");
    }

    #[test]
    fn items_of_one_response_have_ids_of_their_own() {
        let reply = Reply::reasoning("think twice")
            .and(Reply::commentary("on it"))
            .and(Reply::tool("crm/find", json!({ "id": 1 })))
            .and(Reply::patch("*** Delete File: a\n"));
        let events = played(reply, &[]);
        let done: Vec<_> = events
            .iter()
            .filter(|event| event["type"] == "response.output_item.done")
            .map(|event| event["item"].clone())
            .collect();
        assert_eq!(
            done,
            [
                json!({ "type": "reasoning", "id": "rs_7_0", "encrypted_content": "opaque",
                        "summary": [{ "type": "summary_text", "text": "think twice" }] }),
                json!({ "type": "message", "role": "assistant", "id": "msg_7_1",
                        "status": "completed", "phase": "commentary", "content": [
                            { "type": "output_text", "text": "on it", "annotations": [] }] }),
                json!({ "type": "function_call", "id": "call_item_7_2", "call_id": "call_7_2",
                        "status": "completed", "namespace": "crm", "name": "find",
                        "arguments": "{\"id\":1}" }),
                json!({ "type": "custom_tool_call", "id": "call_item_7_3", "call_id": "call_7_3",
                        "status": "completed", "name": "apply_patch",
                        "input": "*** Begin Patch\n*** Delete File: a\n*** End Patch\n" }),
            ]
        );
    }

    #[test]
    fn a_failure_leaves_its_message_open() {
        let reply = Reply::text("half").and(Reply::overloaded());
        let events = played(reply, &[]);
        assert_eq!(kinds(&events[3..]), ["response.output_text.delta", "response.failed"]);
        let error = json!({ "code": "server_is_overloaded",
                            "message": "the script says server_is_overloaded" });
        assert_eq!(events[4]["response"]["error"], error);
    }
}
