//! Where the program is that serves MCP.
//!
//! It has to be a process that codex starts. A test program cannot be that process itself: what it
//! prints before a test begins would be taken for messages. So it is a program of this crate, which
//! cargo builds for this crate's own tests, beside those of every other crate of the workspace.

use std::path::{Path, PathBuf};

use crate::Error;

const NAME: &str = "codex-testkit-mcp";

/// Finds the program in the folder of the running one, or in the one above, as cargo lays them out.
pub(crate) fn find() -> Result<PathBuf, Error> {
    let program = std::env::current_exe().map_err(|error| Error::io("tell who runs", error))?;
    let file = format!("{NAME}{}", std::env::consts::EXE_SUFFIX);
    let candidates = beside(&program, &file);
    let found = candidates.iter().find(|path| path.is_file()).cloned();
    found.ok_or(Error::McpServer { looked_for: candidates })
}

fn beside(program: &Path, file: &str) -> Vec<PathBuf> {
    program.ancestors().skip(1).take(2).map(|folder| folder.join(file)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_looked_for_where_cargo_puts_programs() {
        let looked = beside(Path::new("/t/debug/deps/it-01"), "x");
        assert_eq!(looked, [PathBuf::from("/t/debug/deps/x"), PathBuf::from("/t/debug/x")]);
    }
}
