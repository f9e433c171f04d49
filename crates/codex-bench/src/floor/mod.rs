//! The least that a client can do: split lines, decode each in one pass into structs written by hand for these streams.
//!
//! No routing, no tasks, no states, no record of what came. A message that it does not know ends it.

mod message;

use crate::order::{CALLS_AT_ONCE, Order, Stream, TURNS_AT_ONCE};
use message::Message;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::ffi::OsStr;
use std::hint::black_box;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A connection without any client around it.
#[derive(Debug)]
pub struct Floor {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    threads: Vec<String>,
    line: Vec<u8>,
}

const READ_BYTES: usize = 256 * 1024;

/// An answer, with what it says left unread.
#[derive(Deserialize)]
struct Answer<'a> {
    id: usize,
    #[serde(borrow)]
    result: &'a RawValue,
}

#[derive(Deserialize)]
struct ThreadStarted {
    result: ThreadResult,
}

#[derive(Deserialize)]
struct ThreadResult {
    thread: Thread,
}

#[derive(Deserialize)]
struct Thread {
    id: String,
}

impl Floor {
    /// Starts the server, makes the handshake, and starts a thread.
    ///
    /// # Errors
    /// Those of the process and its pipes.
    pub fn start(server: impl AsRef<OsStr>) -> io::Result<Self> {
        let mut child =
            Command::new(server).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("the server was started without pipes"));
        };
        let output = BufReader::with_capacity(READ_BYTES, output);
        let mut floor = Self { child, input, output, threads: Vec::new(), line: Vec::new() };
        floor.write(r#"{"id":0,"method":"initialize","params":{"clientInfo":{"name":"floor","title":null,"version":"0"},"capabilities":{"experimentalApi":true}}}"#)?;
        floor.read_line()?;
        floor.write(r#"{"method":"initialized"}"#)?;
        floor.start_thread()?;
        Ok(floor)
    }

    /// Runs one turn; how many bytes of text its deltas had.
    ///
    /// # Errors
    /// Those of the pipes, and of a message that is not of these streams.
    pub fn turn(&mut self, order: Order) -> io::Result<usize> {
        self.start_turn(0, order)?;
        self.read_turns(1)
    }

    /// Runs four turns at once, of so many deltas each; how many bytes of text those had.
    ///
    /// # Errors
    /// As for one turn.
    pub fn four_turns(&mut self, messages: usize) -> io::Result<usize> {
        while self.threads.len() < TURNS_AT_ONCE {
            self.start_thread()?;
        }
        for thread in 0..TURNS_AT_ONCE {
            self.start_turn(thread, Stream::Four.of(messages))?;
        }
        self.read_turns(TURNS_AT_ONCE)
    }

    /// Starts a turn of one delta, and reads up to its first event.
    ///
    /// # Errors
    /// As for a whole turn.
    pub fn first_event(&mut self) -> io::Result<()> {
        self.start_turn(0, Stream::Delta.of(1))?;
        black_box(self.read_message()?);
        Ok(())
    }

    /// Sends requests one after the other, and reads the answer to each.
    ///
    /// # Errors
    /// Those of the pipes.
    pub fn round_trips(&mut self, count: usize) -> io::Result<()> {
        for id in 0..count {
            self.write(&request(id))?;
            self.read_answer(id)?;
        }
        Ok(())
    }

    /// The same with 64 under way: all are written at once, then all answers are read.
    ///
    /// # Errors
    /// Those of the pipes.
    pub fn round_trips_at_once(&mut self, count: usize) -> io::Result<()> {
        for first in (0..count).step_by(CALLS_AT_ONCE) {
            let ids = first..count.min(first + CALLS_AT_ONCE);
            let requests: Vec<_> = ids.clone().map(request).collect();
            self.write(&requests.join("\n"))?;
            for id in ids {
                self.read_answer(id)?;
            }
        }
        Ok(())
    }

    fn start_thread(&mut self) -> io::Result<()> {
        self.write(r#"{"id":1,"method":"thread/start","params":{}}"#)?;
        let started: ThreadStarted = serde_json::from_slice(self.read_line()?)?;
        self.threads.push(started.result.thread.id);
        Ok(())
    }

    fn start_turn(&mut self, thread: usize, order: Order) -> io::Result<()> {
        let thread = &self.threads[thread];
        let request = format!(
            r#"{{"id":2,"method":"turn/start","params":{{"threadId":"{thread}","input":[{{"type":"text","text":"{order}"}}]}}}}"#
        );
        self.write(&request)?;
        self.read_line()?;
        Ok(())
    }

    /// Reads until so many turns are over; how many bytes of text their deltas had.
    fn read_turns(&mut self, mut running: usize) -> io::Result<usize> {
        let mut text_bytes = 0;
        while running > 0 {
            match black_box(self.read_message()?) {
                Message::Delta(delta) => text_bytes += delta.delta.len(),
                Message::TurnCompleted(_) => running -= 1,
                _ => {}
            }
        }
        Ok(text_bytes)
    }

    fn read_message(&mut self) -> io::Result<Message<'_>> {
        let line = std::str::from_utf8(self.read_line()?).map_err(io::Error::other)?;
        Ok(serde_json::from_str(line)?)
    }

    fn read_answer(&mut self, expected: usize) -> io::Result<()> {
        let Answer { id, result } = serde_json::from_slice(self.read_line()?)?;
        black_box(result);
        if id == expected { Ok(()) } else { Err(io::Error::other("an answer to something else")) }
    }

    fn write(&mut self, frames: &str) -> io::Result<()> {
        self.input.write_all(format!("{frames}\n").as_bytes())
    }

    fn read_line(&mut self) -> io::Result<&[u8]> {
        self.line.clear();
        match self.output.read_until(b'\n', &mut self.line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(&self.line),
        }
    }
}

fn request(id: usize) -> String {
    format!(r#"{{"id":{id},"method":"thread/loaded/list","params":{{}}}}"#)
}

impl Drop for Floor {
    fn drop(&mut self) {
        // The server is ours and holds nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
