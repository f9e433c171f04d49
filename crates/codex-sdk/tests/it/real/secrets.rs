//! Keys, tokens and what was said are planted wherever they can be, and then looked for in all that this crate puts out.

use super::{Stage, requests};
use crate::guard::within;
use crate::tracing_spans::Witness;
use codex_sdk::protocol::{
    ApiKeyLoginAccountParams, ConfigReadParams, LoginAccountParams, SandboxMode,
};
use codex_sdk::{AskForApproval, Codex, CodexBuilder, Event, Thread, Tool, ToolError, ToolOutput};
use codex_testkit::Reply;
use serde_json::json;
use std::error::Error;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

/// A key: nobody but the server may see it.
const KEY: &str = "marker-key-2718281828";

/// What was said: it may stand in the values that a program asked for, and in recordings.
const SAID: &str = "marker-said-3141592653";

/// Everything that was put out, with what it is.
#[derive(Default)]
struct Output(Vec<(&'static str, String)>);

impl Output {
    fn debug(&mut self, what: &'static str, value: &dyn Debug) {
        self.0.push((what, format!("{value:?} {value:#?}")));
    }

    fn error(&mut self, what: &'static str, error: &(dyn Error + 'static)) {
        self.debug(what, &error);
        let mut cause = Some(error);
        while let Some(error) = cause {
            self.0.push((what, error.to_string()));
            cause = error.source();
        }
    }

    #[track_caller]
    fn lacks(&self, marker: &str) {
        for (what, text) in &self.0 {
            assert!(!text.contains(marker), "{what}: {text}");
        }
    }
}

/// A configuration with keys in all the places that have one; the servers of it cannot be reached.
fn config() -> String {
    format!(
        r#"
[mcp_servers.testkit.env]
API_TOKEN = "{KEY}"
[mcp_servers.far]
url = "http://me:{KEY}@127.0.0.1:9/mcp"
bearer_token_env_var = "MCP_TOKEN"
http_headers = {{ "X-Api-Key" = "{KEY}" }}
[model_providers.far]
name = "Far"
base_url = "http://me:{KEY}@127.0.0.1:9/v1"
wire_api = "responses"
http_headers = {{ "Authorization" = "Bearer {KEY}" }}
request_max_retries = 0
stream_max_retries = 0
"#
    )
}

fn builder(stage: &Stage) -> CodexBuilder {
    stage
        .builder()
        .env("OPENAI_API_KEY", KEY)
        .env("MCP_TOKEN", KEY)
        .config_overrides([format!("shell_environment_policy.set.API_TOKEN=\"{KEY}\"")])
}

fn note() -> Tool {
    let schema = json!({ "type": "object", "properties": { "text": { "type": "string" } } });
    Tool::with_schema("note", "Takes a note", schema, |arguments, _| async move {
        let text = arguments["text"].as_str().ok_or_else(|| ToolError::new("no text"))?;
        assert_eq!(text, SAID);
        Ok(ToolOutput::text(SAID))
    })
}

/// A turn with a tool of ours, one of an MCP server, a command that is asked for, and an answer.
async fn talk(stage: &Stage, codex: &Codex, output: &mut Output) -> Thread {
    stage.model.reply(Reply::tool("note", json!({ "text": SAID })));
    stage.model.reply(Reply::tool("mcp__testkit/wipe", json!({ "all": SAID })));
    stage.model.reply(Reply::shell(format!("echo {SAID}")));
    stage.model.reply(Reply::text(SAID));
    let start = codex.thread_start().base_instructions(SAID).config("notify", json!([SAID]));
    let start = start.sandbox(SandboxMode::DangerFullAccess).tool(note());
    let start = start.approval_policy(AskForApproval::Untrusted);
    output.debug("a start of a thread", &start);
    let thread = start.await.unwrap();
    output.debug("a start of a turn", &thread.turn(SAID));
    output.debug("a run", &thread.run(SAID));
    let turn = thread.turn(SAID).await.unwrap();
    output.debug("a turn", &turn);
    output.debug("a steer", &turn.steer(SAID));
    let mut stream = turn.stream_with_requests().unwrap();
    let mut asked = 0;
    while let Some(event) = stream.next().await {
        if let Event::Request(request) = event.unwrap() {
            asked += 1;
            output.debug("a request", &request);
            requests::accept(request);
        }
        output.debug("a stream", &stream);
    }
    let result = stream.result().await.unwrap();
    assert_eq!((result.text.as_str(), asked > 0), (SAID, true));
    output.debug("a result", &result);
    thread
}

#[tokio::test]
async fn keys_are_nowhere_and_what_was_said_is_in_recordings_alone() {
    within(async {
        let mut output = Output::default();
        let witness = Witness::default();
        let _guard = witness.watch();
        let wire = Arc::new(Mutex::new(String::new()));

        let stage = Stage::set_with(|home| home.mcp_server().config(config())).await;
        let path = stage.home.work_dir().join("recording.jsonl");
        let seen = Arc::clone(&wire);
        let builder = builder(&stage).record(&path).tap(move |_, frame| {
            seen.lock().unwrap().push_str(&frame.to_string());
        });
        output.debug("a builder", &builder);
        let codex = builder.start().await.unwrap();
        output.debug("a login", &codex.login_api_key(KEY));
        let params = LoginAccountParams::ApiKey(ApiKeyLoginAccountParams::new(KEY));
        output.debug("params of a login", &params);
        codex.login_api_key(KEY).await.unwrap();
        codex.request(ConfigReadParams::default()).await.unwrap();
        let thread = talk(&stage, &codex, &mut output).await;
        output.debug("a thread", &thread);

        let far = codex.thread_start().model_provider("far").await.unwrap();
        let failed = far.run(SAID).await.unwrap();
        output.debug("a failed result", &failed);
        output.error("a failed turn", &failed.error_for_status().unwrap_err());
        output.error("a refusal", &codex.thread_resume("no-such-thread").await.unwrap_err());
        output.debug("a client", &codex);
        codex.close().await.unwrap();
        output.error("an end", &thread.run(SAID).await.unwrap_err());

        // Both were on the wire, so they could have been shown.
        let wire = wire.lock().unwrap();
        assert!(wire.contains(KEY) && wire.contains(SAID));
        let recording = std::fs::read_to_string(&path).unwrap();
        assert!(recording.contains(SAID) && recording.contains("[redacted]"));
        let told = witness.below_trace();
        assert!(told.contains("turn/start"), "{told}");
        output.0.push(("what was told to tracing", told));
        output.lacks(SAID);
        output.0.push(("the recording", recording));
        output.lacks(KEY);
    })
    .await;
}

#[cfg(feature = "websocket")]
#[tokio::test]
async fn a_connection_shows_neither_its_token_nor_the_password_in_its_url() {
    within(async {
        let mut output = Output::default();
        for url in [format!("ws://me:{KEY}@127.0.0.1:9/path?token={KEY}"), format!("ws://{KEY}@:x")]
        {
            let server = codex_sdk::transport::WebSocket::builder(url).bearer_token(KEY);
            output.debug("a connection", &server);
            output.error("a failed connection", &Codex::connect(server).await.unwrap_err());
        }
        output.lacks(KEY);
    })
    .await;
}
