//! The server that floods: it answers requests, and each turn with what its input orders, in large writes.

mod messages;
mod script;

pub use messages::DELTA_TEXT;
pub use script::{BIG_BYTES, Script, text_bytes};

use crate::order::{Order, Stream, TURNS_AT_ONCE};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

/// The environment variable that names a file to which each server adds a line as it starts.
pub const STARTS: &str = "FLOOD_STARTS";

const BUFFER_BYTES: usize = 256 * 1024;

/// Answers requests line by line until the input ends.
///
/// # Errors
/// Those of reading and writing, and of input that no client of this protocol writes.
pub fn serve(input: impl Read, output: impl Write) -> io::Result<()> {
    let mut input = BufReader::with_capacity(BUFFER_BYTES, input);
    let mut server = Server {
        output: BufWriter::with_capacity(BUFFER_BYTES, output),
        threads: 0,
        turns: 0,
        scripts: HashMap::new(),
        waiting: Vec::new(),
    };
    let mut line = String::new();
    loop {
        // Answers to requests that came together leave together.
        if memchr::memchr(b'\n', input.buffer()).is_none() {
            server.output.flush()?;
        }
        line.clear();
        if input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        server.answer(&serde_json::from_str(&line)?)?;
    }
}

struct Server<W: Write> {
    output: BufWriter<W>,
    threads: u64,
    turns: u64,
    scripts: HashMap<Order, Script>,
    /// Threads and turns that wait until there are enough of them.
    waiting: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    method: &'a str,
    #[serde(borrow)]
    params: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TurnStart {
    thread_id: String,
    input: Vec<Input>,
}

#[derive(Deserialize)]
struct Input {
    text: String,
}

impl<W: Write> Server<W> {
    fn answer(&mut self, request: &Request<'_>) -> io::Result<()> {
        let id = request.id.map_or("null", RawValue::get);
        match request.method {
            "initialize" => self.result(id, INITIALIZED),
            "thread/start" => {
                self.threads += 1;
                let thread = format!("019a0000-0000-7000-8000-{}", at_random(self.threads));
                self.result(id, &thread_started(&thread))
            }
            "thread/loaded/list" => self.result(id, r#"{"data":[],"nextCursor":null}"#),
            "turn/start" => {
                let params: TurnStart =
                    serde_json::from_str(request.params.map_or("null", RawValue::get))?;
                let text = params.input.first().map_or("", |input| input.text.as_str());
                let order = text.parse().map_err(io::Error::other)?;
                self.turn(id, params.thread_id, order)
            }
            _ => Ok(()),
        }
    }

    fn result(&mut self, id: &str, result: &str) -> io::Result<()> {
        writeln!(self.output, r#"{{"id":{id},"result":{result}}}"#)
    }

    fn turn(&mut self, id: &str, thread: String, order: Order) -> io::Result<()> {
        self.turns += 1;
        let turn = format!("019a0000-0000-7000-9000-{}", at_random(self.turns + (1 << 32)));
        self.result(id, &format!(r#"{{"turn":{}}}"#, messages::turn(&turn, "inProgress")))?;
        if order.stream != Stream::Four {
            let script = self.scripts.entry(order).or_insert_with(|| Script::new(order));
            return self.output.write_all(script.addressed(&thread, &turn));
        }
        self.waiting.push((thread, turn));
        if self.waiting.len() < TURNS_AT_ONCE {
            return Ok(());
        }
        let script = self.scripts.entry(order).or_insert_with(|| Script::new(order));
        let turns: Vec<Vec<u8>> = self
            .waiting
            .drain(..)
            .map(|(thread, turn)| script.addressed(&thread, &turn).to_vec())
            .collect();
        self.output.write_all(&line_by_line(&turns))
    }
}

/// Twelve digits that look as those at the end of real ids do, and are the same in every run.
fn at_random(number: u64) -> String {
    format!("{:012x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16)
}

/// A line of each in turn, until all are used up; all have as many.
fn line_by_line(texts: &[Vec<u8>]) -> Vec<u8> {
    let mut rest: Vec<_> =
        texts.iter().map(|text| text.split_inclusive(|byte| *byte == b'\n')).collect();
    let mut mixed = Vec::with_capacity(texts.iter().map(Vec::len).sum());
    loop {
        let before = mixed.len();
        for lines in &mut rest {
            mixed.extend_from_slice(lines.next().unwrap_or_default());
        }
        if mixed.len() == before {
            return mixed;
        }
    }
}

const INITIALIZED: &str = r#"{"userAgent":"flood/0.169.0 (bench)","codexHome":"/","platformFamily":"unix","platformOs":"linux"}"#;

fn thread_started(id: &str) -> String {
    let thread = format!(
        r#"{{"id":"{id}","sessionId":"{id}","preview":"","ephemeral":true,"historyMode":"paginated","modelProvider":"flood","createdAt":1,"updatedAt":1,"status":{{"type":"idle"}},"cwd":"/","cliVersion":"0.169.0","source":"appServer","turns":[]}}"#
    );
    format!(
        r#"{{"thread":{thread},"model":"flood","modelProvider":"flood","cwd":"/","approvalPolicy":"never","approvalsReviewer":"user","sandbox":{{"type":"readOnly"}}}}"#
    )
}

#[cfg(test)]
mod tests;
