//! The client that plays a scenario: raw frames, all of them kept.

use std::path::{Path, PathBuf};
use std::time::Duration;

use codex_testkit::{CodexHome, CodexHomeBuilder, ScriptedModel};
use codex_transport::{Frame as Raw, FrameBatch, FrameReceiver, FrameSender, Stdio, Transport};
use serde_json::{Value, json};

use crate::Failure;
use crate::canon;
use crate::normal::Normal;
use crate::recording::{Direction, Frame};

/// Only against a hang: no scenario waits this long for one frame.
const GUARD: Duration = Duration::from_secs(60);

pub(crate) struct Player {
    // First, so that the server has lost its input before its home goes.
    sender: Box<dyn FrameSender>,
    receiver: Box<dyn FrameReceiver>,
    codex: PathBuf,
    pub(crate) home: CodexHome,
    pub(crate) model: ScriptedModel,
    frames: Vec<Frame>,
    /// How many frames [`until`](Self::until) has gone through.
    looked_at: usize,
    last_id: i64,
    /// The thread that was started or resumed last.
    pub(crate) thread: String,
}

/// A request of the server's.
pub(crate) struct Asked {
    pub(crate) id: Value,
    pub(crate) params: Value,
}

impl Player {
    /// A server that has had its handshake, and one thread that may do anything.
    pub(crate) async fn start(codex: &Path) -> Result<Self, Failure> {
        Self::start_with(codex, |home| home).await
    }

    /// The same in a home of this kind.
    pub(crate) async fn start_with(
        codex: &Path,
        home: impl FnOnce(CodexHomeBuilder) -> CodexHomeBuilder,
    ) -> Result<Self, Failure> {
        let mut player = Self::connect(codex, home).await?;
        player.start_thread(json!({})).await?;
        Ok(player)
    }

    /// A server that has had its handshake.
    pub(crate) async fn connect(
        codex: &Path,
        home: impl FnOnce(CodexHomeBuilder) -> CodexHomeBuilder,
    ) -> Result<Self, Failure> {
        let model = ScriptedModel::start().await?;
        let home = home(CodexHome::builder(&model)).build()?;
        let (sender, receiver) = launch(codex, &home)?;
        let mut player = Self {
            sender,
            receiver,
            codex: codex.to_owned(),
            home,
            model,
            frames: Vec::new(),
            looked_at: 0,
            last_id: 0,
            thread: String::new(),
        };
        player.shake_hands().await?;
        Ok(player)
    }

    /// Ends the server and starts another in the same home; what was said until then is not kept.
    pub(crate) async fn restart(&mut self) -> Result<(), Failure> {
        self.sender.close().await?;
        (self.sender, self.receiver) = launch(&self.codex, &self.home)?;
        self.frames.clear();
        (self.looked_at, self.last_id) = (0, 0);
        self.shake_hands().await
    }

    async fn shake_hands(&mut self) -> Result<(), Failure> {
        let client = json!({ "name": "recorder", "title": "Recorder", "version": "0" });
        // As the SDK says it, so that the SDK can be the client when it is played.
        let capabilities = json!({ "experimentalApi": true, "requestAttestation": false });
        let params = json!({ "clientInfo": client, "capabilities": capabilities });
        self.ask("initialize", params).await?;
        self.send(json!({ "method": "initialized" })).await?;
        // It comes unasked, at any moment from here on.
        self.until("remoteControl/status/changed", |_| true).await?;
        Ok(())
    }

    pub(crate) async fn start_thread(&mut self, more: Value) -> Result<(), Failure> {
        let mut params = json!({ "cwd": self.home.work_dir(), "approvalPolicy": "never",
                                 "sandbox": "danger-full-access" });
        merge(&mut params, more);
        let started = self.ask("thread/start", params).await?;
        self.thread = text(&started["thread"]["id"])?;
        self.until("thread/started", |_| true).await?;
        Ok(())
    }

    /// One turn with this text, from its start to its end; gives its `turn` object.
    pub(crate) async fn turn(&mut self, text: &str) -> Result<Value, Failure> {
        self.say(text).await?;
        self.ended().await
    }

    /// Starts a turn with this text; gives its id.
    pub(crate) async fn say(&mut self, text: &str) -> Result<String, Failure> {
        self.say_with(json!([said(text)]), json!({})).await
    }

    pub(crate) async fn say_with(&mut self, input: Value, more: Value) -> Result<String, Failure> {
        let mut params = json!({ "threadId": self.thread, "input": input });
        merge(&mut params, more);
        let started = self.ask("turn/start", params).await?;
        text(&started["turn"]["id"])
    }

    /// Waits for the end of the thread's turn.
    pub(crate) async fn ended(&mut self) -> Result<Value, Failure> {
        let thread = self.thread.clone();
        let ended = self.until("turn/completed", |params| params["threadId"] == thread).await?;
        Ok(ended["turn"].clone())
    }

