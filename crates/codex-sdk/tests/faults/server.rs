//! The server that misbehaves.

use crate::flood;
use serde_json::{Value, json};
use std::io::{self, BufRead, Write};
use std::{process, thread};

/// How much is written to stderr at once.
const STDERR_LINES: usize = 1000;

/// Serves stdin and stdout, with one fault.
pub(crate) fn run(fault: &str) {
    let fault = Fault::named(fault);
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line.unwrap()).unwrap();
        match request["method"].as_str().unwrap() {
            "initialize" => fault.initialize(&mut output, &request["id"]),
            "thread/loaded/list" => fault.list(&mut output, &request["id"]),
            "thread/start" => answer(&mut output, &request["id"], &flood::thread()),
            "thread/read" => {
                let thread = &flood::thread()["thread"];
                answer(&mut output, &request["id"], &json!({ "thread": thread }));
            }
            "turn/start" => fault.turn(&mut output, &request["id"]),
            _ => {}
        }
        output.flush().unwrap();
    }
    if fault == Fault::Deaf {
        loop {
            thread::park();
        }
    }
}

#[derive(PartialEq)]
enum Fault {
    /// Ends in the middle of an answer.
    MidLine,
    /// Answers nothing.
    Mute,
    /// Writes 100 MB to stderr before it answers, and ends at the second request.
    StderrFlood,
    /// Does not end with its input.
    Deaf,
    /// Answers with a line of 300 MiB.
    HugeLine,
    /// Writes what is no text around its answers.
    Garbage,
    /// Sends 500,000 pieces of text in a turn.
    Deltas,
    /// Sends 100 MB of events in a turn.
    Megabytes,
}

impl Fault {
    fn named(name: &str) -> Self {
        match name {
            "mid-line" => Self::MidLine,
            "mute" => Self::Mute,
            "stderr-flood" => Self::StderrFlood,
            "deaf" => Self::Deaf,
            "huge-line" => Self::HugeLine,
            "garbage" => Self::Garbage,
            "deltas" => Self::Deltas,
            "megabytes" => Self::Megabytes,
            other => panic!("no fault is named {other}"),
        }
    }

    fn initialize(&self, output: &mut impl Write, id: &Value) {
        match self {
            Self::Mute => return,
            Self::StderrFlood => flood_stderr(),
            Self::Garbage => write_garbage(output),
            _ => {}
        }
        let result = json!({
            "userAgent": "fault/0.169.0 (test)",
            "codexHome": "/",
            "platformFamily": "unix",
            "platformOs": "linux",
        });
        answer(output, id, &result);
        if *self == Self::Garbage {
            write_garbage(output);
        }
    }

    fn turn(&self, output: &mut impl Write, id: &Value) {
        answer(output, id, &json!({ "turn": flood::turn("inProgress") }));
        match self {
            Self::Deltas => flood::deltas(output),
            _ => flood::megabytes(output),
        }
    }

    fn list(&self, output: &mut impl Write, id: &Value) {
        match self {
            Self::MidLine => {
                write!(output, r#"{{"id":{id},"result":{{"da"#).unwrap();
                output.flush().unwrap();
                process::exit(3);
            }
            Self::StderrFlood => process::exit(7),
            Self::HugeLine => {
                let mebibyte = vec![b'x'; 1 << 20];
                // The client gives up before the end of it, and closes the pipe.
                let written = (0..300).try_for_each(|_| output.write_all(&mebibyte));
                if written.is_err() {
                    process::exit(1);
                }
            }
            Self::Garbage => {
                write_garbage(output);
                answer(output, id, &json!({ "data": ["after \u{0} and \u{feff}"] }));
                write_garbage(output);
            }
            _ => answer(output, id, &json!({ "data": [] })),
        }
    }
}

fn answer(output: &mut impl Write, id: &Value, result: &Value) {
    writeln!(output, "{}", json!({ "id": id, "result": result })).unwrap();
}

/// 100 MB in lines of 100 bytes, the last of them number 999,999.
fn flood_stderr() {
    let mut stderr = io::stderr().lock();
    for start in (0..1_000_000).step_by(STDERR_LINES) {
        let lines: String =
            (start..start + STDERR_LINES).map(|line| format!("{line:099}\n")).collect();
        stderr.write_all(lines.as_bytes()).unwrap();
    }
}

fn write_garbage(output: &mut impl Write) {
    let lines: [&[u8]; 7] = [
        b"\0\0\0\0",
        b"\xff\xfe\xfd",
        b"{\"id\":0,\"result\":{\"data\":[\"\xc3\x28\"]}}",
        b"{\"id\":0,\"result\":\0}",
        b"not JSON at all",
        b"[]",
        b"\r",
    ];
    for line in lines {
        output.write_all(line).unwrap();
        output.write_all(b"\n").unwrap();
    }
}
