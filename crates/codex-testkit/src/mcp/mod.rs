//! A little MCP server for codex to start, with one tool of each kind.
//!
//! `protocol` says what is answered to what, without I/O; `program` finds the program that serves it.

mod program;
mod protocol;

use std::io::{self, BufRead, Write};

pub(crate) use program::find;
use protocol::Server;

/// Serves MCP over these two, a JSON message a line, until the input ends.
///
/// The program `codex-testkit-mcp` does this with its standard input and output; see
/// [`CodexHomeBuilder::mcp_server`](crate::CodexHomeBuilder::mcp_server) for who starts it.
/// An application that has no such program beside its tests makes one of this function.
///
/// | tool | kind | answer |
/// | --- | --- | --- |
/// | `add` | plain: codex does not ask before it calls it | the sum of its arguments `a` and `b` |
/// | `wipe` | destructive: codex asks first | `wiped` |
/// | `ask` | asks the user for a `name` while it runs | `accept` and the name, `decline` or `cancel` |
/// | `pretend` | asks the user while it runs, in the guise of codex asking for a call of `add` | `accept`, `decline` or `cancel` |
///
/// # Errors
///
/// Those of reading and writing. A message that is not JSON is passed over.
pub fn serve_mcp(input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let mut server = Server::default();
    for line in input.lines() {
        let Ok(message) = serde_json::from_str(&line?) else { continue };
        if let Some(answer) = server.receive(&message) {
            writeln!(output, "{answer}")?;
            output.flush()?;
        }
    }
    Ok(())
}