    /// Waits for a notification or request of the server that was not waited for yet; gives its params.
    pub(crate) async fn until(
        &mut self,
        method: &str,
        fits: impl Fn(&Value) -> bool,
    ) -> Result<Value, Failure> {
        loop {
            while let Some(frame) = self.frames.get(self.looked_at) {
                self.looked_at += 1;
                let message = &frame.message;
                if frame.is_in() && message["method"] == method && fits(&message["params"]) {
                    return Ok(message["params"].clone());
                }
            }
            self.next().await.map_err(|error| format!("waiting for {method}: {error}"))?;
        }
    }

    /// Waits for a notification of the server, unless it has come already.
    pub(crate) async fn heard(
        &mut self,
        method: &str,
        fits: impl Fn(&Value) -> bool,
    ) -> Result<(), Failure> {
        let looked_at = std::mem::take(&mut self.looked_at);
        let heard = self.until(method, fits).await;
        self.looked_at = self.looked_at.max(looked_at);
        heard.map(drop)
    }

    /// Waits for a request of the server's that was not waited for yet, and answers it so.
    pub(crate) async fn answer(&mut self, method: &str, result: Value) -> Result<(), Failure> {
        let asked = self.asked(method).await?;
        self.respond(asked.id, result).await
    }

    /// Waits for a request of the server's that was not waited for yet.
    pub(crate) async fn asked(&mut self, method: &str) -> Result<Asked, Failure> {
        let params = self.until(method, |_| true).await?;
        let frame = self.looked_at.checked_sub(1).and_then(|at| self.frames.get(at));
        let id = frame.and_then(|frame| frame.message.get("id")).cloned();
        Ok(Asked { id: id.ok_or_else(|| format!("{method} is no request"))?, params })
    }

    /// Answers the server's request of this id.
    pub(crate) async fn respond(&mut self, id: Value, result: Value) -> Result<(), Failure> {
        self.send(json!({ "id": id, "result": result })).await
    }

    /// Makes a request; gives its result.
    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> Result<Value, Failure> {
        let answer = self.answer_to(method, params).await?;
        match answer.get("result") {
            Some(result) => Ok(result.clone()),
            None => Err(format!("{method} was refused: {answer}").into()),
        }
    }

    /// Makes a request; gives its answer, whichever it is.
    pub(crate) async fn answer_to(
        &mut self,
        method: &str,
        params: Value,
    ) -> Result<Value, Failure> {
        self.last_id += 1;
        let id = self.last_id;
        self.send(json!({ "id": id, "method": method, "params": params })).await?;
        loop {
            self.next().await.map_err(|error| format!("waiting for {method}: {error}"))?;
            let frame = self.frames.last().ok_or("nothing was read")?;
            if frame.is_answer() && frame.message["id"] == id {
                return Ok(frame.message.clone());
            }
        }
    }

    /// What was said, in its normal form.
    pub(crate) async fn end(mut self) -> Result<Vec<Frame>, Failure> {
        self.sender.close().await?;
        let normal = Normal::new(&self.home);
        Ok(normal.frames(canon::ordered(self.frames)))
    }

    async fn send(&mut self, message: Value) -> Result<(), Failure> {
        let text = message.to_string();
        let mut batch = FrameBatch::new();
        batch.push_str(&text)?;
        self.sender.send(&mut batch).await?;
        self.frames.push(Frame::new(Direction::Out, &text)?);
        Ok(())
    }

    async fn next(&mut self) -> Result<(), Failure> {
        loop {
            match self.receiver.next_frame() {
                Some(Raw::Text(text)) => {
                    self.frames.push(Frame::new(Direction::In, text)?);
                    return Ok(());
                }
                Some(Raw::Malformed(malformed)) => return Err(malformed.into()),
                None => {}
            }
            let filled = tokio::time::timeout(GUARD, self.receiver.fill()).await;
            filled.map_err(|_| "the server says nothing")??;
        }
    }
}

/// A text of the user's, as the SDK writes it.
pub(crate) fn said(text: &str) -> Value {
    json!({ "type": "text", "text": text, "text_elements": [] })
}

type Halves = (Box<dyn FrameSender>, Box<dyn FrameReceiver>);

fn launch(codex: &Path, home: &CodexHome) -> Result<Halves, Failure> {
    let server = Stdio::builder(codex).arg("app-server").cwd(home.work_dir());
    Ok(Box::new(server.envs(home.env()).spawn()?).split())
}

fn merge(params: &mut Value, more: Value) {
    if let Value::Object(more) = more {
        for (name, value) in more {
            params[name] = value;
        }
    }
}

fn text(value: &Value) -> Result<String, Failure> {
    Ok(value.as_str().ok_or("the server's answer has no id")?.to_owned())
}
