//! The least that a client can do: split lines, decode each in one pass into structs written by hand for this stream.
//!
//! No routing, no tasks, no states. A message that it does not know ends it.

use crate::flood;
use serde::Deserialize;
use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A connection without any client around it.
#[derive(Debug)]
pub struct Floor {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// What the messages of the stream say, as far as it must be looked at.
#[derive(Deserialize)]
#[serde(tag = "method", content = "params")]
enum Message<'a> {
    #[serde(rename = "item/agentMessage/delta", borrow)]
    Delta(Delta<'a>),
    #[serde(rename = "turn/started")]
    TurnStarted {},
    #[serde(rename = "item/started")]
    ItemStarted {},
    #[serde(rename = "item/completed")]
    ItemCompleted {},
    #[serde(rename = "turn/completed")]
    TurnCompleted {},
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "a client decodes all of a delta, whatever it then looks at")]
struct Delta<'a> {
    thread_id: String,
    turn_id: String,
    item_id: String,
    #[serde(borrow)]
    delta: Cow<'a, str>,
}

impl Floor {
    /// Starts the server and makes the handshake.
    ///
    /// # Errors
    /// Those of the process and its pipes.
    pub fn start(server: &str, deltas: usize) -> io::Result<Self> {
        let mut child = Command::new(server)
            .env(flood::DELTAS, deltas.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("the server was started without pipes"));
        };
        let output = BufReader::with_capacity(256 * 1024, output);
        let mut floor = Self { child, input, output };
        floor.request(r#"{"id":0,"method":"initialize","params":{}}"#)?;
        floor.request(r#"{"id":1,"method":"thread/start","params":{}}"#)?;
        Ok(floor)
    }

    /// Runs one turn; how many bytes of text its deltas had.
    ///
    /// # Errors
    /// Those of the pipes, and of a message that is not of this stream.
    pub fn turn(&mut self) -> io::Result<usize> {
        self.request(r#"{"id":2,"method":"turn/start","params":{}}"#)?;
        let mut text = String::new();
        let mut line = Vec::new();
        loop {
            line.clear();
            if self.output.read_until(b'\n', &mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = std::str::from_utf8(&line).map_err(io::Error::other)?;
            match serde_json::from_str(line)? {
                Message::Delta(delta) => text.push_str(&delta.delta),
                Message::TurnCompleted {} => return Ok(text.len()),
                Message::TurnStarted {} | Message::ItemStarted {} | Message::ItemCompleted {} => {}
            }
        }
    }

    fn request(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.input, "{line}")?;
        let mut answer = Vec::new();
        self.output.read_until(b'\n', &mut answer)?;
        Ok(())
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        // The server is ours and holds nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
